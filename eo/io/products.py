"""Open and find products of any kind this library reads; `open_product` is for optical ones."""

import os
from collections.abc import Iterator
from pathlib import Path

from eo.io.bands_folder import is_bands_folder, read_bands_folder
from eo.io.product import Product, ProductSummary, summarise
from eo.io.sentinel1 import is_sentinel1, read_sentinel1
from eo.io.sentinel2 import METADATA_FILE, read_safe

__all__ = ["Product", "ProductSummary", "describe_product", "find_products", "image_paths", "open_product"]


def open_product(path: str | Path) -> Product:
    """Read what a product says of itself; images stay closed.

    Args:
        path: a SAFE folder, a zip of one, its metadata file, a THEIA folder, or a sen2r stack.

    Raises:
        InvalidProduct: nothing this library reads; says what is wrong.
        UnsafeArchive: a zip that must not be read.
    """
    path = Path(path)
    return read_bands_folder(path) if is_bands_folder(path) else read_safe(path)


def describe_product(path: str | Path) -> ProductSummary:
    """Return what a catalogue keeps of a product; cheap.

    Raises:
        InvalidProduct: as for `open_product`.
        UnsafeArchive: as for `open_product`.
    """
    path = Path(path)
    if is_sentinel1(path):
        from eo.io.sentinel1_summary import summarise_sentinel1  # compiled kernels stay out of those who never need it

        return summarise_sentinel1(read_sentinel1(path))
    return summarise(open_product(path))


def image_paths(path: str | Path) -> list[str]:
    """Return what GDAL opens the images of a product by.

    Raises:
        InvalidProduct: as for `open_product`.
        UnsafeArchive: as for `open_product`.
    """
    path = Path(path)
    if is_sentinel1(path):
        radar = read_sentinel1(path)
        return [radar.measurement_path(image) for image in radar.images.values() if image.measurement]
    product = open_product(path)
    return [s.path for sources in (*product.bands.values(), *product.layers.values()) for s in sources]


def find_products(root: str | Path) -> Iterator[Path]:
    """Yield the paths below (or at) a folder that look like products, by name; they may still turn out broken."""
    root = Path(root)
    if not root.is_dir() or _is_product_folder(root):
        yield root
        return
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        products = sorted(d for d in folders if _is_product_folder(here / d))
        folders[:] = sorted(d for d in folders if d not in products and not d.startswith("."))
        yield from (here / d for d in products)
        yield from (here / f for f in sorted(files) if _is_product_file(f))


def _is_product_folder(path: Path) -> bool:
    return (
        path.suffix.upper() == ".SAFE"
        or is_bands_folder(path)
        or any(METADATA_FILE.fullmatch(p.name) for p in path.iterdir() if p.suffix == ".xml")
    )


def _is_product_file(name: str) -> bool:
    return (name.startswith(("S1", "S2")) and name.lower().endswith(".zip")) or is_bands_folder(Path(name))
