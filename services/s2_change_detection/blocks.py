"""The pair block by block: what is read of either scene, and the change vectors that come of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.errors import MissingBand
from eo.io.cloud_masks import CloudSource, available_cloud_masks, cloud_source, read_clouds
from eo.io.grid import Grid, reproject_geometry
from eo.io.land import inside
from eo.io.product import Product, RasterSource
from eo.io.warp import read_block
from eo.optical.change_vector import ChangeSums, Counts, Vectors, change_vectors, gather, polar
from eo.optical.masks import is_cloud
from eo.optical.normalisation import Normalisation, fit_normalisation, no_normalisation
from eo.optical.reflectance import NODATA, OFFSET, SATURATED, SCALE, repack
from services.s2_change_detection import ChangeDetectionParams
from services.s2_change_detection.pair import Pair

BLOCK_PIXELS = 1024
"""Edge of a block: that of the tiles in the products' JPEG 2000 files."""
_SAMPLE_BLOCK_PIXELS = 256
_SAMPLE_BLOCKS_A_SIDE = 4
_SAMPLE_PIXELS = 200_000
_RESAMPLING = "bilinear"


@dataclass(frozen=True)
class Scene:
    """What is read of one date."""

    bands: tuple[RasterSource, ...]
    clouds: CloudSource | None


@dataclass(frozen=True)
class Recipe:
    """Everything a block needs; travels to whatever computes it.

    Args:
        area: outline of what is compared, in the grid's CRS; None for all.
    """

    grid: Grid
    before: Scene
    after: Scene
    area: BaseGeometry | None
    normalisation: Normalisation


def settle(pair: Pair, params: ChangeDetectionParams) -> Recipe:
    """Settle what is read of either scene.

    Raises:
        MissingBand: a scene has no cloud mask of the kind asked for.
    """
    before, after = (_scene(product, pair, params) for product in (pair.before, pair.after))
    area = None
    if pair.area is not None:
        near = pair.area.intersection(pair.grid.footprint().buffer(0.1))
        dense = shapely.segmentize(near, max((near.bounds[2] - near.bounds[0]) / 200, 1e-6))
        area = reproject_geometry(dense, "EPSG:4326", pair.grid.crs)
    return Recipe(pair.grid, before, after, area, no_normalisation(len(pair.bands)))


def normalised(recipe: Recipe) -> Recipe:
    """Return the recipe with the second date fitted to the first on a sample of blocks all over the grid.

    Raises:
        NotEnoughData: too little of the sample is valid and unchanged.
    """
    blocks = [_read_both(recipe, window) for window in sample_windows(recipe.grid)]
    before, after = (np.concatenate([b[i].reshape(len(b[i]), -1) for b in blocks], axis=1) for i in (0, 1))
    valid = np.flatnonzero(_usable(before) & _usable(after))
    chosen = valid[:: max(1, math.ceil(len(valid) / _SAMPLE_PIXELS))]
    fitted = fit_normalisation(before[:, chosen] * SCALE + OFFSET, after[:, chosen] * SCALE + OFFSET)
    return replace(recipe, normalisation=fitted)


def sample_windows(grid: Grid) -> list[Window]:
    """Return up to 16 windows, evenly spread; of a small grid all."""
    rows, columns = (_spread(math.ceil(length / _SAMPLE_BLOCK_PIXELS)) for length in grid.shape)
    size = _SAMPLE_BLOCK_PIXELS
    return [
        Window(c * size, r * size, min(size, grid.width - c * size), min(size, grid.height - r * size))
        for r in rows
        for c in columns
    ]


def subtract(recipe: Recipe, window: Window) -> tuple[Vectors, ChangeSums]:
    """Read both dates of a block; return their change vectors, and the sums over them."""
    before, after = _read_both(recipe, window)
    vectors = change_vectors(before, after, recipe.normalisation.gain, recipe.normalisation.offset)
    return vectors, gather(vectors)


def load_polar(folder: Path, reference: NDArray[np.float64], window: Window) -> tuple[Counts, Counts]:
    """Return magnitude and direction of a block whose change vectors were kept."""
    return polar(load_vectors(folder, window), reference)


def keep_vectors(folder: Path, window: Window, vectors: Vectors) -> None:
    """Keep the change vectors of a block."""
    np.save(_path(folder, window), vectors)


def load_vectors(folder: Path, window: Window) -> Vectors:
    """Return the change vectors of a block that were kept."""
    vectors: Vectors = np.load(_path(folder, window))
    return vectors


def _path(folder: Path, window: Window) -> Path:
    return folder / f"{window.row_off}_{window.col_off}.npy"


def _scene(product: Product, pair: Pair, params: ChangeDetectionParams) -> Scene:
    bands = tuple(product.band(name, params.resolution) for name in pair.bands)
    if params.cloudmask == "none":
        return Scene(bands, None)
    name = params.cloudmask
    if name == "auto":
        there = available_cloud_masks(product)
        if not there:
            raise MissingBand(f"{product.name} has no cloud mask of any kind.", hint="Choose cloudmask none.")
        name = there[0]
    return Scene(bands, cloud_source(product, name, pair.grid, params.resolution, dilation_m=params.cloud_dilation_m))


def _read_both(recipe: Recipe, window: Window) -> tuple[Counts, Counts]:
    before, after = (_read(scene, recipe.grid, window) for scene in (recipe.before, recipe.after))
    if recipe.area is not None:
        before[:, ~inside(recipe.area, recipe.grid, window)] = NODATA
    return before, after


def _read(scene: Scene, grid: Grid, window: Window) -> Counts:
    """Return packed reflectance, shape (band, y, x), 0 where there is no data, cloud or shadow."""
    bands = np.empty((len(scene.bands), window.height, window.width), np.uint16)
    for plane, source in zip(bands, scene.bands, strict=True):
        stored = read_block(source, grid, window, _RESAMPLING)
        plane[:] = repack(stored, source.scale, source.offset, source.nodata, source.saturated)
    if scene.clouds is not None:
        bands[:, is_cloud(read_clouds(scene.clouds, grid, window))] = NODATA
    return bands


def _usable(bands: Counts) -> NDArray[np.bool_]:
    return np.asarray(((bands != NODATA) & (bands != SATURATED)).all(axis=0), np.bool_)


def _spread(count: int) -> Sequence[int]:
    wanted = min(count, _SAMPLE_BLOCKS_A_SIDE)
    return sorted({round(step) for step in np.linspace(0, count - 1, wanted)})
