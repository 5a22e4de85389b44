"""World checks of a dry run: is there a set, can it be split as wanted; and what the run would cost."""

from pathlib import Path

from eo.errors import EoError
from eo.io.timesen2crop import usable_dates
from eo.io.timesen2crop_source import Problem
from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.timesen2crop import TimeSen2CropParams, tile_names
from services.timesen2crop.data import made_tiles, wanted_source, worldcereal_tiles
from services.timesen2crop.splitting import parts_of_tiles

# Measured on one core of a small virtual machine.
_FILES_PER_S, _MADE_PER_S, _HARMONISED_PER_S = 15_000, 5_000, 20_000
_START_S = 6.0
_STORED_BYTES, _ARRAY_BYTES = 1_100, 9 * 4
_MEMORY_BYTES = 700 << 20
_MOST_TOLD = 4


def preflight(params: TimeSen2CropParams) -> Preflight:
    """Look at the names of the files and the dates of the tiles; no sample is read."""
    try:
        samples, tiles, problems = _found(params)
        words = parts_of_tiles(params, tiles)
    except EoError as error:
        return Preflight((Finding("error", error.code, error.message, error.hint),))
    parts = ", ".join(f"{tile} {word.replace('_', ' ')}" for tile, word in words.items() if word != "train")
    findings = [
        Finding("ok", "samples", f"{samples:,} samples in {len(tiles)} tiles."),
        Finding(
            "ok", "split", f"Split: {parts or 'all for training'}." if params.split != "random" else "Split at random."
        ),
        *(Finding("warning", "samples_at_fault", f"{p.where}: {p.what} ({p.count:,}).") for p in problems[:_MOST_TOLD]),
    ]
    if len(problems) > _MOST_TOLD:
        message = f"{len(problems) - _MOST_TOLD} more problems; statistics.json of the result names all."
        findings.append(Finding("warning", "samples_at_fault", message))
    return Preflight(tuple(findings), _estimate(params, samples))


def _found(params: TimeSen2CropParams) -> tuple[int, list[str], list[Problem]]:
    if params.source == "made":
        tiles = list(made_tiles(params))
        return params.samples_per_tile * len(tiles), tiles, []
    if params.source == "worldcereal":
        looks = worldcereal_tiles(Path(str(params.input)))
        wanted = set(tile_names(params.tiles)) or {one.tile for one in looks}
        kept = [one for one in looks if one.tile in wanted]
        return sum(map(len, kept)), [one.tile for one in kept], []
    source = wanted_source(params)
    try:
        problems = list(source.problems)
        dates = usable_dates(source, problems)
        return sum(len(t.labels) for t in source.tiles if t.name in dates), sorted(dates), problems
    finally:
        source.close()


def _estimate(params: TimeSen2CropParams, samples: int) -> Estimate:
    periods = -(-365 // params.period_days) if params.period_days else 12
    speed = _MADE_PER_S if params.source == "made" else _FILES_PER_S * default_threads()
    seconds = _START_S + samples / speed + samples / _HARMONISED_PER_S
    size = samples * (_STORED_BYTES + (periods * _ARRAY_BYTES if params.npy else 0)) + (1 << 20)
    return Estimate(round(seconds, 1), size, 2 * size, _MEMORY_BYTES)
