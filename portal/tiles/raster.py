"""Result rasters under the tile server: opened once per thread, read from the right overview, warped to a map tile."""

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.transform import from_bounds
from rasterio.warp import Resampling, reproject, transform_bounds
from rasterio.windows import Window
from rasterio.windows import from_bounds as window_of

from portal.tiles.problems import TileProblem

MAX_ZOOM = 24
OPEN_PER_THREAD = 24
WEB_MERCATOR = CRS.from_epsg(3857)
HALF_WORLD_M = math.pi * 6_378_137.0
# No sidecar scans; nothing but GeoTIFF is opened, so no VRT and no network driver can be reached by a file's content.
OPTIONS = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}
DRIVER = "GTiff"
Bounds = tuple[float, float, float, float]
_local = threading.local()


@dataclass(frozen=True)
class Source:
    """A file as it lies on disk now: another `stamp` is another file."""

    path: Path
    stamp: int

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Look the file up.

        Raises:
            TileProblem: it is gone.
        """
        try:
            found = path.stat()
        except OSError:
            raise TileProblem(404, "file_gone", "The file is no longer there.", "Its result was deleted.") from None
        return cls(path, found.st_mtime_ns ^ found.st_size)


def opened(source: Source, overview: int | None = None) -> DatasetReader:
    """Return this thread's handle on a file, or on one of its overviews: GDAL's datasets must not be shared.

    Raises:
        TileProblem: no GeoTIFF, or one without a coordinate system.
    """
    handles: OrderedDict[Any, DatasetReader] = _local.__dict__.setdefault("handles", OrderedDict())
    key = (source, overview)
    if key in handles:
        handles.move_to_end(key)
        return handles[key]
    level = {} if overview is None else {"overview_level": overview}
    try:
        with rasterio.Env(**OPTIONS):
            raster = rasterio.open(source.path, driver=DRIVER, **level)
    except RasterioError:
        raise TileProblem(422, "no_raster", "This file cannot be shown on a map.", "Download it instead.") from None
    if raster.crs is None:
        raise TileProblem(422, "no_raster", "This file does not say where it lies.", "Download it instead.")
    handles[key] = raster
    if len(handles) > OPEN_PER_THREAD:
        handles.popitem(last=False)[1].close()
    return raster


def tile_bounds(z: int, x: int, y: int) -> Bounds:
    """Return west, south, east, north of a tile in EPSG:3857 (OGC Two Dimensional Tile Matrix Set, WebMercatorQuad).

    Raises:
        TileProblem: there is no such tile.
    """
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise TileProblem(404, "no_tile", f"There is no tile {z}/{x}/{y}.", f"Zoom goes from 0 to {MAX_ZOOM}.")
    side_m = 2 * HALF_WORLD_M / 2**z
    west, north = x * side_m - HALF_WORLD_M, HALF_WORLD_M - y * side_m
    return west, north - side_m, west + side_m, north


def read_tile(
    source: Source, bounds: Bounds, size: int, indices: tuple[int, ...]
) -> tuple[NDArray[Any], NDArray[np.bool_]] | None:
    """Return stored numbers (band, row, column) and where any band is valid; None where the tile lies beside.

    The nearest pixel is taken, from the coarsest overview that is fine enough.

    Args:
        bounds: west, south, east, north in EPSG:3857.
        size: of the tile in pixels.
    """
    full = opened(source)
    window = _window(full, bounds)
    if window is None:
        return None
    level = _overview(full, window, size)
    raster = full if level is None else opened(source, level)
    window = window if level is None else _window(raster, bounds)
    if window is None:
        return None
    return _warped(raster, window, bounds, size, indices)


def _warped(
    raster: DatasetReader, window: Window, bounds: Bounds, size: int, indices: tuple[int, ...]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    stored = raster.read(list(indices), window=window)
    nodata = raster.nodata
    if nodata is None:
        opaque = raster.dataset_mask(window=window).astype(stored.dtype)
        stored = np.concatenate([stored, np.minimum(opaque, 1)[None]])
    tile = np.empty((len(stored), size, size), stored.dtype)
    reproject(
        stored,
        tile,
        src_transform=raster.window_transform(window),
        src_crs=raster.crs,
        src_nodata=nodata,
        dst_transform=from_bounds(*bounds, size, size),
        dst_crs=WEB_MERCATOR,
        dst_nodata=0 if nodata is None else nodata,
        resampling=Resampling.nearest,
    )
    if nodata is None:
        return tile[:-1], tile[-1] != 0
    return tile, np.logical_or.reduce(valid(tile, nodata))


def valid(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Say where stored numbers mean something."""
    seen: NDArray[np.bool_] = np.ones(values.shape, bool) if nodata is None else values != nodata
    return seen & ~np.isnan(values) if values.dtype.kind == "f" else seen


def _window(raster: DatasetReader, bounds: Bounds) -> Window | None:
    """Return the part of a raster under a tile, two pixels wider for the nearest neighbour."""
    west, south, east, north = transform_bounds(WEB_MERCATOR, raster.crs, *bounds, densify_pts=21)
    exact = window_of(west, south, east, north, raster.transform)
    left, top = max(math.floor(exact.col_off) - 2, 0), max(math.floor(exact.row_off) - 2, 0)
    right = min(math.ceil(exact.col_off + exact.width) + 2, raster.width)
    bottom = min(math.ceil(exact.row_off + exact.height) + 2, raster.height)
    return Window(left, top, right - left, bottom - top) if left < right and top < bottom else None


def _overview(raster: DatasetReader, window: Window, size: int) -> int | None:
    """Return the coarsest overview that still has a pixel for each of the tile's, None for the full raster."""
    wanted = min(window.width, window.height) / size
    fine_enough = [i for i, factor in enumerate(raster.overviews(1)) if factor <= wanted]
    return fine_enough[-1] if fine_enough else None
