"""Sentinel-1 GRD preprocessing: calibrate, filter, correct and write, block by block."""

from pathlib import Path

from eo.io.sentinel1_grd import GrdImage, open_grd
from eo.sar.speckle.filters import check as check_speckle
from eo.sar.terrain_correction import Correction
from services.core.context import Context
from services.s1_grd_preprocess import GrdPreprocessParams
from services.s1_grd_preprocess.snap import run_by_snap
from services.s1_grd_preprocess.source import Source, open_source, speckle_filter
from services.sentinel1.bright_targets import with_target_level
from services.sentinel1.ground import Flight, area_of, flight, heights_for, map_grid
from services.sentinel1.looks import grd_looks
from services.sentinel1.mapping import recipe_for, write_map
from services.sentinel1.outputs import backscatter_assets, note


def run(params: GrdPreprocessParams, context: Context) -> None:
    """Write the result.

    Raises:
        EoError: the products, the area, the heights or the orbit cannot be used; says why.
    """
    context.progress(0.01, "reading the metadata")
    source = open_source(params)
    area = area_of(source.footprint, params)
    grid, dem = map_grid(area, params), heights_for(area, params)
    annotations = source.annotations
    if params.engine == "snap":
        run_by_snap(source, area, grid, dem, params, context)
        return
    path = flight(source.first.platform, annotations[0], params, annotations[1:])
    image = _open(source, path, params, context.scratch("unpacked"))
    looks = grd_looks(annotations[0], params.resolution)
    speckle = speckle_filter(source, params, looks)
    check_speckle(speckle, grid.shape)
    filters = {p: with_target_level(speckle, [image], p, looks) for p in source.polarisations}
    correction = Correction((image,), source.polarisations, filters, looks, params.calibration == "gamma0_rtc")
    inputs = dict(zip(("input", "following"), source.products, strict=False))
    note(context, inputs, path, source.polarisations, params)
    recipe = recipe_for(grid, dem, correction, params)
    write_map(recipe, backscatter_assets(params, source.polarisations), params.output_format, context)


def _open(source: Source, path: Flight, params: GrdPreprocessParams, scratch: Path) -> GrdImage:
    scratch.mkdir(exist_ok=True)
    return open_grd(
        source.products,
        path.orbit,
        source.polarisations,
        "beta0" if params.calibration == "gamma0_rtc" else params.calibration,
        denoise=params.noise_removal,
        clean_border=params.border_noise,
        scratch=scratch,
    )
