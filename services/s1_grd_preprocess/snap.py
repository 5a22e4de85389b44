"""The service on ESA SNAP: its GRD chain in place of the native one. Not yet run against a real SNAP."""

from pathlib import Path

from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidOption
from eo.io.dem import Dem
from eo.io.grid import Grid
from eo.io.raster_writer import EXTENSIONS
from eo.snap import chains
from services.core.context import Context
from services.s1_grd_preprocess import GrdPreprocessParams
from services.s1_grd_preprocess.source import Source, speckle_filter
from services.sentinel1.outputs import backscatter_assets, note
from services.sentinel1.snap_engine import dem_for_snap, run_graph, snap_options, write_backscatter


def run_by_snap(
    source: Source, area: BaseGeometry, grid: Grid, dem: Dem, params: GrdPreprocessParams, context: Context
) -> None:
    """Write the result.

    Raises:
        InvalidOption: several slices, which SNAP is not asked to join.
        SnapNotFound, SnapFailed: says what went wrong.
    """
    if len(source.products) > 1:
        raise InvalidOption("SNAP is not asked to join slices here.", hint="Choose the native engine, or one slice.")
    heights = dem_for_snap(context, params, dem, area)
    speckle, decibels = speckle_filter(source, params, (1, 1)), params.scale == "db"
    options = snap_options(params, params.calibration, source.polarisations, grid, heights, speckle, decibels)
    product = Path(params.input)
    bands = run_graph(context, "snap", options, lambda o, out, release: chains.grd(product, out, o, release), 0.85)
    context.progress(0.87, "writing")
    target = context.target("backscatter", EXTENSIONS[params.output_format])
    write_backscatter(context, bands, source.polarisations, grid, params.output_format, target)
    asset = backscatter_assets(params, source.polarisations)["backscatter"]
    context.add("backscatter", target, bands=asset.bands, properties=asset.properties)
    note(context, {"input": source.first}, None, source.polarisations, params)
