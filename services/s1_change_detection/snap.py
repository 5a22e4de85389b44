"""The service on ESA SNAP: its chains of a pair in place of the native ones. Not yet run against a real SNAP."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.io.dem import Dem
from eo.io.grid import Grid
from eo.io.tile_cache import opened
from eo.sar.speckle.filters import SpeckleFilter
from eo.snap import chains
from eo.snap.convert import convert
from eo.snap.graph import Graph
from eo.snap.operators import Release
from eo.snap.options import Slc, SnapOptions
from services.core.context import Context
from services.s1_change_detection import ChangeDetectionParams
from services.s1_change_detection.composition import composition_for, note_pair, write
from services.s1_change_detection.maps import Block, Composition, Layer, compose
from services.s1_change_detection.pair import Pair, window_of
from services.sentinel1.snap_engine import dem_for_snap, run_graph, slc_of, snap_options

_CHAINS = ("first", "second", "coherence")


@dataclass(frozen=True)
class SnapLayers:
    """Files of what SNAP made, on the grid of the result: first date, second date, coherence."""

    composition: Composition
    paths: tuple[str, ...]


def run_by_snap(
    pair: Pair,
    area: BaseGeometry,
    grid: Grid,
    dem: Dem,
    speckle: SpeckleFilter,
    params: ChangeDetectionParams,
    context: Context,
) -> None:
    """Write the result.

    Raises:
        SnapNotFound, SnapFailed: says what went wrong.
    """
    heights = dem_for_snap(context, params, dem, area)
    window = window_of(params, [(a.lines, a.samples) for a, _ in pair.annotations.values()])
    options = snap_options(params, params.calibration, (pair.polarisation,), grid, heights, speckle, decibels=False)
    options = replace(options, coherence_window=window)
    by_name = {name: getattr(params, name) for name in pair.parameters}
    swaths = list(pair.annotations)
    slc = [slc_of(Path(by_name[n]), p.mode, swaths) for n, p in zip(pair.parameters, pair.products, strict=True)]
    paths = []
    for done, name in enumerate(_CHAINS, 1):
        bands = run_graph(
            context,
            f"snap_{name}",
            options,
            partial(_graph, slc, name),
            0.55 * done / len(_CHAINS),
        )
        path = context.scratch(f"{name}.tif")
        convert(bands[:1], grid, path, "GeoTIFF", threads=context.threads)
        paths.append(str(path))
    layers = SnapLayers(composition_for(pair, params, grid, speckle), tuple(paths))
    note_pair(pair, None, layers.composition, params, context)
    write(layers.composition, partial(compute, layers), params, context)


def _graph(slc: list[Slc], name: str, options: SnapOptions, output: Path, release: Release) -> Graph:
    return chains.pair(slc[0], slc[1], output.parent, options, release)[name]


def compute(layers: SnapLayers, window: Window) -> Block:
    """Return every raster of one block, by name; shape (bands, rows, columns)."""
    first, second, coherence = (_read(path, window) for path in layers.paths)
    return compose(layers.composition, window, first, second, coherence)


def _read(path: str, window: Window) -> Layer:
    return np.asarray(opened(path).read(1, window=window), np.float32)
