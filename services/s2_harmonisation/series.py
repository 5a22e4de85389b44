"""The looks of a series: which scenes, of which period, with which mask; settled before the first pixel is read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidOption, MissingBand
from eo.io.aoi import parse_area
from eo.io.cloud_masks import CloudSource, available_cloud_masks, cloud_source
from eo.io.grid import Grid, grid_of, grid_over, output_grid
from eo.io.product import Product, RasterSource
from eo.timeseries.composites import Method
from eo.timeseries.periods import Period, assign, periods_between
from services.s2_harmonisation import HarmonisationParams
from services.s2_harmonisation.scenes import choose, open_scenes, overpasses

MOST_PERIODS = 366
"""As many files are written side by side, and an operating system opens a thousand for a process."""
_SCL_NO_DATA = 0


@dataclass(frozen=True)
class Part:
    """One scene as blocks read it: sources of the bands, and of what hides the ground."""

    sources: tuple[RasterSource, ...]
    clouds: CloudSource | None
    mask: RasterSource | None


Look = tuple[Part, ...]
"""What one satellite saw in one overpass: scenes of neighbouring tiles, the first clear one counts."""


@dataclass(frozen=True)
class Series:
    """Everything a block needs; travels to whatever computes it.

    Args:
        looks: of each period.
        products: that are used, in the order of time.
        elsewhere: how many scenes lie outside of the time or the area.
        replaced: how many were left out for a newer processing of the same.
        projections: how many scenes lie in each CRS.
    """

    grid: Grid
    names: tuple[str, ...]
    periods: tuple[Period, ...]
    looks: tuple[tuple[Look, ...], ...]
    products: tuple[Product, ...]
    elsewhere: int
    replaced: int
    projections: Mapping[str, int]
    method: Method
    gap_limit_days: float
    hold_ends: bool
    resampling: str


def settle(params: HarmonisationParams) -> Series:
    """Settle the grid, the periods and what each look is read from.

    Raises:
        EoError: says which scene, band, area or time stands in the way.
    """
    area = parse_area(params.aoi) if params.aoi else None
    chosen = choose(open_scenes(params.scenes or ()), area, params.start, params.end)
    periods = periods_between(chosen.first, chosen.last, params.period_days)
    if len(periods) > MOST_PERIODS:
        raise InvalidOption(
            f"{chosen.first} to {chosen.last} makes {len(periods)} periods; at most {MOST_PERIODS} are made.",
            hint="Take longer periods (period_days), or a shorter time.",
        )
    projections = Counter(p.grid.crs for p in chosen.products)
    grid = _grid(params, area, chosen.products, projections)
    return Series(
        grid=grid,
        names=tuple(params.bands.split(",")),
        periods=tuple(periods),
        looks=_looks(params, chosen.products, periods, grid),
        products=chosen.products,
        elsewhere=chosen.elsewhere,
        replaced=chosen.replaced,
        projections=dict(projections),
        method=params.method,
        gap_limit_days=params.gap_limit_days,
        hold_ends=params.hold_ends,
        resampling=params.resampling,
    )


def middles(series: Series) -> NDArray[np.float64]:
    """Return the middles of the periods in days."""
    return np.array([p.middle for p in series.periods])


def _grid(
    params: HarmonisationParams, area: BaseGeometry | None, products: Sequence[Product], projections: Counter[str]
) -> Grid:
    """Return the grid of the scenes cut to the area; where scenes differ, that of most of them is chosen."""
    grids = {(g.crs, g.bounds): g for g in (p.grid for p in products)}
    if len(grids) == 1:
        return output_grid(next(iter(grids.values())), params.resolution, params.projection, area)
    outlines = shapely.union_all([g.footprint() for g in grids.values()])
    wanted = area.intersection(outlines) if area is not None else outlines
    crs = params.projection or min(projections, key=lambda code: (-projections[code], code))
    return grid_over(wanted, params.resolution, crs)


def _looks(
    params: HarmonisationParams, products: Sequence[Product], periods: Sequence[Period], grid: Grid
) -> tuple[tuple[Look, ...], ...]:
    passes = overpasses(products)
    masks = _given_masks(params.masks, products) if params.masks else {}
    found: list[list[Look]] = [[] for _ in periods]
    index = assign([row[0].datetime.date() for row in passes], periods)
    for row, period in zip(passes, index, strict=True):
        found[period].append(tuple(_part(product, params, grid, masks.get(product.name)) for product in row))
    return tuple(tuple(row) for row in found)


def _part(product: Product, params: HarmonisationParams, grid: Grid, mask: RasterSource | None) -> Part:
    names = params.bands.split(",")
    product.require(names)
    return Part(tuple(product.band(n, params.resolution) for n in names), _clouds(product, params, grid), mask)


def _clouds(product: Product, params: HarmonisationParams, grid: Grid) -> CloudSource | None:
    if params.cloudmask == "none":
        return None
    there = available_cloud_masks(product)
    if not there:
        raise MissingBand(
            f"{product.name} has no cloud mask of any kind.", hint="Leave it out, or choose cloudmask none."
        )
    return cloud_source(
        product,
        there[0] if params.cloudmask == "auto" else params.cloudmask,
        grid,
        params.resolution,
        classes=[_SCL_NO_DATA, *(int(c) for c in params.cloud_classes.split(","))],
        threshold_percent=params.cloud_probability,
        dilation_m=params.cloud_dilation_m,
    )


def _given_masks(folder: str, products: Sequence[Product]) -> dict[str, RasterSource]:
    """Return the mask of each product: `<name>.tif`, or `<YYYY-MM-DD>.tif` of its day."""
    choices = {
        p.name: [Path(folder) / f"{stem}.tif" for stem in (p.name.removesuffix(".SAFE"), f"{p.datetime:%Y-%m-%d}")]
        for p in products
    }
    found = {name: next((path for path in paths if path.is_file()), None) for name, paths in choices.items()}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        tried = " or ".join(path.name for path in choices[missing[0]])
        raise MissingBand(
            f"{folder} has no mask for {len(missing)} of {len(products)} scenes, {missing[0]} the first.",
            hint=f"It would be called {tried}.",
        )
    return {name: RasterSource(str(path), 1, grid_of(str(path)).pixel_size_m[0]) for name, path in found.items()}
