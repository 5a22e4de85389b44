"""The service on ESA SNAP: its SLC chains in place of the native one. Not yet run against a real SNAP."""

from dataclasses import replace
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from eo.io.dem import Dem
from eo.io.grid import Grid
from eo.io.raster_writer import EXTENSIONS
from eo.snap import chains
from services.core.context import Context
from services.s1_slc_preprocess import SlcPreprocessParams
from services.s1_slc_preprocess.source import Source, looks_for, speckle_filter
from services.sentinel1.outputs import backscatter_assets, note
from services.sentinel1.snap_engine import dem_for_snap, run_graph, slc_of, snap_options, write_backscatter


def run_by_snap(
    source: Source, area: BaseGeometry, grid: Grid, dem: Dem, params: SlcPreprocessParams, context: Context
) -> None:
    """Write the result.

    Raises:
        SnapNotFound, SnapFailed: says what went wrong.
    """
    heights = dem_for_snap(context, params, dem, area)
    looks = looks_for(source.first, params)
    speckle, decibels = speckle_filter(source.first, params, looks), params.scale == "db"
    options = snap_options(params, params.calibration, source.polarisations, grid, heights, speckle, decibels)
    options = replace(options, looks=(looks[1], looks[0]))
    chain = chains.slc_standard if params.mode == "standard" else chains.slc_adhoc
    product = slc_of(Path(params.input), source.product.mode, list(source.annotations))
    bands = run_graph(context, "snap", options, lambda o, out, release: chain(product, out, o, release), 0.85)
    context.progress(0.87, "writing")
    target = context.target("backscatter", EXTENSIONS[params.output_format])
    write_backscatter(context, bands, source.polarisations, grid, params.output_format, target)
    asset = backscatter_assets(params, source.polarisations)["backscatter"]
    context.add("backscatter", target, bands=asset.bands, properties=asset.properties)
    note(context, {"input": source.product}, None, source.polarisations, params)
