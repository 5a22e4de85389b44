"""Read one band on a block of any grid, decoding only the tiles it needs.

On the same pixel lattice values are copied; on one finer or coarser by a whole factor this library's own kernels work;
anything else goes through GDAL's warper, on an array in memory. All three take and give stored numbers.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.warp import reproject
from rasterio.windows import Window

from eo.io.grid import Grid, grid_of
from eo.io.product import RasterSource
from eo.io.tile_cache import layout_of, read_window
from eo.optical.resampling import coarsen_mean, refine_bilinear, repeat

ContinuousResampling = Literal["nearest", "bilinear", "cubic", "average"]
CategoricalResampling = Literal["nearest", "mode"]
_source_grid = lru_cache(maxsize=8192)(grid_of)
_KERNEL_RADIUS = {"nearest": 1, "bilinear": 1, "cubic": 2, "average": 1, "mode": 1}


@dataclass(frozen=True)
class _Lattice:
    """How a grid lies on a source of the same CRS whose pixel corners it shares.

    Args:
        finer: pixels of the grid along one pixel of the source.
        coarser: pixels of the source along one pixel of the grid.
        column: of the source's corner to the grid's, in pixels of the finer of the two.
        row: likewise.
    """

    finer: int
    coarser: int
    column: int
    row: int


def read_block(source: RasterSource, grid: Grid, window: Window, resampling: str) -> NDArray[Any]:
    """Return a band on a block of a grid, as stored numbers.

    Args:
        window: block of the grid; may reach beyond it.
        resampling: a `ContinuousResampling` or `CategoricalResampling`.

    Returns:
        (rows, columns) in the file's type; beyond the image, and where there is no data, the source's nodata (else 0).

    Raises:
        InvalidProduct: the file cannot be read.
    """
    lattice = _lattice(_source_grid(source.path), grid)
    if lattice and lattice.finer == lattice.coarser == 1:
        return _read(source, lattice.column + window.col_off, lattice.row + window.row_off, window.width, window.height)
    if lattice and lattice.finer > 1 and resampling in ("nearest", "bilinear"):
        return _finer(source, lattice, window, resampling)
    if lattice and lattice.coarser > 1 and resampling in ("nearest", "average"):
        return _coarser(source, lattice, window, resampling)
    return _warped(source, grid.block(window), resampling)


def _read(source: RasterSource, column: int, row: int, width: int, height: int) -> NDArray[Any]:
    return read_window(source.path, source.index, Window(column, row, width, height), source.nodata or 0)


def _finer(source: RasterSource, lattice: _Lattice, window: Window, resampling: str) -> NDArray[Any]:
    factor = lattice.finer
    left, top = lattice.column + window.col_off, lattice.row + window.row_off
    first_column, first_row = left // factor, top // factor
    columns = -(-(left + window.width) // factor) - first_column
    rows = -(-(top + window.height) // factor) - first_row
    if resampling == "nearest":
        fine = repeat(_read(source, first_column, first_row, columns, rows), factor)
    else:
        coarse = _read(source, first_column - 1, first_row - 1, columns + 2, rows + 2)
        fine = np.empty((rows * factor, columns * factor), coarse.dtype)
        refine_bilinear(coarse, factor, _left_out(source), fine)
    y, x = top - first_row * factor, left - first_column * factor
    return fine[y : y + window.height, x : x + window.width]


def _coarser(source: RasterSource, lattice: _Lattice, window: Window, resampling: str) -> NDArray[Any]:
    factor = lattice.coarser
    left, top = lattice.column + window.col_off * factor, lattice.row + window.row_off * factor
    fine = _read(source, left, top, window.width * factor, window.height * factor)
    if resampling == "nearest":
        return fine[factor // 2 :: factor, factor // 2 :: factor]
    coarse = np.empty((window.height, window.width), fine.dtype)
    coarsen_mean(fine, factor, _left_out(source), coarse)
    return coarse


def _warped(source: RasterSource, block: Grid, resampling: str) -> NDArray[Any]:
    image = _source_grid(source.path)
    out = np.full(block.shape, source.nodata or 0, layout_of(source.path, source.index).dtype)
    window = _source_window(image, block, _KERNEL_RADIUS[resampling])
    if window is None:
        return out
    reproject(
        _read(source, window.col_off, window.row_off, window.width, window.height),
        out,
        src_transform=image.block(window).transform,
        src_crs=image.crs,
        src_nodata=source.nodata,
        dst_transform=block.transform,
        dst_crs=block.crs,
        dst_nodata=source.nodata,
        resampling=Resampling[resampling],
    )
    return out


def _source_window(image: Grid, block: Grid, radius: int) -> Window | None:
    """Return the part of the image that a block needs, None where they do not meet."""
    west, south, east, north = block.bounds
    x, y = np.meshgrid(np.linspace(west, east, 17), np.linspace(south, north, 17))
    x, y = _transformer(block.crs, image.crs).transform(x, y)
    column = (x - image.transform.c) / image.transform.a
    row = (y - image.transform.f) / image.transform.e
    known = np.isfinite(column) & np.isfinite(row)
    if not known.any():
        return None
    column, row = column[known], row[known]
    ratio = max(np.ptp(column) / block.width, np.ptp(row) / block.height, 1.0)
    margin = math.ceil(radius * ratio) + 2
    left, top = max(math.floor(column.min()) - margin, 0), max(math.floor(row.min()) - margin, 0)
    right = min(math.ceil(column.max()) + margin, image.width)
    bottom = min(math.ceil(row.max()) + margin, image.height)
    return Window(left, top, right - left, bottom - top) if right > left and bottom > top else None


@lru_cache(maxsize=8192)
def _lattice(image: Grid, grid: Grid) -> _Lattice | None:
    """Return how the grid lies on the image, None where the pixels of one do not fit into those of the other."""
    if image.pyproj_crs != grid.pyproj_crs:
        return None
    ratio = image.pixel_size[0] / grid.pixel_size[0]
    finer, coarser = max(round(ratio), 1), max(round(1 / ratio), 1)
    fine = image.pixel_size[0] / finer
    column = (grid.transform.c - image.transform.c) / fine
    row = (image.transform.f - grid.transform.f) / fine
    fits = abs(ratio * coarser / finer - 1) < 1e-9 and image.pixel_size[0] == image.pixel_size[1]
    whole = abs(column - round(column)) < 1e-6 and abs(row - round(row)) < 1e-6
    square = grid.pixel_size[0] == grid.pixel_size[1]
    return _Lattice(finer, coarser, round(column), round(row)) if fits and whole and square else None


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _left_out(source: RasterSource) -> float:
    return math.nan if source.nodata is None else source.nodata
