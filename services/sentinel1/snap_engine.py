"""ESA SNAP in place of the native engine: a graph is made of the parameters, run, and its bands put on the grid.

Not yet run against a real SNAP; see docs/snap.md.
"""

import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import rasterio
from affine import Affine
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidOption
from eo.io.dem import Dem
from eo.io.geoid import geoid_height_m
from eo.io.grid import Grid
from eo.io.raster_writer import RasterFormat
from eo.sar.speckle.filters import SpeckleFilter
from eo.snap.convert import convert, meaning_of
from eo.snap.engine import compute
from eo.snap.gpt import Limits, ask, find_gpt
from eo.snap.graph import Graph
from eo.snap.operators import Release
from eo.snap.options import Calibration, Slc, SnapOptions, Subswath
from eo.snap.product import Band
from services.core.context import Context
from services.sentinel1.parameters import RadarParams

GraphOf = Callable[[SnapOptions, Path, Release], Graph]
_SHARE_OF_MEMORY = 0.25
_TIMEOUT_S = 6 * 3600.0
_MARGIN_DEG = 0.1
_ARC_SECOND = 1 / 3600


def snap_options(
    params: RadarParams,
    calibration: Calibration,
    polarisations: tuple[str, ...],
    grid: Grid,
    dem: Path,
    speckle: SpeckleFilter,
    decibels: bool,
) -> SnapOptions:
    """Return the parameters in the words of the SNAP engine."""
    return SnapOptions(
        calibration,
        polarisations,
        params.resolution,
        grid.crs,
        speckle,
        aoi=params.aoi,
        dem=dem,
        orbit="annotation" if os.environ.get("SNAP_OFFLINE") else "precise",
        decibels=decibels,
    )


def run_graph(context: Context, name: str, options: SnapOptions, graph_of: GraphOf, until: float) -> tuple[Band, ...]:
    """Run one graph and return the bands that it wrote.

    Args:
        name: of its folder in the scratch space.
        until: share of the whole that is done when it has ended.

    Raises:
        SnapNotFound, SnapFailed, InvalidGraph: says what went wrong.
    """
    gpt = ask(find_gpt())
    folder = context.scratch(name)
    folder.mkdir(exist_ok=True)
    limits = Limits(context.threads, int(psutil.virtual_memory().total * _SHARE_OF_MEMORY), _TIMEOUT_S)
    graph = graph_of(options, folder / "result.dim", gpt.release)
    context.properties["groundwork:engine"] = f"SNAP {gpt.version or gpt.release}"
    return compute(gpt, graph, folder, limits, lambda done: context.progress(0.1 + (until - 0.1) * done, "SNAP"))


def slc_of(path: Path, mode: str, swaths: list[str]) -> Slc:
    """Return an SLC product with the sub-swaths to process."""
    return Slc(path, "SM") if mode == "SM" else Slc(path, "IW", tuple(Subswath(swath) for swath in swaths))


def write_backscatter(
    context: Context,
    bands: tuple[Band, ...],
    polarisations: tuple[str, ...],
    grid: Grid,
    format: RasterFormat,
    path: Path,
) -> None:
    """Write the bands of backscatter in the order of the polarisations."""
    found = {meaning.polarisation: band for band in bands if (meaning := meaning_of(band.name))}
    convert([found[p] for p in polarisations if p in found], grid, path, format, threads=context.threads)


def dem_for_snap(context: Context, params: RadarParams, dem: Dem, area: BaseGeometry) -> Path:
    """Write the heights around an area as SNAP takes them: one GeoTIFF of one arc second, above the geoid.

    Raises:
        InvalidOption: a flat Earth was asked for.
    """
    if params.terrain == "flat":
        raise InvalidOption("SNAP corrects terrain by heights.", hint="Choose terrain dem, or the native engine.")
    west, south, east, north = area.buffer(_MARGIN_DEG).bounds
    columns, rows = (math.ceil((high - low) / _ARC_SECOND) for low, high in ((west, east), (south, north)))
    grid = Grid("EPSG:4326", Affine(_ARC_SECOND, 0, west, 0, -_ARC_SECOND, north), columns, rows)
    path = context.scratch("dem.tif")
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": grid.crs, "transform": grid.transform}
    with rasterio.open(path, "w", width=columns, height=rows, nodata=-9999, tiled=True, **profile) as target:
        for window in grid.blocks(1024):
            target.write(_above_geoid(dem, grid, window), 1, window=window)
    return path


def _above_geoid(dem: Dem, grid: Grid, window: Window) -> np.ndarray:
    block = grid.block(window)
    x, y = block.transform @ np.meshgrid(np.arange(block.width) + 0.5, np.arange(block.height) + 0.5)
    return np.asarray(dem.heights(grid, window) - geoid_height_m(x, y), np.float32)
