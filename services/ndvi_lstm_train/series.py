"""What a forecast is trained, chosen and measured on: windows of a stack parted by time, or of samples as given."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eo.errors import InvalidSamples, MissingBand, NotEnoughData
from eo.io.grid import Grid
from eo.io.sample_arrays import Samples, read_samples
from eo.learning.card import Periods
from eo.learning.forecast_data import Windows, climatology, ndvi, windows
from eo.timeseries.periods import Period
from services.ndvi_lstm_train import NdviTrainingParams
from services.prediction.imagery import read_stand_ins
from services.prediction.inputs import blocks
from services.prediction.ndvi import NEAR, RED, NdviImagery, open_ndvi

Season = NDArray[np.int64]
MOST_WINDOWS = 200_000
MONTHS = 12
_TEST, _VALIDATION = 0.2, 0.15
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Learnt:
    """The parts, and what the card says of them.

    Args:
        table: climatology of the training part, by calendar month (0 to 11) or by period.
    """

    train: Windows
    validation: Windows
    test: Windows
    table: NDArray[np.float32]
    periods: Periods
    source: str
    split: str
    licence: str

    def digest(self, part: Windows) -> str:
        """Return the sha-256 of a part."""
        return sha256(part.past.tobytes() + part.ahead.tobytes()).hexdigest()


def gather(params: NdviTrainingParams) -> Learnt:
    """Read the series and part them.

    Raises:
        EoError: no stack, no samples, missing bands, or too few periods; says what is there and what is needed.
    """
    learnt = _from_stack(params) if params.stack is not None else _from_samples(params)
    for name in _PARTS:
        if not len(getattr(learnt, name).past):
            raise NotEnoughData(
                f"The {name} part has no series of {params.past} periods, half of them seen, with {params.horizon} "
                "after them.",
                hint="Give a longer or clearer series, or forecast fewer periods from fewer.",
            )
    return learnt


def _from_stack(params: NdviTrainingParams) -> Learnt:
    found = open_ndvi(Path(str(params.stack)), None, read_stand_ins(params.stand_ins))
    periods = found.imagery.periods
    first_validation, first_test = bounds(len(periods), params.past, params.horizon)
    series = _pixels(found, found.imagery.grid, params.pixels, params.seed)
    season, past, horizon = months_of(periods), params.past, params.horizon

    def part(first: int, end: int | None) -> Windows:
        return windows(series, season, past, horizon, first, end).some(MOST_WINDOWS, params.seed)

    days = {(p.end - p.start).days for p in periods}
    monthly = all(p.start.day == 1 and p.end.day == 1 for p in periods)
    return Learnt(
        part(0, first_validation),
        part(first_validation, first_test),
        part(first_test, None),
        climatology(series[:, :first_validation], season[:first_validation], MONTHS),
        Periods(count=past, days=None if monthly else min(days)),
        f"{len(series)} pixels of {Path(str(params.stack)).name}, {periods[0].label} to {periods[-1].label}",
        f"by time: trained on what lies before {periods[first_validation].label}, chosen before "
        f"{periods[first_test].label}, tested from there on",
        "Copernicus Sentinel data",
    )


def bounds(periods: int, past: int, horizon: int) -> tuple[int, int]:
    """Return the first period of the validation part and of the test part, of the periods that are forecast.

    Raises:
        NotEnoughData: there are too few; names both numbers.
    """
    test = max(round(_TEST * periods), horizon)
    validation = max(round(_VALIDATION * periods), horizon)
    first_validation = periods - test - validation
    if first_validation < past + horizon:
        needed = past + 3 * horizon
        raise NotEnoughData(
            f"The stack has {periods} periods; to learn {horizon} from {past}, and to choose and test on others, it "
            f"needs at least {max(needed, periods + past + horizon - first_validation)}.",
            hint="Harmonise more years, or forecast fewer periods from fewer.",
        )
    return first_validation, periods - test


def months_of(periods: Sequence[Period]) -> Season:
    """Return the month (0 to 11) that the middle of each period lies in."""
    return np.array([(p.start + (p.end - p.start) / 2).month - 1 for p in periods], np.int64)


def _pixels(found: NdviImagery, grid: Grid, most: int, seed: int) -> NDArray[np.float32]:
    """Return (pixels, periods) of pixels drawn at random among all."""
    total = grid.width * grid.height
    wanted = np.ones(total, np.bool_)
    if total > most:
        wanted[:] = False
        wanted[np.random.default_rng(seed).choice(total, most, replace=False)] = True
    plane = wanted.reshape(grid.shape)
    parts = [found.read(window)[plane[window.toslices()].ravel()] for window in blocks(grid)]
    return np.concatenate(parts)


def _from_samples(params: NdviTrainingParams) -> Learnt:
    parts = sample_parts(Path(str(params.data)))
    meta = parts["train"].meta
    count = meta.periods.count
    if count < params.past + params.horizon:
        raise NotEnoughData(
            f"The samples have {count} periods; to learn {params.horizon} from {params.past} they need "
            f"{params.past + params.horizon}.",
            hint=f"Choose past and horizon that make {count} or fewer together.",
        )
    season = np.arange(count, dtype=np.int64)
    if meta.periods.first_month and meta.periods.days is None:
        season = (season + meta.periods.first_month - 1) % 12
    series = {name: _ndvi_of(samples) for name, samples in parts.items()}
    found = {
        name: windows(values, season, params.past, params.horizon).some(MOST_WINDOWS, params.seed)
        for name, values in series.items()
    }
    return Learnt(
        found["train"],
        found["validation"],
        found["test"],
        climatology(series["train"], season, int(season.max()) + 1),
        Periods(count=params.past, days=meta.periods.days),
        meta.source or Path(str(params.data)).name,
        "as the samples are parted",
        meta.licence or "as that of the samples",
    )


def sample_parts(folder: Path) -> dict[str, Samples]:
    """Return the samples by part; a folder of samples without parts is parted by its groups, or at random."""
    found = {}
    for name in _PARTS:
        where = next((folder / n for n in (f"samples_{name}", name) if (folder / n / "x.npy").is_file()), None)
        if where is not None:
            found[name] = read_samples(where, least_classes=1)
    if len(found) == len(_PARTS):
        return found
    if not (folder / "x.npy").is_file():
        raise InvalidSamples(
            f"{folder.name} holds no samples to train, validate and test on; there is: {', '.join(found) or 'none'}.",
            hint="Give a result of TimeSen2Crop, or a folder with x.npy, y.npy and meta.json.",
        )
    whole = read_samples(folder, least_classes=1)
    groups = whole.groups if whole.groups is not None else np.arange(len(whole.y))
    order = np.random.default_rng(0).permutation(np.unique(groups))
    cuts = (int(len(order) * (1 - _TEST - _VALIDATION)), int(len(order) * (1 - _TEST)))
    return {
        name: whole.take(np.isin(groups, chosen)) for name, chosen in zip(_PARTS, np.split(order, cuts), strict=True)
    }


def _ndvi_of(samples: Samples) -> NDArray[np.float32]:
    bands = list(samples.meta.bands)
    missing = [name for name in (RED, NEAR) if name not in bands]
    if missing:
        raise MissingBand(
            f"The samples have no {', '.join(missing)}. There is: {', '.join(bands)}.",
            hint="NDVI needs red (B04) and near infrared (B8A).",
        )
    return ndvi(*(np.asarray(samples.x[:, :, bands.index(name)]) for name in (RED, NEAR)))
