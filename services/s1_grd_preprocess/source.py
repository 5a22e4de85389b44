"""Which products a run reads, checked before the first pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidOption, WrongProductType
from eo.io.sentinel1 import Sentinel1Product, outline, read_sentinel1
from eo.io.sentinel1_annotation import Annotation
from eo.sar.speckle.filters import SpeckleFilter
from services.s1_grd_preprocess import GrdPreprocessParams

# Equivalent number of looks of the high-resolution products (Sentinel-1 Product Definition, S1-RS-MDA-52-7440).
LOOKS = {"IW": 4.4, "EW": 2.7, "SM": 29.7}
_USES_LOOKS = ("lee", "refined_lee", "lee_sigma", "gamma_map")


@dataclass(frozen=True)
class Source:
    """Slices of one pass in the order of time, and the polarisations wanted of them."""

    products: Sequence[Sentinel1Product]
    polarisations: tuple[str, ...]

    @cached_property
    def annotations(self) -> list[Annotation]:
        """Of each slice, of the first polarisation."""
        return [p.annotation(p.images[p.swaths[0], self.polarisations[0]]) for p in self.products]

    @property
    def first(self) -> Sentinel1Product:
        """The earliest slice."""
        return self.products[0]

    @property
    def footprint(self) -> BaseGeometry:
        """Of all slices, in longitude and latitude."""
        return shapely.union_all([outline(annotation) for annotation in self.annotations])


def open_source(params: GrdPreprocessParams) -> Source:
    """Open the products.

    Raises:
        InvalidProduct, WrongProductType, MissingPolarisation: says what is wrong.
    """
    paths = _slices(Path(params.input)) + ([Path(params.following)] if params.following else [])
    products = sorted((read_sentinel1(path) for path in paths), key=lambda p: p.start)
    for product in products:
        if product.product_type != "S1-GRD":
            raise WrongProductType(
                f"{product.name} is of type {product.product_type}; this service takes S1-GRD.",
                hint="Take S1-SLC-preprocess for single-look complex products.",
            )
    wanted = params.polarization.split(",") if params.polarization else products[0].polarisations
    for product in products:
        product.require(wanted)
    return Source(products, tuple(wanted))


def speckle_filter(source: Source, params: GrdPreprocessParams, looks: tuple[int, int]) -> SpeckleFilter:
    """Return the filter with its number of looks.

    Raises:
        InvalidOption: the number of looks of such a product is not known.
    """
    window = 7 if params.speckle == "refined_lee" else params.speckle_window
    if params.speckle not in _USES_LOOKS:
        return SpeckleFilter(params.speckle, window)
    if params.speckle_looks:
        return SpeckleFilter(params.speckle, window, params.speckle_looks)
    known = LOOKS.get(source.first.mode) if "GRDH" in source.first.name else None
    if known is None:
        raise InvalidOption(
            f"The number of looks of {source.first.name} is not known.", hint="Give it with speckle_looks."
        )
    return SpeckleFilter(params.speckle, window, known * looks[0] * looks[1])


def _slices(path: Path) -> list[Path]:
    """Return the products at a path: itself, or several that lie in the folder."""
    inside = sorted(p for p in path.iterdir() if p.suffix.upper() == ".SAFE") if path.is_dir() else []
    return inside if len(inside) > 1 else [path]
