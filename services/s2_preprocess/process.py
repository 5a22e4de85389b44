"""Sentinel-2 preprocessing: read, resample, mask and write, block by block."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io.cloud_masks import read_clouds
from eo.io.grid import Grid
from eo.io.land import inside, is_land
from eo.io.products import open_product
from eo.io.raster_writer import EXTENSIONS, RasterFormat, RasterWriter, create_raster
from eo.io.warp import read_block
from eo.optical.masks import Mask, MaskClass
from eo.optical.reflectance import NODATA, repack
from services.core.context import Context
from services.core.execution import map_bounded
from services.s2_preprocess import PreprocessParams, outputs
from services.s2_preprocess.outputs import RasterAsset
from services.s2_preprocess.recipe import Recipe, grid_for, names_for, settle

BLOCK_PIXELS = 1024
_SMALL_BLOCK_PIXELS = 512
_FEW_BLOCKS = 16
_SHARE_OF_BLOCKS = 0.85


@dataclass(frozen=True)
class Block:
    """What one block of the result holds: reflectance (bands, rows, columns), mask and scene classes where wanted."""

    reflectance: NDArray[np.uint16]
    mask: Mask | None
    scl: Mask | None


def run(params: PreprocessParams, context: Context) -> None:
    """Write the result.

    Raises:
        EoError: the product, the area or the bands cannot be used; says why.
    """
    context.progress(0.01, "reading the metadata")
    product = open_product(params.input)
    names = names_for(product, params)
    grid = grid_for(product, params)
    recipe = settle(product, params, names, grid)
    context.read("input", product.name, product.fingerprint)
    context.acquired(product.datetime)
    context.covers(grid.footprint())
    context.properties.update(outputs.properties(product, params))
    assets = outputs.assets(product, recipe)
    _write(recipe, assets, params.output_format, context)
    for name, asset in assets.items():
        path = context.target(name, EXTENSIONS[params.output_format])
        context.add(name, path, bands=asset.bands, properties=asset.properties)


def _write(recipe: Recipe, assets: dict[str, RasterAsset], format: RasterFormat, context: Context) -> None:
    windows = _windows(recipe.grid)
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(
                create_raster(
                    context.target(name, EXTENSIONS[format]), format, recipe.grid, asset.specs, threads=context.threads
                )
            )
            for name, asset in assets.items()
        }
        blocks = map_bounded(context.executor, partial(compute, recipe), windows, in_flight=context.threads + 2)
        for done, (window, block) in enumerate(blocks, 1):
            _store(writers, window, block)
            context.progress(0.02 + _SHARE_OF_BLOCKS * done / len(windows), "resampling and masking")
        context.progress(0.02 + _SHARE_OF_BLOCKS, "building overviews")


def _windows(grid: Grid) -> list[Window]:
    """Return the blocks of the result; a small one is cut finer, so that its progress is seen to move."""
    windows = list(grid.blocks(BLOCK_PIXELS))
    return windows if len(windows) > _FEW_BLOCKS else list(grid.blocks(_SMALL_BLOCK_PIXELS))


def _store(writers: dict[str, RasterWriter], window: Window, block: Block) -> None:
    writers["reflectance"].write(window, block.reflectance)
    if block.mask is not None:
        writers["mask"].write(window, block.mask, band=1)
    if block.scl is not None:
        writers["scene_classification"].write(window, block.scl, band=1)


def compute(recipe: Recipe, window: Window) -> Block:
    """Return one block of the result."""
    grid = recipe.grid
    bands = np.empty((len(recipe.sources), window.height, window.width), np.uint16)
    for plane, source in zip(bands, recipe.sources, strict=True):
        stored = read_block(source, grid, window, recipe.continuous)
        plane[:] = repack(stored, source.scale, source.offset, source.nodata, source.saturated)
    if recipe.area is not None:
        bands[:, ~inside(recipe.area, grid, window)] = NODATA
    scl = read_block(recipe.scl, grid, window, recipe.categorical) if recipe.scl else None
    if not recipe.masks:
        return Block(bands, None, scl)
    mask = _mask(recipe, window)
    mask[~bands.any(axis=0)] = MaskClass.NO_DATA
    bands[:, mask > MaskClass.CLEAR] = NODATA
    return Block(bands, mask, scl)


def _mask(recipe: Recipe, window: Window) -> Mask:
    mask = (
        np.array(read_clouds(recipe.clouds, recipe.grid, window))
        if recipe.clouds
        else np.full((window.height, window.width), MaskClass.CLEAR, np.uint8)
    )
    if recipe.land is not None:
        land = is_land(recipe.land, recipe.grid, window)
        if recipe.keep_land:
            mask[~land] = MaskClass.SEA
        else:
            mask[land] = MaskClass.LAND
    return mask
