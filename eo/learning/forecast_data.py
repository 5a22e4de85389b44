"""What a forecast of NDVI is learnt from and measured on: windows over series, baselines, scores. Arrays only.

Persistence says that what was last seen stays; climatology says the mean of the calendar month in the training data
(Wilks, Statistical Methods in the Atmospheric Sciences, 4th ed., section 9.1.4: reference forecasts of skill).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eo.errors import NotEnoughData
from eo.learning.card import ForecastMetrics

Floats = NDArray[np.float32]
LEAST_SEEN = 0.5
"""Share of a window's past that must be seen."""


def ndvi(red: Floats, near: Floats) -> Floats:
    """Return (near − red) / (near + red) of reflectance within −1 and 1; NaN where either is, or both are nought."""
    total = near + red
    usable = total > 0
    index = np.full(total.shape, np.nan, np.float32)
    np.divide(near - red, total, out=index, where=usable)
    return np.clip(index, -1, 1)


@dataclass(frozen=True)
class Windows:
    """Pieces of series: a past, and the periods after it.

    Args:
        past: (windows, periods); NaN for gaps, at least half of it seen, the last value seen known.
        ahead: (windows, horizon); NaN where nothing was seen, which counts nowhere.
        last: (windows) the last value seen in the past.
        season: (windows, horizon) what part of the year each period ahead is.
    """

    past: Floats
    ahead: Floats
    last: Floats
    season: NDArray[np.int64]

    def some(self, most: int, seed: int) -> "Windows":
        """Return at most so many, drawn at random."""
        if len(self.past) <= most:
            return self
        chosen = np.sort(np.random.default_rng(seed).choice(len(self.past), most, replace=False))
        return Windows(self.past[chosen], self.ahead[chosen], self.last[chosen], self.season[chosen])


def windows(
    series: Floats, season: NDArray[np.int64], past: int, horizon: int, first_ahead: int = 0, end: int | None = None
) -> Windows:
    """Return every window whose periods ahead lie in first_ahead…end (after the last) and that has enough to say.

    Args:
        series: (pixels, periods) of NDVI, NaN for gaps.
        season: (periods) part of the year.
    """
    starts = range(max(first_ahead, past), (end or series.shape[1]) - horizon + 1)
    parts = [_at(series, season, start, past, horizon) for start in starts]
    if not parts:
        return Windows(
            np.empty((0, past), np.float32),
            np.empty((0, horizon), np.float32),
            np.empty(0, np.float32),
            np.empty((0, horizon), np.int64),
        )
    return Windows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _at(
    series: Floats, season: NDArray[np.int64], start: int, past: int, horizon: int
) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    before, ahead = series[:, start - past : start], series[:, start : start + horizon]
    enough = (np.isfinite(before).mean(axis=1) >= LEAST_SEEN) & np.isfinite(ahead).any(axis=1)
    before, ahead = before[enough], ahead[enough]
    seasons = np.broadcast_to(season[start : start + horizon], ahead.shape)
    return before, ahead, last_seen(before), seasons


def last_seen(series: Floats) -> Floats:
    """Return the last value of each series that is no gap; NaN where there is none."""
    if not series.shape[1]:
        return np.full(len(series), np.nan, np.float32)
    place = series.shape[1] - 1 - np.isfinite(series)[:, ::-1].argmax(axis=1)
    found: Floats = series[np.arange(len(series)), place]
    return found


def climatology(series: Floats, season: NDArray[np.int64], parts: int) -> Floats:
    """Return the mean by each of so many parts of the year; that of all where a part was never seen."""
    seen = np.isfinite(series)
    table = np.full(parts, series[seen].mean() if seen.any() else np.nan, np.float32)
    for part in np.unique(season):
        values = series[:, season == part]
        if np.isfinite(values).any():
            table[part] = values[np.isfinite(values)].mean()
    return table


def score(quantiles: Floats, levels: tuple[float, ...], found: Windows, table: Floats) -> ForecastMetrics:
    """Return how well forecasts did, beside persistence and climatology, on the same periods.

    Args:
        quantiles: (windows, horizon, levels).
        table: climatology, by part of the year.

    Raises:
        NotEnoughData: some period ahead was never seen.
    """
    never = np.flatnonzero(~np.isfinite(found.ahead).any(axis=0))
    if len(never) or not len(found.ahead):
        ahead = int(never[0]) + 1 if len(never) else 1
        raise NotEnoughData(
            f"A forecast cannot be measured: period {ahead} ahead was never seen in {len(found.ahead)} windows.",
            hint="Give a longer or clearer series, or forecast fewer periods.",
        )
    middle = quantiles[:, :, middle_of(levels)]
    persistence = np.repeat(found.last[:, None], found.ahead.shape[1], axis=1)
    seen = np.isfinite(found.ahead)
    inside = (found.ahead >= quantiles[:, :, 0]) & (found.ahead <= quantiles[:, :, -1])
    return ForecastMetrics(
        samples=len(found.ahead),
        rmse=_rmse(middle, found.ahead),
        rmse_persistence=_rmse(persistence, found.ahead),
        rmse_climatology=_rmse(table[found.season], found.ahead),
        mae=tuple(float(v) for v in np.nanmean(np.abs(middle - found.ahead), axis=0)),
        coverage=float(inside[seen].mean()),
        nominal_coverage=round(levels[-1] - levels[0], 6),
    )


def middle_of(levels: tuple[float, ...]) -> int:
    """Return the index of the level nearest to one half."""
    return int(np.abs(np.array(levels) - 0.5).argmin())


def _rmse(forecast: Floats, truth: Floats) -> tuple[float, ...]:
    return tuple(float(v) for v in np.sqrt(np.nanmean((forecast - truth) ** 2, axis=0, dtype=np.float64)))
