"""The series of pixels that a network runs over: bands by name, periods as the network takes them, cut to an area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.errors import PeriodMismatch
from eo.io.aoi import parse_area
from eo.io.grid import Grid, output_grid
from eo.io.time_stack import TimeStack, open_stack
from eo.learning.card import Periods
from eo.timeseries.periods import Period


class Imagery(Protocol):
    """Series of pixels on a grid; `read` may be called by several threads."""

    @property
    def grid(self) -> Grid:
        """Where the pixels lie."""

    @property
    def periods(self) -> Sequence[Period]:
        """The periods, in the order of time."""

    def read(self, window: Window) -> NDArray[np.uint16]:
        """Return (periods, bands, rows, columns) as stored by `eo.optical.reflectance`; 0 is no data."""


@dataclass(frozen=True)
class StackImagery:
    """A part of a stack of composites: some periods, and the pixels of `grid`, which lies in the stack's lattice."""

    stack: TimeStack
    grid: Grid
    column: int
    row: int

    @property
    def periods(self) -> Sequence[Period]:
        """The periods, in the order of time."""
        return self.stack.periods

    def read(self, window: Window) -> NDArray[np.uint16]:
        """Return (periods, bands, rows, columns) of a block."""
        moved = Window(window.col_off + self.column, window.row_off + self.row, window.width, window.height)
        return self.stack.read(moved)


def open_imagery(
    path: Path, bands: Sequence[str], area: str | None, stand_ins: Mapping[str, str] | None = None
) -> StackImagery:
    """Open a stack with these bands in this order, cut to the rectangle around an area.

    Args:
        stand_ins: by band, the one of the stack that is taken where it lacks the band.

    Raises:
        InvalidProduct: no stack.
        MissingBand: names what is missing and what is there.
        NoOverlap: the area lies elsewhere.
    """
    stack = open_stack(path)
    taken = [(stand_ins or {}).get(name, name) if name not in stack.names else name for name in bands]
    stack = stack.with_bands(taken)
    if area is None:
        return StackImagery(stack, stack.grid, 0, 0)
    whole = stack.grid
    wanted = output_grid(whole, whole.pixel_size_m[0], None, parse_area(area))
    left, top = (round(v) for v in ~whole.transform @ (wanted.transform.c, wanted.transform.f))
    column, row = max(left, 0), max(top, 0)
    right, bottom = min(left + wanted.width, whole.width), min(top + wanted.height, whole.height)
    window = Window(column, row, max(right - column, 1), max(bottom - row, 1))
    return StackImagery(stack, whole.block(window), column, row)


def read_stand_ins(text: str | None) -> dict[str, str]:
    """Return which band stands in for which, out of `B8A=B08,…`."""
    pairs = [pair.split("=") for pair in (text or "").split(",") if pair.strip()]
    return {missing.strip(): taken.strip() for missing, taken in pairs}


def stood_in(imagery: StackImagery, bands: Sequence[str]) -> list[str]:
    """Say which bands stand in for those that a network was trained on."""
    pairs = zip(bands, imagery.stack.names, strict=True)
    return [
        f"{taken} stands in for {name}, which the network was trained on." for name, taken in pairs if name != taken
    ]


def with_periods(imagery: StackImagery, chosen: slice) -> StackImagery:
    """Return only some periods of a stack."""
    stack = imagery.stack
    return replace(imagery, stack=replace(stack, periods=stack.periods[chosen], sources=stack.sources[chosen]))


def season(periods: Sequence[Period], wanted: Periods, start: date | None, what: str = "stack") -> slice:
    """Return which periods a network is given: all, or its number of them from that of `start` on.

    Raises:
        PeriodMismatch: names both numbers, or both lengths.
    """
    first = 0
    if start is not None:
        first = next((i for i, p in enumerate(periods) if p.start <= start < p.end), -1)
        if first < 0:
            raise PeriodMismatch(
                f"No period of the {what} holds {start}: they are {_span(periods)}.",
                hint="Choose a day in one of them.",
            )
    there = len(periods) - first
    if there < wanted.count or (start is None and there != wanted.count):
        raise PeriodMismatch(
            f"The network takes {wanted.count} periods; the {what} has {there} ({_span(periods[first:])}).",
            hint="Take a longer time." if there < wanted.count else "Say with start which is the first.",
        )
    chosen = slice(first, first + wanted.count)
    _check_length(periods[chosen], wanted, what)
    return chosen


def other_first_month(periods: Sequence[Period], wanted: Periods) -> list[str]:
    """Say where the season begins in another month than the one that the network was trained on."""
    if wanted.first_month is None or periods[0].start.month == wanted.first_month:
        return []
    return [
        f"The first period is of {periods[0].start:%B}; the network was trained on series that begin in "
        f"{date(2000, wanted.first_month, 1):%B}."
    ]


def _check_length(periods: Sequence[Period], wanted: Periods, what: str) -> None:
    monthly = all(p.start.day == 1 and p.end.day == 1 and 28 <= (p.end - p.start).days <= 31 for p in periods)
    if wanted.days is None and monthly:
        return
    days = (periods[0].end - periods[0].start).days
    if wanted.days is None or days != wanted.days:
        takes = "calendar months" if wanted.days is None else f"periods of {wanted.days} days"
        has = "calendar months" if monthly else f"periods of {days} days"
        raise PeriodMismatch(
            f"The network takes {takes}; the {what} has {has}.",
            hint="Harmonise with the network's length of a period (S2-harmonise --period_days).",
        )


def _span(periods: Sequence[Period]) -> str:
    return f"{periods[0].label} to {periods[-1].label}"
