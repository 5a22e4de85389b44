"""Comma-separated samples of TimeSen2Crop, many at once, by a parser of whole numbers and nothing else."""

from datetime import date
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel
from eo.timeseries.timesen2crop import COLUMNS

BANDS = len(COLUMNS) - 1
_LOWEST, _HIGHEST = -32_768, 32_767
DATES_HEADER = "acquisition_date"


class Fault(IntEnum):
    """What is wrong with a sample."""

    NONE = 0
    EMPTY = 1
    UNREADABLE = 2
    COLUMNS = 3
    NUMBER = 4
    ROWS = 5
    FLAG = 6


FAULT_TITLES = {
    Fault.EMPTY: "empty file",
    Fault.UNREADABLE: "damaged, encrypted or far too large",
    Fault.COLUMNS: f"columns missing: {','.join(COLUMNS)} are needed",
    Fault.NUMBER: "a field that is no number, or a row of another length",
    Fault.ROWS: "as many rows as the tile has dates are needed",
    Fault.FLAG: "a flag that is none of 0 to 3",
}


def parse_samples(
    texts: list[bytes | None], looks: int
) -> tuple[NDArray[np.int16], NDArray[np.uint8], NDArray[np.uint8]]:
    """Parse samples of one tile.

    Args:
        texts: of each file; None where it could not be read.
        looks: how many dates the tile has.

    Returns:
        (samples, looks, 9) reflectance × 10000, (samples, looks) flags, (samples) `Fault`; what is at fault is 0.
    """
    values = np.zeros((len(texts), looks, BANDS), np.int16)
    flags = np.zeros((len(texts), looks), np.uint8)
    faults = np.zeros(len(texts), np.uint8)
    order, starts = _columns(texts, faults)
    ends = np.cumsum([len(text or b"") for text in texts], dtype=np.int64)
    data = np.frombuffer(b"".join(text or b"" for text in texts) + b"\n", np.uint8)
    begin = np.concatenate([[0], ends[:-1]]).astype(np.int64)
    _parse(data, begin + starts, ends, order, values, flags, faults)
    return values, flags, faults


def _columns(texts: list[bytes | None], faults: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (samples, 32) the target of each column, -1 for none, -2 past the last; and where the rows begin."""
    order = np.full((len(texts), 32), -2, np.int64)
    starts = np.zeros(len(texts), np.int64)
    known: dict[bytes, NDArray[np.int64] | None] = {}
    for i, text in enumerate(texts):
        if text is None:
            faults[i] = Fault.UNREADABLE
            continue
        cut = text.find(b"\n")
        head = text if cut < 0 else text[:cut]
        if not head.strip():
            faults[i] = Fault.COLUMNS if text.strip() else Fault.EMPTY
            continue
        if head not in known:
            known[head] = _order(head)
        found = known[head]
        if found is None:
            faults[i] = Fault.COLUMNS
            continue
        order[i] = found
        starts[i] = len(head) + 1 if cut >= 0 else len(head)
    return order, starts


def _order(head: bytes) -> NDArray[np.int64] | None:
    names = [name.strip().strip('"').strip() for name in head.decode("utf-8-sig", "replace").split(",")]
    order = np.full(32, -2, np.int64)
    if len(names) > len(order) or any(names.count(name) != 1 for name in COLUMNS):
        return None
    order[: len(names)] = [COLUMNS.index(name) if name in COLUMNS else -1 for name in names]
    return order


@kernel
def _parse(data: Any, begin: Any, ends: Any, order: Any, values: Any, flags: Any, faults: Any) -> None:
    for sample in range(len(begin)):
        if faults[sample] == 0:
            faults[sample] = _parse_one(data, begin[sample], ends[sample], order[sample], values[sample], flags[sample])
            if faults[sample] != 0:
                values[sample] = 0
                flags[sample] = 0


@kernel
def _parse_one(data: Any, at: int, end: int, order: Any, values: Any, flags: Any) -> int:
    """Parse the rows of one sample; a number may have a fraction, which is rounded."""
    looks = len(flags)
    row = 0
    while at < end:
        if data[at] == 10 or data[at] == 13 or data[at] == 32:  # an empty line
            at += 1
            continue
        if row >= looks:
            return 5
        column = 0
        while True:
            target = order[column] if column < len(order) else -2
            if target == -2:
                return 4
            while at < end and (data[at] == 32 or data[at] == 34):
                at += 1
            negative = at < end and data[at] == 45
            if negative:
                at += 1
            number = np.int64(0)
            digits = 0
            while at < end and 48 <= data[at] <= 57 and digits < 9:
                number = number * 10 + np.int64(data[at]) - 48
                digits += 1
                at += 1
            if at < end and data[at] == 46:
                at += 1
                if at < end and 53 <= data[at] <= 57:
                    number += 1
                while at < end and 48 <= data[at] <= 57:
                    at += 1
            if target >= 0 and digits == 0:
                return 4
            if target == -1:  # a column of no interest, whatever it holds
                while at < end and data[at] != 44 and data[at] != 10:
                    at += 1
            while at < end and (data[at] == 32 or data[at] == 34 or data[at] == 13):
                at += 1
            if negative:
                number = -number
            if target == 9:
                if number < 0 or number > 3:
                    return 6
                flags[row] = number
            elif target >= 0:
                if number < -32768 or number > 32767:
                    return 4
                values[row, target] = number
            column += 1
            if at >= end or data[at] == 10:
                at += 1
                break
            if data[at] != 44:
                return 4
            at += 1
        if column < len(order) and order[column] != -2:
            return 4
        row += 1
    if row == 0:
        return 1
    return 0 if row == looks else 5


def parse_dates(text: bytes) -> tuple[date, ...] | str:
    """Return the dates of a tile, or what is wrong with them, in words."""
    lines = [line.strip().strip('"') for line in text.decode("utf-8-sig", "replace").splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        return "dates.csv is empty"
    if lines[0].split(",")[0].strip() == DATES_HEADER:
        lines = lines[1:]
    dates: list[date] = []
    for number, line in enumerate(lines, 1):
        field = line.split(",")[0].strip()
        try:
            found = date(int(field[:4]), int(field[4:6]), int(field[6:])) if len(field) == 8 else None
        except ValueError:
            found = None
        if found is None:
            return f"date {number} is {field[:20]!r}, not YYYYMMDD"
        if dates and found <= dates[-1]:
            return f"date {number} ({found}) does not come after the one before it ({dates[-1]})"
        dates.append(found)
    return tuple(dates) if dates else "dates.csv holds no date"


@kernel
def _digits(value: Any, out: Any, at: int) -> int:
    """Write a whole number; return the place after it."""
    if value < 0:
        out[at] = 45
        at += 1
        value = -value
    divisor = 1
    while value // divisor >= 10:
        divisor *= 10
    while divisor > 0:
        out[at] = 48 + (value // divisor) % 10
        at += 1
        divisor //= 10
    return at


@kernel
def _format(values: Any, flags: Any, out: Any) -> int:
    at = 0
    for look in range(values.shape[0]):
        for band in range(values.shape[1]):
            at = _digits(np.int64(values[look, band]), out, at)
            out[at] = 44
            at += 1
        at = _digits(np.int64(flags[look]), out, at)
        out[at] = 10
        at += 1
    return at


def format_sample(values: NDArray[np.int16], flags: NDArray[np.uint8]) -> bytes:
    """Return the text of one sample, (looks, 9) and (looks), as it is published."""
    buffer = np.empty(values.size * 7 + len(flags) * 4 + 16, np.uint8)
    return f"{','.join(COLUMNS)}\n".encode() + buffer[: _format(values, flags, buffer)].tobytes()
