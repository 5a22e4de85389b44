"""The two products of a run, in the order of time, checked before the first pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidOption, NoOverlap, UnsuitablePair, WrongProductType
from eo.io.aoi import parse_area
from eo.io.grid import outside
from eo.io.sentinel1 import Sentinel1Product, outline, read_sentinel1
from eo.io.sentinel1_annotation import Annotation
from eo.sar.baseline import Baseline, baseline
from services.s1_change_detection import ChangeDetectionParams

FARTHEST_BASELINE_M = 5000.0
"""Beyond the critical baseline (about 5 km for Sentinel-1) nothing is coherent."""


@dataclass(frozen=True)
class Pair:
    """Two SLC of one track, and the swaths that both have and the area touches."""

    products: tuple[Sentinel1Product, Sentinel1Product]
    parameters: tuple[str, str]
    polarisation: str
    wanted: BaseGeometry | None

    @cached_property
    def annotations(self) -> dict[str, tuple[Annotation, Annotation]]:
        """Of each swath, of both dates.

        Raises:
            NoOverlap: the area touches none, or the scenes do not overlap.
        """
        first, second = (self._annotations(product) for product in self.products)
        shared = {s: (first[s], second[s]) for s in first if s in second}
        areas = {s: outline(a).intersection(outline(b)) for s, (a, b) in shared.items()}
        if all(area.is_empty for area in areas.values()):
            names = " and ".join(product.name for product in self.products)
            raise NoOverlap(f"{names} do not overlap.", hint="Choose two scenes of the same place.")
        if self.wanted is None:
            return {s: shared[s] for s, area in areas.items() if not area.is_empty}
        touched = {s: shared[s] for s, area in areas.items() if area.intersects(self.wanted)}
        if not touched:
            raise outside(self.wanted, shapely.union_all(list(areas.values())))
        return touched

    @property
    def footprint(self) -> BaseGeometry:
        """What both dates cover, in longitude and latitude."""
        return shapely.union_all([outline(a).intersection(outline(b)) for a, b in self.annotations.values()])

    @cached_property
    def baseline(self) -> Baseline:
        """Of the first swath, in its middle.

        Raises:
            UnsuitablePair: the orbits are too far apart.
        """
        found = baseline(*next(iter(self.annotations.values())))
        if not abs(found.perpendicular_m) < FARTHEST_BASELINE_M:
            raise UnsuitablePair(
                f"The orbits are too far apart: {said(found)}",
                hint=f"Choose two scenes whose perpendicular baseline is below {FARTHEST_BASELINE_M:.0f} m.",
            )
        return found

    def _annotations(self, product: Sentinel1Product) -> dict[str, Annotation]:
        wanted = {s: i for (s, p), i in product.images.items() if p == self.polarisation}
        return {s: product.annotation(wanted[s]) for s in sorted(wanted)}


def open_pair(params: ChangeDetectionParams) -> Pair:
    """Open both products.

    Raises:
        InvalidProduct, WrongProductType, MissingPolarisation, UnsuitablePair: says what is wrong.
    """
    opened = [(read_sentinel1(Path(p)), name) for p, name in ((params.input1, "input1"), (params.input2, "input2"))]
    for product, _ in opened:
        if product.product_type != "S1-SLC" or product.mode == "WV":
            raise WrongProductType(
                f"{product.name} is a {product.product_type} in mode {product.mode}; S1-SLC in IW or SM is taken.",
                hint="Coherence needs single-look complex products.",
            )
    opened.sort(key=lambda pair: pair[0].start)
    (first, name1), (second, name2) = opened
    _check(first, second)
    shared = [p for p in first.polarisations if p in second.polarisations]
    polarisation = params.polarization or next(iter(shared), first.polarisations[0])
    for product in (first, second):
        product.require([polarisation])
    area = parse_area(params.aoi) if params.aoi else None
    return Pair((first, second), (name1, name2), polarisation, area)


def window_of(params: ChangeDetectionParams, shapes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return lines and samples of the coherence window.

    Raises:
        InvalidOption: larger than a burst.
    """
    lines, samples = (int(part) for part in params.coherence_window.split("x"))
    if any(lines > shape[0] or samples > shape[1] for shape in shapes):
        raise InvalidOption(
            f"The window {params.coherence_window} is larger than the image.", hint="Take a smaller one."
        )
    return lines, samples


def said(apart: Baseline) -> str:
    """Say a baseline in words."""
    return f"{abs(apart.days):.0f} days apart, perpendicular baseline {apart.perpendicular_m:+.0f} m."


def _check(first: Sentinel1Product, second: Sentinel1Product) -> None:
    if first.fingerprint == second.fingerprint:
        raise UnsuitablePair(f"Both scenes are {first.name}.", hint="Choose two dates.")
    if first.relative_orbit != second.relative_orbit:
        raise UnsuitablePair(
            f"{first.name} is of track {first.relative_orbit}, {second.name} of track {second.relative_orbit}.",
            hint="Coherence needs two scenes of the same track (relative orbit).",
        )
    if first.mode != second.mode or first.orbit_pass != second.orbit_pass:
        raise UnsuitablePair(
            f"{first.name} was taken in mode {first.mode}, {first.orbit_pass}; {second.name} in {second.mode}, "
            f"{second.orbit_pass}.",
            hint="Choose two scenes of the same mode and pass.",
        )
