"""Sentinel-1 change detection: coherence in the first image's geometry, then everything on one map."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from eo.io.sentinel1_annotation import Annotation
from eo.io.sentinel1_slc import SwathImage, open_slc
from eo.sar.effective_looks import effective_looks
from eo.sar.speckle.filters import SpeckleFilter
from eo.sar.speckle.filters import check as check_speckle
from eo.sar.terrain_correction import Correction
from services.core.context import Context
from services.s1_change_detection import ChangeDetectionParams
from services.s1_change_detection.coherence_image import Work, make_coherence
from services.s1_change_detection.composition import composition_for, note_pair, write
from services.s1_change_detection.maps import COHERENCE, ChangeRecipe, compute
from services.s1_change_detection.pair import Pair, open_pair, window_of
from services.s1_change_detection.snap import run_by_snap
from services.sentinel1.bright_targets import with_target_level
from services.sentinel1.ground import Flight, area_of, flight, heights_for, map_grid
from services.sentinel1.looks import slc_looks


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
    if params.engine == "snap":
        run_by_snap(pair, area, grid, dem, speckle, params, context)
        return
    images = [_open(pair, k, flights[k], params, context) for k in (0, 1)]
    composition = composition_for(pair, params, grid, speckle)
    note_pair(pair, flights[0], composition, params, context)
    window = window_of(params, [image.shape for image in images[0]])
    works = [Work(a, b, pair.polarisation, dem, window, looks[1]) for a, b in zip(*images, strict=True)]
    coherence = make_coherence(works, area, context)
    backscatter = [_backscatter(part, pair.polarisation, speckle, looks) for part in images]
    recipe = ChangeRecipe(
        dem=dem,
        backscatter=(backscatter[0], backscatter[1]),
        coherence=Correction(coherence, (COHERENCE,), {COHERENCE: SpeckleFilter("none")}, (looks[0], 1)),
        composition=composition,
    )
    write(composition, partial(compute, recipe), params, context)


def speckle_for(annotation: Annotation, looks: tuple[int, int], params: ChangeDetectionParams) -> SpeckleFilter:
    """Return the filter, told the looks of averaged samples."""
    window = 7 if params.speckle == "refined_lee" else params.speckle_window
    known = params.speckle_looks or effective_looks(looks, annotation.azimuth_spectrum, annotation.range_spectrum)
    return SpeckleFilter(params.speckle, window, known)


def _backscatter(
    images: Sequence[SwathImage], layer: str, speckle: SpeckleFilter, looks: tuple[int, int]
) -> Correction:
    return Correction(images, (layer,), {layer: with_target_level(speckle, images, layer, looks)}, looks)


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
