"""Sentinel-1 change detection: coherence in the first image's geometry, then everything on one map."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from eo.io.grid import Grid
from eo.io.land import LandSource, natural_earth_land, vector_land
from eo.io.raster_writer import EXTENSIONS
from eo.io.sentinel1_annotation import Annotation
from eo.io.sentinel1_slc import SwathImage, open_slc
from eo.sar.change_composites import threshold_db
from eo.sar.effective_looks import effective_looks
from eo.sar.multilook import equivalent_looks
from eo.sar.speckle.filters import SpeckleFilter, filter_speckle
from eo.sar.speckle.filters import check as check_speckle
from eo.sar.terrain_correction import Correction
from services.core.context import Context
from services.core.execution import map_bounded
from services.s1_change_detection import ChangeDetectionParams
from services.s1_change_detection.coherence_image import Work, make_coherence
from services.s1_change_detection.maps import COHERENCE, ChangeRecipe, compute
from services.s1_change_detection.outputs import assets
from services.s1_change_detection.pair import Pair, open_pair, window_of
from services.sentinel1.bright_targets import with_target_level
from services.sentinel1.ground import Flight, area_of, flight, heights_for, map_grid
from services.sentinel1.looks import slc_looks
from services.sentinel1.mapping import MapAsset, outline_of, windows_of, writers_for
from services.sentinel1.outputs import limits_db, note

_HOMOGENEOUS = 512


def run(params: ChangeDetectionParams, context: Context) -> None:
    """Write the result.

    Raises:
        EoError: the pair, the area, the heights or the orbits cannot be used; says why.
    """
    context.progress(0.01, "reading the metadata")
    pair = open_pair(params)
    area = area_of(pair.footprint, params)
    grid, dem = map_grid(area, params), heights_for(area, params)
    firsts = [next(iter(both)) for both in zip(*pair.annotations.values(), strict=True)]
    flights = [flight(p.platform, a, params) for p, a in zip(pair.products, firsts, strict=True)]
    looks = slc_looks(firsts[0], params.resolution)
    speckle = speckle_for(firsts[0], looks, params)
    check_speckle(speckle, grid.shape)
    images = [_open(pair, k, flights[k], params, context) for k in (0, 1)]
    window = window_of(params, [image.shape for image in images[0]])
    _note(pair, flights[0], params, context)
    works = [Work(a, b, pair.polarisation, dem, window, looks[1]) for a, b in zip(*images, strict=True)]
    coherence = make_coherence(works, area, context)
    backscatter = [_backscatter(part, pair.polarisation, speckle, looks) for part in images]
    recipe = ChangeRecipe(
        grid=grid,
        dem=dem,
        backscatter=(backscatter[0], backscatter[1]),
        coherence=Correction(coherence, (COHERENCE,), {COHERENCE: SpeckleFilter("none")}, (looks[0], 1)),
        coherence_looks=effective_looks(window, firsts[0].azimuth_spectrum, firsts[0].range_spectrum),
        backscatter_looks=looks_after(speckle),
        significance=params.significance,
        colours=params.colours,
        limits_db=limits_db(pair.polarisation),
        land=_land(params, grid),
        keeps="sea" if params.landseamask == "land" else "land",
        outline=outline_of(params, grid),
    )
    _note_looks(recipe, context)
    _write(recipe, assets(params, recipe), params, context)


def speckle_for(annotation: Annotation, looks: tuple[int, int], params: ChangeDetectionParams) -> SpeckleFilter:
    """Return the filter, told the looks of averaged samples."""
    window = 7 if params.speckle == "refined_lee" else params.speckle_window
    known = params.speckle_looks or effective_looks(looks, annotation.azimuth_spectrum, annotation.range_spectrum)
    return SpeckleFilter(params.speckle, window, known)


def _backscatter(
    images: Sequence[SwathImage], layer: str, speckle: SpeckleFilter, looks: tuple[int, int]
) -> Correction:
    return Correction(images, (layer,), {layer: with_target_level(speckle, images, layer, looks)}, looks)


def _note_looks(recipe: ChangeRecipe, context: Context) -> None:
    context.properties |= {
        "groundwork:coherence_looks": round(recipe.coherence_looks, 2),
        "groundwork:backscatter_looks": round(recipe.backscatter_looks, 2),
        "groundwork:change_threshold_db": round(threshold_db(recipe.backscatter_looks, recipe.significance), 3),
    }


def looks_after(speckle: SpeckleFilter) -> float:
    """Return the looks of homogeneous speckle after a filter, told from such speckle."""
    if speckle.name == "none":
        return speckle.looks
    noise = np.random.default_rng(0).gamma(speckle.looks, 1 / speckle.looks, (_HOMOGENEOUS, _HOMOGENEOUS))
    return equivalent_looks(filter_speckle(noise.astype(np.float32), speckle))


def _open(pair: Pair, k: int, path: Flight, params: ChangeDetectionParams, context: Context) -> list[SwathImage]:
    scratch = Path(context.scratch(f"unpacked{k}"))
    scratch.mkdir(exist_ok=True)
    first = next(iter(pair.annotations.values()))[k]
    return open_slc(
        pair.products[k],
        list(pair.annotations),
        path.orbit,
        first.first_line_time,
        [pair.polarisation],
        params.calibration,
        denoise=params.noise_removal,
        scratch=scratch,
    )


def _land(params: ChangeDetectionParams, grid: Grid) -> LandSource | None:
    if params.landseamask == "none":
        return None
    if params.land_source == "vector" and params.land_vector:
        return LandSource(polygons=vector_land(Path(params.land_vector), grid))
    return LandSource(polygons=natural_earth_land(grid))


def _note(pair: Pair, path: Flight, params: ChangeDetectionParams, context: Context) -> None:
    note(context, dict(zip(pair.parameters, pair.products, strict=True)), path, [pair.polarisation], params)
    apart = pair.baseline
    context.properties |= {
        "groundwork:perpendicular_baseline_m": round(apart.perpendicular_m, 1),
        "groundwork:parallel_baseline_m": round(apart.parallel_m, 1),
        "groundwork:temporal_baseline_days": round(apart.days, 2),
        "groundwork:first_date": pair.products[0].start.isoformat(),
        "groundwork:second_date": pair.products[1].start.isoformat(),
    }


def _write(recipe: ChangeRecipe, wanted: dict[str, MapAsset], params: ChangeDetectionParams, context: Context) -> None:
    windows = windows_of(recipe.grid)
    with writers_for(wanted, recipe.grid, params.output_format, context) as writers:
        blocks = map_bounded(context.executor, partial(compute, recipe), windows, in_flight=context.threads + 2)
        for done, (window, block) in enumerate(blocks, 1):
            for name, writer in writers.items():
                writer.write(window, block[name])
            context.progress(0.6 + 0.35 * done / len(windows), "terrain correction")
        context.progress(0.95, "building overviews")
    for name, asset in wanted.items():
        path = context.target(name, EXTENSIONS[params.output_format])
        context.add(name, path, bands=asset.bands, properties=asset.properties)
