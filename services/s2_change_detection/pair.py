"""The two scenes: opened, checked against each other, and on one grid."""

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from eo.errors import NoOverlap, WrongProductType
from eo.io.aoi import parse_area
from eo.io.grid import Grid, output_grid
from eo.io.products import Product, open_product
from services.core.service import Finding
from services.s2_change_detection import PRODUCT_TYPES, ChangeDetectionParams

_SEASON_DAYS = 45
_YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Pair:
    """Two scenes, the bands both have, the grid of the result, and the area asked for (lon/lat)."""

    before: Product
    after: Product
    bands: tuple[str, ...]
    grid: Grid
    area: BaseGeometry | None = None


def open_pair(params: ChangeDetectionParams) -> Pair:
    """Open both scenes and lay out the result's grid; images stay closed.

    Raises:
        WrongProductType: one of them is not Level-2A.
        MissingBand: a band is not in one of them.
        NoOverlap: they do not overlap, or not within the area.
    """
    before, after = open_product(params.input1), open_product(params.input2)
    for parameter, product in (("input1", before), ("input2", after)):
        _check_type(parameter, product)
    names = tuple(before.wanted_bands(params.bands.split(",")))
    after.require(names)
    area = parse_area(params.aoi) if params.aoi else None
    grid = output_grid(before.grid, params.resolution, params.projection, area)
    _check_overlap(before, after, grid)
    return Pair(before, after, names, grid, area)


def remarks(pair: Pair) -> list[Finding]:
    """Return what is odd about a pair, though it can be computed."""
    before, after = pair.before, pair.after
    found = []
    if before.fingerprint == after.fingerprint:
        found.append(_warning("same_scene", "Both scenes are the same product: nothing will have changed."))
    elif before.datetime.date() == after.datetime.date():
        found.append(_warning("same_date", f"Both scenes are of {before.datetime:%Y-%m-%d}."))
    if before.datetime > after.datetime:
        found.append(
            _warning(
                "not_chronological",
                f"The scene before ({before.datetime:%Y-%m-%d}) is later than the scene after "
                f"({after.datetime:%Y-%m-%d}).",
                hint="Swap the two scenes, unless you want the change backwards.",
            )
        )
    if (days := _season_gap_days(before, after)) > _SEASON_DAYS:
        found.append(
            _warning(
                "other_season",
                f"The dates lie {days} days apart within the year: growth and snow will appear as change.",
                hint="Choose dates of the same season, or restrict the kinds of change afterwards.",
            )
        )
    if before.relative_orbit and after.relative_orbit and before.relative_orbit != after.relative_orbit:
        found.append(
            _warning(
                "other_orbit",
                f"The scenes are of different relative orbits ({before.relative_orbit}, {after.relative_orbit}): they "
                "see the ground under different angles.",
                hint="Prefer scenes of the same relative orbit.",
            )
        )
    return found


def _check_type(parameter: str, product: Product) -> None:
    if product.product_type not in PRODUCT_TYPES or product.level == "L1C":
        raise WrongProductType(
            f"{product.name} ({parameter}) is of Level {product.level.removeprefix('L')}; change detection takes Level "
            "2A.",
            hint="Take the Level-2A product of the same date: only surface reflectance can be compared between dates.",
        )


def _check_overlap(before: Product, after: Product, grid: Grid) -> None:
    common = shapely.intersection(before.footprint, after.footprint)
    if common.area == 0:
        raise NoOverlap(
            f"The scenes do not overlap: {before.name} and {after.name} lie apart.",
            hint="Choose two scenes of the same tile.",
        )
    if shapely.intersection(common, grid.footprint()).area == 0:
        raise NoOverlap(
            "The scenes do not overlap within the area.", hint="Move the area to where both scenes have data."
        )


def _season_gap_days(before: Product, after: Product) -> int:
    days = abs((after.datetime - before.datetime).total_seconds()) / 86400 % _YEAR_DAYS
    return round(min(days, _YEAR_DAYS - days))


def _warning(code: str, message: str, hint: str = "") -> Finding:
    return Finding("warning", code, message, hint, field="input2")
