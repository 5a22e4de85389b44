"""Where the samples of a run come from: the published files, a made set, or WorldCereal."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from eo.errors import InvalidOption, InvalidProduct
from eo.io.timesen2crop import ImportReport, import_set
from eo.io.timesen2crop_source import Problem, Source, open_source
from eo.io.timesen2crop_store import StoreWriter
from eo.io.worldcereal import LICENCE as WORLDCEREAL_LICENCE
from eo.io.worldcereal import SOURCE as WORLDCEREAL
from eo.io.worldcereal import patch_looks, point_looks
from eo.timeseries import made_crops
from eo.timeseries.crop_looks import TileLooks
from eo.timeseries.timesen2crop import CROSS_YEAR_TILE, LICENCE, SOURCE, TILES
from services.timesen2crop import TimeSen2CropParams, tile_names

SETTING = "TIMESEN2CROP_PATH"
MADE_AT_ONCE = 4096
MADE_TILES = (*TILES, CROSS_YEAR_TILE)
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Origin:
    """Whose samples these are, and under what licence."""

    source: str
    licence: str


def origin_of(params: TimeSen2CropParams) -> Origin:
    """Return whose samples a run reads."""
    return {
        "file": Origin(SOURCE, LICENCE),
        "made": Origin(f"{made_crops.SOURCE}, seed {params.seed}", made_crops.LICENCE),
        "worldcereal": Origin(WORLDCEREAL, WORLDCEREAL_LICENCE),
    }[params.source]


def fill_store(params: TimeSen2CropParams, store: Path, threads: int, progress: Progress) -> ImportReport:
    """Write the store of a run.

    Raises:
        EoError: what is named holds no samples, or not the wanted tiles.
    """
    if params.source == "made":
        return _write(params, store, made_batches(params), progress, params.samples_per_tile * len(made_tiles(params)))
    if params.source == "worldcereal":
        tiles = worldcereal_tiles(Path(str(params.input)))
        wanted = set(tile_names(params.tiles)) or {looks.tile for looks in tiles}
        _refuse_absent(wanted, {looks.tile for looks in tiles})
        return _write(params, store, [t for t in tiles if t.tile in wanted], progress, sum(map(len, tiles)))
    source = wanted_source(params)
    try:
        return import_set(source, store, threads=threads, progress=progress)
    finally:
        source.close()


def published(params: TimeSen2CropParams) -> Path:
    """Return where the published files are: as named, else as the machine's setting says.

    Raises:
        InvalidProduct: nothing says where.
    """
    named = params.input or os.environ.get(SETTING, "")
    if not named:
        raise InvalidProduct(
            "Nothing says where TimeSen2Crop is.",
            hint=f"Give --input with its zip or folder, or have the operator set {SETTING}; source made needs no file.",
        )
    return Path(named)


def wanted_source(params: TimeSen2CropParams) -> Source:
    """Open the published files, with the wanted tiles only."""
    source = open_source(published(params))
    wanted = tile_names(params.tiles)
    if wanted:
        _refuse_absent(set(wanted), {tile.name for tile in source.tiles})
        source.tiles = [tile for tile in source.tiles if tile.name in wanted]
    return source


def made_tiles(params: TimeSen2CropParams) -> tuple[str, ...]:
    """Return the tiles of a made set."""
    return tile_names(params.tiles) or MADE_TILES


def made_batches(params: TimeSen2CropParams) -> Iterable[TileLooks]:
    """Make the samples, some thousand at a time."""
    for tile in made_tiles(params):
        for start in range(0, params.samples_per_tile, MADE_AT_ONCE):
            count = min(MADE_AT_ONCE, params.samples_per_tile - start)
            yield made_crops.make_tile(tile, count, params.seed, first_number=start)


def worldcereal_tiles(path: Path) -> list[TileLooks]:
    """Return the samples of a Parquet file of points, or of a folder of a patch.

    Raises:
        InvalidProduct: it is neither.
    """
    if not path.exists():
        raise InvalidProduct(
            f"There is no {path.name}.", hint="Name a Parquet file of points, or the folder of a patch."
        )
    tiles = [patch_looks(path)[0]] if path.is_dir() else point_looks(path)
    if not sum(map(len, tiles)):
        raise InvalidProduct(f"{path.name} holds no sample of a crop.", hint="Labels are read from sampling_label.")
    return tiles


def _write(
    params: TimeSen2CropParams, store: Path, batches: Iterable[TileLooks], progress: Progress, total: int
) -> ImportReport:
    origin = origin_of(params)
    report = ImportReport()
    if params.source == "made":
        dates = {tile: made_crops.make_tile(tile, 1, params.seed).dates for tile in made_tiles(params)}
    else:
        dates = {looks.tile: looks.dates for looks in batches}
    with StoreWriter(store, dates, {"source": origin.source, "licence": origin.licence}) as writer:
        for looks in batches:
            writer.write(looks)
            report.samples += len(looks)
            progress(report.samples / max(total, 1))
    report.files = report.samples
    return report


def _refuse_absent(wanted: set[str], there: set[str]) -> None:
    missing = sorted(wanted - there)
    if missing:
        raise InvalidOption(
            f"There is no tile {missing[0]}; there are {', '.join(sorted(there))}.", hint="Choose of these."
        )


def problem_as_json(problem: Problem) -> dict[str, str | int]:
    """Return what is wrong where, as JSON."""
    return {"where": problem.where, "what": problem.what, "count": problem.count}
