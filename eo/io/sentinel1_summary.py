"""What a catalogue keeps of a Sentinel-1 product."""

from eo.io.product import ProductSummary
from eo.io.sentinel1 import Sentinel1Product
from eo.sar.baseline import track_of


def summarise_sentinel1(product: Sentinel1Product) -> ProductSummary:
    """Return what a catalogue keeps.

    Raises:
        InvalidProduct: an annotation that cannot be used.
    """
    image = product.images[min(product.images, key=lambda key: (key[1] != product.polarisations[0], key))]
    return ProductSummary(
        name=product.name,
        platform=product.platform,
        product_type=product.product_type,
        level=product.product_type.removeprefix("S1-"),
        tile=None,
        datetime=product.start,
        cloud_cover=None,
        footprint=product.footprint,
        bands=product.polarisations,
        baseline=".".join(f"{part:02d}" if k else str(part) for k, part in enumerate(product.ipf_version)),
        size_bytes=product.files.size_bytes,
        metadata_path=product.files.metadata_path("manifest.safe"),
        fingerprint=product.fingerprint,
        relative_orbit=product.relative_orbit,
        mode=product.mode,
        orbit_pass=product.orbit_pass,
        track=track_of(product.annotation(image)),
    )
