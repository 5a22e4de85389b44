"""What is made of backscatter and coherence, whichever engine they are from: settled, written and put on record."""

from collections.abc import Callable
from pathlib import Path

from rasterio.windows import Window

from eo.io.grid import Grid
from eo.io.land import LandSource, natural_earth_land, vector_land
from eo.io.raster_writer import EXTENSIONS
from eo.io.sentinel1_annotation import Annotation
from eo.sar.change_composites import threshold_db
from eo.sar.effective_looks import effective_looks, speckle_intensity
from eo.sar.multilook import equivalent_looks
from eo.sar.speckle.filters import SpeckleFilter, filter_speckle
from services.core.context import Context
from services.core.execution import map_bounded
from services.s1_change_detection import ChangeDetectionParams
from services.s1_change_detection.maps import Block, Composition
from services.s1_change_detection.outputs import assets
from services.s1_change_detection.pair import Pair, window_of
from services.sentinel1.ground import Flight
from services.sentinel1.looks import slc_looks
from services.sentinel1.mapping import outline_of, windows_of, writers_for
from services.sentinel1.outputs import limits_db, note

_CELLS = 384


def composition_for(pair: Pair, params: ChangeDetectionParams, grid: Grid, speckle: SpeckleFilter) -> Composition:
    """Settle what the parameters ask for."""
    annotation = next(iter(pair.annotations.values()))[0]
    window = window_of(params, [(annotation.lines, annotation.samples)])
    return Composition(
        grid=grid,
        coherence_looks=effective_looks(window, annotation.azimuth_spectrum, annotation.range_spectrum),
        backscatter_looks=looks_after(speckle, annotation, slc_looks(annotation, params.resolution)),
        significance=params.significance,
        colours=params.colours,
        limits_db=limits_db(pair.polarisation),
        land=_land(params, grid),
        keeps="sea" if params.landseamask == "land" else "land",
        outline=outline_of(params, grid),
    )


def looks_after(speckle: SpeckleFilter, annotation: Annotation, looks: tuple[int, int]) -> float:
    """Return the looks of homogeneous speckle after averaging and a filter, told from such speckle.

    Neighbours are alike in an oversampled image, so a filter gains less than the number of its pixels.
    """
    noise = speckle_intensity((_CELLS, _CELLS), looks, annotation.azimuth_spectrum, annotation.range_spectrum)
    return equivalent_looks(filter_speckle(noise, speckle))


def note_pair(
    pair: Pair, flight: Flight | None, composition: Composition, params: ChangeDetectionParams, context: Context
) -> None:
    """Put the pair, its baseline and the looks into the record."""
    note(context, dict(zip(pair.parameters, pair.products, strict=True)), flight, [pair.polarisation], params)
    apart = pair.baseline
    context.properties |= {
        "groundwork:perpendicular_baseline_m": round(apart.perpendicular_m, 1),
        "groundwork:parallel_baseline_m": round(apart.parallel_m, 1),
        "groundwork:temporal_baseline_days": round(apart.days, 2),
        "groundwork:first_date": pair.products[0].start.isoformat(),
        "groundwork:second_date": pair.products[1].start.isoformat(),
        "groundwork:coherence_looks": round(composition.coherence_looks, 2),
        "groundwork:backscatter_looks": round(composition.backscatter_looks, 2),
        "groundwork:change_threshold_db": round(
            threshold_db(composition.backscatter_looks, composition.significance), 3
        ),
    }


def write(
    composition: Composition, block: Callable[[Window], Block], params: ChangeDetectionParams, context: Context
) -> None:
    """Compute all blocks and write the rasters."""
    wanted, windows = assets(params, composition), windows_of(composition.grid)
    with writers_for(wanted, composition.grid, params.output_format, context) as writers:
        for done, (window, found) in enumerate(
            map_bounded(context.executor, block, windows, in_flight=context.threads + 2), 1
        ):
            for name, writer in writers.items():
                writer.write(window, found[name])
            context.progress(0.6 + 0.35 * done / len(windows), "terrain correction")
        context.progress(0.95, "building overviews")
    for name, asset in wanted.items():
        path = context.target(name, EXTENSIONS[params.output_format])
        context.add(name, path, bands=asset.bands, properties=asset.properties)


def _land(params: ChangeDetectionParams, grid: Grid) -> LandSource | None:
    if params.landseamask == "none":
        return None
    if params.land_source == "vector" and params.land_vector:
        return LandSource(polygons=vector_land(Path(params.land_vector), grid))
    return LandSource(polygons=natural_earth_land(grid))
