"""Looks at labelled pixels of one tile, and their harmonisation by the code that makes composites of rasters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from eo.optical.reflectance import NODATA, OFFSET
from eo.optical.reflectance import SCALE as STORED_SCALE
from eo.timeseries.composites import Method, stack_composites
from eo.timeseries.gaps import fill_gaps
from eo.timeseries.periods import Period, assign, months, spans
from eo.timeseries.timesen2crop import SCALE, Flag

DAYS_OF_A_SEASON = 365
_SHIFT = round(-OFFSET * SCALE)
"""What the numbers of the samples lack of this library's stored numbers: both are ten-thousandths."""


@dataclass(frozen=True)
class TileLooks:
    """Samples of one tile, which all share its dates.

    Args:
        tile: its name.
        dates: (looks) days of acquisition, rising.
        labels: (samples) values of classes.
        numbers: (samples) number of the sample, the name of its file.
        values: (samples, looks, 9) int16, reflectance × 10000.
        flags: (samples, looks) `Flag`.
    """

    tile: str
    dates: tuple[date, ...]
    labels: NDArray[np.uint8]
    numbers: NDArray[np.int32]
    values: NDArray[np.int16]
    flags: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)


def clear_looks(values: NDArray[np.int16], flags: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return (samples, looks) whether the ground is seen: flagged clear, and not all nine numbers 0."""
    clear: NDArray[np.bool_] = (flags == Flag.CLEAR) & values.any(axis=2)
    return clear


def season_periods(dates: Sequence[date], first_month: int, days: int | None = None) -> list[Period]:
    """Return the periods of the year from the first of `first_month` that holds most of the dates.

    Args:
        dates: one or more.
        first_month: 1 to 12.
        days: length of a period; None gives twelve months.
    """
    years = Counter(d.year - (d.month < first_month) for d in dates)
    start = date(max(years, key=lambda year: (years[year], -year)), first_month, 1)
    if days is None:
        return months(start, 12)
    return spans(start, date.fromordinal(start.toordinal() + DAYS_OF_A_SEASON - 1), days)


def first_month_of(seasons: Sequence[Sequence[date]]) -> int:
    """Return the month that most series begin in."""
    return Counter(min(dates).month for dates in seasons).most_common(1)[0][0]


def harmonise(
    looks: TileLooks, periods: Sequence[Period], gap_limit_days: float, method: Method = "median", *, hold: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return the regular series of samples, by the composites and the filling that rasters get.

    Returns:
        (samples, periods, 9) reflectance, NaN where nothing was seen and no gap filled; and (periods, samples) number
        of clear looks.
    """
    stored = np.clip(looks.values.astype(np.int32) + _SHIFT, 1, 65_534).astype(np.uint16)
    clear = clear_looks(looks.values, looks.flags)
    stack, seen = stack_composites(
        np.ascontiguousarray(stored.transpose(1, 2, 0)),
        np.ascontiguousarray(clear.T),
        assign(looks.dates, periods),
        len(periods),
        method,
    )
    fill_gaps(stack, np.array([p.middle for p in periods]), gap_limit_days, hold=hold)
    series = stack.astype(np.float32) * np.float32(STORED_SCALE) + np.float32(OFFSET)
    series[stack == NODATA] = np.nan
    return np.ascontiguousarray(series.transpose(2, 0, 1)), seen
