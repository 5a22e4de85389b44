"""Changes between two Sentinel-2 scenes, block by block.

First pass: read both dates, keep the change vectors, gather sums and the histogram of magnitudes. Then the mixture is
fitted. Second pass: write magnitude, direction and probability, and remember the direction of what changed. Then kinds
are told apart, small patches dropped, classes and outlines written.
"""

import math
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io.band_spec import BandSpec
from eo.io.raster_writer import EXTENSIONS, RasterWriter, create_raster
from eo.io.tile_cache import TILES
from eo.optical.change_vector import POLAR_NODATA, ChangeSums, Counts
from eo.optical.patches import sum_by_patch
from eo.vector.files import EXTENSIONS as VECTOR_EXTENSIONS
from services.core.context import Context
from services.core.execution import map_bounded
from services.s2_change_detection import ChangeDetectionParams
from services.s2_change_detection.blocks import (
    BLOCK_PIXELS,
    Recipe,
    keep_vectors,
    load_polar,
    load_vectors,
    normalised,
    settle,
    subtract,
)
from services.s2_change_detection.decision import UNCHANGED, Decision, Kinds, decide, tell_kinds
from services.s2_change_detection.legend import class_legend, kind_titles
from services.s2_change_detection.outlines import write_outlines
from services.s2_change_detection.pair import Pair, open_pair
from services.s2_change_detection.rasters import DIRECTION, MAGNITUDE, POSTERIOR, classes_band
from services.s2_change_detection.record import describe

_COMPARED, _WRITTEN, _TOLD = 0.7, 0.88, 0.93
"""Share of the run that is done after each stage."""


@dataclass(frozen=True)
class Work:
    """One run: what was asked for, on what, and where change vectors are kept."""

    params: ChangeDetectionParams
    pair: Pair
    context: Context
    folder: Path

    @property
    def windows(self) -> list[Window]:
        """The blocks of the result, row by row."""
        return list(self.pair.grid.blocks(BLOCK_PIXELS))

    def target(self, name: str) -> Path:
        """Return the path of an output raster."""
        return self.context.target(name, EXTENSIONS[self.params.output_format])


def run(params: ChangeDetectionParams, context: Context) -> None:
    """Find the changes of a pair; write rasters and outlines.

    Raises:
        EoError: the pair cannot be used, or has too few valid pixels in common.
    """
    context.progress(0.01, "reading the metadata")
    work = Work(params, open_pair(params), context, context.scratch("vectors"))
    work.folder.mkdir()
    _note_inputs(work)
    recipe = settle(work.pair, params)
    if params.normalisation == "relative":
        context.progress(0.02, "normalising")
        recipe = normalised(recipe)
    sums = _compare(work, recipe)
    decision = decide(sums, params)
    kinds = _tell_kinds(work, _write_polar(work, decision))
    _write_classes(work, kinds)
    outlines = _write_outlines(work, kinds, decision)
    context.properties |= describe(work.pair, params, sums, recipe.normalisation, decision, kinds, outlines)


def _note_inputs(work: Work) -> None:
    pair, context = work.pair, work.context
    for parameter, product in (("input1", pair.before), ("input2", pair.after)):
        context.read(parameter, product.name, product.fingerprint, datetime=product.datetime.isoformat())
    context.acquired(*sorted((pair.before.datetime, pair.after.datetime)))
    context.covers(pair.grid.footprint())


def _compare(work: Work, recipe: Recipe) -> ChangeSums:
    """Keep the change vectors of every block; return the sums over all."""
    sums, windows, context = ChangeSums.empty(len(work.pair.bands)), work.windows, work.context
    blocks = map_bounded(context.executor, partial(subtract, recipe), windows, in_flight=context.threads + 1)
    for done, (window, (vectors, gathered)) in enumerate(blocks, 1):
        keep_vectors(work.folder, window, vectors)
        sums += gathered
        context.progress(0.03 + (_COMPARED - 0.03) * done / len(windows), "comparing the dates")
    TILES.clear()  # what follows holds whole rasters
    return sums


def _write_polar(work: Work, decision: Decision) -> Counts:
    """Write magnitude, direction and probability; return the direction of changed pixels, `UNCHANGED` of others."""
    directions = np.full(work.pair.grid.shape, POLAR_NODATA, np.uint16)
    specs, windows, context = (MAGNITUDE, DIRECTION, POSTERIOR), work.windows, work.context
    load = partial(load_polar, work.folder, decision.reference)
    with ExitStack() as stack:
        writers = [stack.enter_context(_created(work, spec)) for spec in specs]
        blocks = map_bounded(context.executor, load, windows, in_flight=context.threads + 1)
        for done, (window, (magnitude, direction)) in enumerate(blocks, 1):
            stored: list[NDArray[np.integer]] = [magnitude, direction, decision.percent[magnitude]]
            for writer, values in zip(writers, stored, strict=True):
                writer.write(window, values, band=1)
            known = np.where(magnitude >= decision.threshold, direction, UNCHANGED)
            directions[window.toslices()] = np.where(magnitude == POLAR_NODATA, POLAR_NODATA, known)
            context.progress(_COMPARED + (_WRITTEN - _COMPARED) * done / len(windows), "writing the rasters")
    for spec in specs:
        context.add(spec.name, work.target(spec.name), bands=[{"name": spec.name, "description": spec.description}])
    return directions


def _tell_kinds(work: Work, directions: Counts) -> Kinds:
    work.context.progress(_WRITTEN, "telling kinds of change apart")
    pixel_m2 = math.prod(work.pair.grid.pixel_size_m)
    min_pixels = math.ceil(work.params.minimum_mapping_unit_m2 / pixel_m2 - 1e-6)
    return tell_kinds(directions, work.params.number_of_classes, min_pixels)


def _write_classes(work: Work, kinds: Kinds) -> None:
    legend = class_legend(_titles(work, kinds))
    with _created(work, classes_band(legend)) as writer:
        for window in work.windows:
            writer.write(window, kinds.classes[window.toslices()], band=1)
    work.context.add(
        "classes", work.target("classes"), bands=[{"name": "classes"}], properties={"classification:classes": legend}
    )


def _titles(work: Work, kinds: Kinds) -> list[str]:
    """Return the names of the kinds, from the mean change vector of each."""
    sums, pixels = np.zeros((len(work.pair.bands), 256), np.int64), np.zeros(256, np.int64)
    for window in work.windows:
        classes = np.ascontiguousarray(kinds.classes[window.toslices()])
        pixels += np.bincount(classes.ravel(), minlength=256)
        if pixels[1:255].any():
            for band, total in zip(load_vectors(work.folder, window), sums, strict=True):
                sum_by_patch(classes, band, total)
    found = slice(1, len(kinds.bounds_deg))
    return kind_titles(kinds.bounds_deg, sums.T[found], pixels[found], work.pair.bands)


def _write_outlines(work: Work, kinds: Kinds, decision: Decision) -> tuple[int, int]:
    work.context.progress(_TOLD, "drawing outlines")
    path = work.context.target("changes", VECTOR_EXTENSIONS[work.params.vector_format])

    def values(window: Window) -> tuple[NDArray[np.integer], ...]:
        magnitude, direction = load_polar(work.folder, decision.reference, window)
        return magnitude, direction, decision.percent[magnitude]

    grid = work.pair.grid
    drawn = write_outlines(path, work.params.vector_format, kinds.classes, grid, work.windows, values)
    work.context.add("changes", path)
    return drawn


def _created(work: Work, spec: BandSpec) -> AbstractContextManager[RasterWriter]:
    path, threads = work.target(spec.name), work.context.threads
    return create_raster(path, work.params.output_format, work.pair.grid, [spec], threads=threads)
