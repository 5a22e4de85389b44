"""Sentinel-1 SLC preprocessing: bursts and swaths to backscatter on a map, block by block."""

from pathlib import Path

from eo.io.sentinel1_slc import SwathImage, open_slc
from eo.sar.speckle.filters import check as check_speckle
from eo.sar.terrain_correction import Correction
from services.core.context import Context
from services.s1_slc_preprocess import SlcPreprocessParams
from services.s1_slc_preprocess.snap import run_by_snap
from services.s1_slc_preprocess.source import Source, looks_for, open_source, speckle_filter
from services.sentinel1.bright_targets import with_target_level
from services.sentinel1.ground import Flight, area_of, flight, heights_for, map_grid
from services.sentinel1.mapping import recipe_for, write_map
from services.sentinel1.outputs import backscatter_assets, note


def run(params: SlcPreprocessParams, context: Context) -> None:
    """Write the result.

    Raises:
        EoError: the product, the area, the heights or the orbit cannot be used; says why.
    """
    context.progress(0.01, "reading the metadata")
    source = open_source(params)
    area = area_of(source.footprint, params)
    grid, dem = map_grid(area, params), heights_for(area, params)
    if params.engine == "snap":
        run_by_snap(source, area, grid, dem, params, context)
        return
    path = flight(source.product.platform, source.first, params)
    images = _open(source, path, params, context.scratch("unpacked"))
    looks = looks_for(source.first, params)
    speckle = speckle_filter(source.first, params, looks)
    check_speckle(speckle, grid.shape)
    filters = {p: with_target_level(speckle, images, p, looks) for p in source.polarisations}
    correction = Correction(images, source.polarisations, filters, looks, params.calibration == "gamma0_rtc")
    note(context, {"input": source.product}, path, source.polarisations, params)
    recipe = recipe_for(grid, dem, correction, params)
    write_map(recipe, backscatter_assets(params, source.polarisations), params.output_format, context)


def _open(source: Source, path: Flight, params: SlcPreprocessParams, scratch: Path) -> list[SwathImage]:
    scratch.mkdir(exist_ok=True)
    return open_slc(
        source.product,
        list(source.annotations),
        path.orbit,
        source.first.first_line_time,
        source.polarisations,
        "beta0" if params.calibration == "gamma0_rtc" else params.calibration,
        denoise=params.noise_removal,
        scratch=scratch,
    )
