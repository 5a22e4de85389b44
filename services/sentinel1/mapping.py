"""From radar images to rasters on a map, block by block."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.io.aoi import parse_area
from eo.io.band_spec import BandSpec
from eo.io.dem import Dem
from eo.io.grid import Grid, reproject_geometry
from eo.io.land import inside
from eo.io.raster_writer import EXTENSIONS, RasterFormat, RasterWriter, create_raster
from eo.sar.local_geometry import NO_DATA, facing, incidence_deg, layover_shadow, reach_m
from eo.sar.speckle.filters import margin_of
from eo.sar.terrain_correction import Correction, correct_block
from services.core.context import Context
from services.core.execution import map_bounded
from services.sentinel1.parameters import BackscatterParams, RadarParams

BLOCK_PIXELS = 1024
_SMALL_BLOCK_PIXELS = 256
_FEW_BLOCKS = 16
_FARTHEST_M = 15_000.0
_COARSER = 16
_STEEPEST_COTANGENT = 1.9  # of 28°, the least incidence angle of Sentinel-1's modes but S1 and S2


@dataclass(frozen=True)
class MapAsset:
    """One raster of the result: its bands, and what STAC and the map are told of it."""

    specs: Sequence[BandSpec]
    bands: Sequence[Mapping[str, Any]]
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MapRecipe:
    """What is done to every block.

    Args:
        outline: what is kept, in the grid's CRS; None for all.
        decibels: whether backscatter is turned into dB.
    """

    grid: Grid
    dem: Dem
    correction: Correction
    outline: BaseGeometry | None
    decibels: bool
    incidence: bool
    layover: bool


MapBlock = dict[str, NDArray[Any]]


def recipe_for(grid: Grid, dem: Dem, correction: Correction, params: BackscatterParams) -> MapRecipe:
    """Settle what the parameters ask for."""
    return MapRecipe(
        grid,
        dem,
        correction,
        outline_of(params, grid),
        params.scale == "db",
        params.incidence_angle,
        params.layover_shadow,
    )


def outline_of(params: RadarParams, grid: Grid) -> BaseGeometry | None:
    """Return the area in the grid's CRS, None where nothing is cut off."""
    if not params.aoi or params.outside_area == "keep":
        return None
    near = parse_area(params.aoi).intersection(grid.footprint().buffer(0.1))
    return reproject_geometry(near.segmentize(0.01), "EPSG:4326", grid.crs)


def write_map(recipe: MapRecipe, assets: Mapping[str, MapAsset], format: RasterFormat, context: Context) -> None:
    """Compute all blocks and write the rasters that are wanted."""
    windows = windows_of(recipe.grid)
    share = 0.9 / len(windows)
    with writers_for(assets, recipe.grid, format, context) as writers:
        blocks = map_bounded(context.executor, partial(compute, recipe), windows, in_flight=context.threads + 2)
        for done, (window, block) in enumerate(blocks, 1):
            for name, writer in writers.items():
                writer.write(window, block[name])
            context.progress(0.05 + share * done, "terrain correction")
        context.progress(0.95, "building overviews")
    for name, asset in assets.items():
        path = context.target(name, EXTENSIONS[format])
        context.add(name, path, bands=asset.bands, properties=asset.properties)


@contextmanager
def writers_for(
    assets: Mapping[str, MapAsset], grid: Grid, format: RasterFormat, context: Context
) -> Iterator[dict[str, RasterWriter]]:
    """Open a writer for each raster, by name; all are complete when the block has ended."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                create_raster(
                    context.target(name, EXTENSIONS[format]), format, grid, asset.specs, threads=context.threads
                )
            )
            for name, asset in assets.items()
        }


def windows_of(grid: Grid) -> list[Window]:
    """Return the blocks of the result; a small one is cut finer, so that its progress is seen to move."""
    windows = list(grid.blocks(BLOCK_PIXELS))
    return windows if len(windows) >= _FEW_BLOCKS else list(grid.blocks(2 * _SMALL_BLOCK_PIXELS))


def compute(recipe: MapRecipe, window: Window) -> MapBlock:
    """Return every raster of one block, by name; shape (bands, rows, columns)."""
    rows, columns = margin = _margin(recipe, window)
    wide = Window(window.col_off - columns, window.row_off - rows, window.width + 2 * columns, window.height + 2 * rows)
    grid = recipe.grid.block(wide)
    heights = recipe.dem.heights(recipe.grid, wide)
    found = correct_block(recipe.correction, grid, heights, margin)
    out = {"backscatter": _decibels(found.layers) if recipe.decibels else found.layers}
    if found.area is not None:
        out["contributing_area"] = found.area[None]
    if recipe.incidence or recipe.layover:
        out |= _local_geometry(recipe, window, heights, margin)
    if recipe.outline is not None:
        _cut(out, ~inside(recipe.outline, recipe.grid, window))
    return out


def _local_geometry(
    recipe: MapRecipe, window: Window, heights: NDArray[np.float32], margin: tuple[int, int]
) -> MapBlock:
    geometry = recipe.correction.images[0].geometry
    face = facing(geometry, recipe.grid.block(window), float(heights.mean()))
    out: MapBlock = {}
    if recipe.incidence:
        near = tuple(slice(m - 1, n - m + 1) for m, n in zip(margin, heights.shape, strict=True))
        out["incidence_angle"] = incidence_deg(face, heights[near])[None]
    if recipe.layover:
        out["layover_shadow"] = layover_shadow(face, heights, margin, recipe.grid.pixel_size_m[0])[None]
    return out


def _margin(recipe: MapRecipe, window: Window) -> tuple[int, int]:
    """Return rows and columns around a block within which ground may share a slant range with it, or shade it."""
    if not (recipe.correction.flattens or recipe.layover):
        return 1, 1
    relief_m = _relief_m(recipe, window)
    reach = max(margin_of(f.name, f.window) for f in recipe.correction.speckle.values()) + 2
    looks_m = 15.0 * max(recipe.correction.looks)
    far_m = reach_m(relief_m, _STEEPEST_COTANGENT) + reach * looks_m
    width_m, height_m = recipe.grid.pixel_size_m
    return math.ceil(far_m / height_m) + 1, math.ceil(far_m / width_m) + 1


def _relief_m(recipe: MapRecipe, window: Window) -> float:
    """Return the height between the lowest and the highest ground in and around a block, told from coarse heights."""
    width_m, height_m = recipe.grid.pixel_size_m
    columns, rows = math.ceil(_FARTHEST_M / width_m), math.ceil(_FARTHEST_M / height_m)
    wide = recipe.grid.block(
        Window(window.col_off - columns, window.row_off - rows, window.width + 2 * columns, window.height + 2 * rows)
    )
    step = max(1, round(_COARSER * 10 / width_m))
    coarse = Grid(
        wide.crs, wide.transform @ Affine.scale(step), max(wide.width // step, 2), max(wide.height // step, 2)
    )
    heights = recipe.dem.heights(coarse, Window(0, 0, coarse.width, coarse.height))
    return float(np.ptp(heights)) + 20.0


def _decibels(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(linear > 0, 10 * np.log10(linear), np.nan).astype(np.float32)


def _cut(block: MapBlock, outside: NDArray[np.bool_]) -> None:
    for name, values in block.items():
        values[:, outside] = NO_DATA if name == "layover_shadow" else np.nan
