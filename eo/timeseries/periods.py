"""Periods of time that looks are gathered into: months, or any number of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MONTHLY = "month"


@dataclass(frozen=True)
class Period:
    """A span of days, `end` the day after the last."""

    start: date
    end: date

    @property
    def middle(self) -> float:
        """The middle, in days since year 1."""
        return (self.start.toordinal() + self.end.toordinal()) / 2

    @property
    def label(self) -> str:
        """The name of a whole month (2018-04), else the first and the last day."""
        if self.start.day == self.end.day == 1 and (self.end - self.start).days <= 31:
            return f"{self.start:%Y-%m}"
        return f"{self.start:%Y-%m-%d}_{self.end - timedelta(days=1):%Y-%m-%d}"


def first_and_last_moment(periods: Sequence[Period]) -> tuple[datetime, datetime]:
    """Return the first and the last second of periods in order (UTC): a season to December does not end in January."""
    start, end = (datetime.combine(day, time(), UTC) for day in (periods[0].start, periods[-1].end))
    return start, end - timedelta(seconds=1)


def months(first: date, count: int) -> list[Period]:
    """Return `count` whole months from that of `first` on."""
    starts = [_month(first, step) for step in range(count + 1)]
    return [Period(a, b) for a, b in pairwise(starts)]


def months_between(first: date, last: date) -> list[Period]:
    """Return the whole months that hold the days from `first` to `last`, both included."""
    return months(first, (last.year - first.year) * 12 + last.month - first.month + 1)


def spans(first: date, last: date, days: int) -> list[Period]:
    """Return periods of `days` days from `first` on, until `last` is in one."""
    count = (last - first).days // days + 1
    starts = [first + timedelta(days=days * step) for step in range(count + 1)]
    return [Period(a, b) for a, b in pairwise(starts)]


def periods_between(first: date, last: date, days: int | None = None) -> list[Period]:
    """Return months, or periods of `days` days, that hold the days from `first` to `last`."""
    return months_between(first, last) if days is None else spans(first, last, days)


def assign(days: Sequence[date], periods: Sequence[Period]) -> NDArray[np.int64]:
    """Return the index of the period that each day lies in, -1 where it lies in none."""
    starts = np.array([p.start.toordinal() for p in periods])
    ends = np.array([p.end.toordinal() for p in periods])
    ordinals = np.array([d.toordinal() for d in days], np.int64)
    index = np.searchsorted(starts, ordinals, side="right") - 1
    inside = (index >= 0) & (ordinals < ends[np.maximum(index, 0)])
    return np.where(inside, index, -1)


def _month(first: date, step: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    return date(year, month + 1, 1)
