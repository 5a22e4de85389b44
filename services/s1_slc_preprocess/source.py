"""Which swaths of which product a run reads, checked before the first pixel."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from eo.errors import WrongProductType
from eo.io.aoi import parse_area
from eo.io.grid import outside
from eo.io.sentinel1 import Sentinel1Product, outline, read_sentinel1
from eo.io.sentinel1_annotation import Annotation
from eo.sar.effective_looks import effective_looks
from eo.sar.speckle.filters import SpeckleFilter
from services.s1_slc_preprocess import SlcPreprocessParams
from services.sentinel1.looks import slc_looks

STANDARD_LOOKS = (1, 4)


@dataclass(frozen=True)
class Source:
    """A product, the swaths that the area touches and the polarisations wanted."""

    product: Sentinel1Product
    polarisations: tuple[str, ...]
    wanted: BaseGeometry | None

    @cached_property
    def annotations(self) -> dict[str, Annotation]:
        """Of each swath that the area touches.

        Raises:
            NoOverlap: it touches none.
        """
        product = self.product
        found = {s: product.annotation(product.images[s, self.polarisations[0]]) for s in product.swaths}
        if self.wanted is None:
            return found
        touched = {s: a for s, a in found.items() if outline(a).intersects(self.wanted)}
        if not touched:
            raise outside(self.wanted, shapely.union_all([outline(a) for a in found.values()]))
        return touched

    @property
    def footprint(self) -> BaseGeometry:
        """Of these swaths, in longitude and latitude."""
        return shapely.union_all([outline(a) for a in self.annotations.values()])

    @property
    def first(self) -> Annotation:
        """The annotation whose first line all times count from."""
        return next(iter(self.annotations.values()))


def open_source(params: SlcPreprocessParams) -> Source:
    """Open the product.

    Raises:
        InvalidProduct, WrongProductType, MissingPolarisation: says what is wrong.
    """
    product = read_sentinel1(Path(params.input))
    if product.product_type != "S1-SLC" or product.mode == "WV":
        raise WrongProductType(
            f"{product.name} is a {product.product_type} in mode {product.mode}; this service takes S1-SLC, IW or SM.",
            hint="Take S1-GRD-preprocess for ground-range detected products.",
        )
    wanted = tuple(params.polarization.split(",") if params.polarization else product.polarisations)
    product.require(wanted)
    for swath in product.swaths:
        product.require_images(swath, wanted)
    return Source(product, wanted, parse_area(params.aoi) if params.aoi else None)


def looks_for(annotation: Annotation, params: SlcPreprocessParams) -> tuple[int, int]:
    """Return how many lines and samples are averaged."""
    lines, samples = slc_looks(annotation, params.resolution)
    if params.mode == "standard":
        return max(lines, STANDARD_LOOKS[0]), max(samples, STANDARD_LOOKS[1])
    return lines, samples


def speckle_filter(annotation: Annotation, params: SlcPreprocessParams, looks: tuple[int, int]) -> SpeckleFilter:
    """Return the filter; its number of looks is that of the averaged samples, which are not independent."""
    window = 7 if params.speckle == "refined_lee" else params.speckle_window
    known = params.speckle_looks or effective_looks(looks, annotation.azimuth_spectrum, annotation.range_spectrum)
    return SpeckleFilter(params.speckle, window, known)
