"""One value per pixel and band out of the clear looks of a period: median, medoid, or the look of the greatest NDVI.

Sources: Flood (2013), Remote Sensing 5, 6481 (medoid: the look whose summed distance to all others is least); Holben
(1986), International Journal of Remote Sensing 7, 1417 (maximum-value composite).

The median sorts the looks of many pixels side by side: a sorting network (Batcher 1968) has no branches, so a vector
register holds one look of 32 pixels, and an exchange is one minimum and one maximum.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eo.errors import InvalidOption
from eo.kernel import fast_kernel, kernel
from eo.optical.reflectance import NODATA

Method = Literal["median", "medoid", "max_ndvi"]
Values = NDArray[np.uint16]
Clear = NDArray[np.bool_] | NDArray[np.uint8]
LANES = 256
"""Pixels sorted side by side: a few looks of them stay in the first cache."""


def composite(
    looks: Values, clear: Clear, method: Method = "median", *, red: int | None = None, near: int | None = None
) -> Values:
    """Return the composite of one period.

    Args:
        looks: (looks, bands, pixels), reflectance as stored numbers; 0 is no data.
        clear: (looks, pixels), whether the ground is seen.
        red: index of the red band, for `max_ndvi`.
        near: index of the near-infrared band, for `max_ndvi`.

    Returns:
        (bands, pixels); 0 where no look is clear. The median of an even number of looks is the mean of the middle two,
        rounded half up. `medoid` and `max_ndvi` take all bands of one look: one whose bands all have data, of equals
        the first.

    Raises:
        InvalidOption: `max_ndvi` without red or near infrared.
    """
    if method == "median":
        return median(looks, clear)
    seen = np.asarray(clear, np.bool_) & (looks != NODATA).all(axis=1)
    if method == "medoid":
        chosen = np.empty(looks.shape[2], np.int64)
        _medoid(looks, seen, chosen)
    else:
        if red is None or near is None:
            raise InvalidOption(
                "A composite of the greatest NDVI needs red and near infrared.", hint="Add B04 and B8A."
            )
        chosen = _greenest(looks[:, red], looks[:, near], seen)
    taken = np.take_along_axis(looks, np.maximum(chosen, 0)[None, None, :], axis=0)[0]
    return np.where(chosen >= 0, taken, NODATA).astype(np.uint16)


def median(looks: Values, clear: Clear) -> Values:
    """Return the median of the clear looks, band by band; arguments and result as for `composite`."""
    out = np.zeros(looks.shape[1:], np.uint16)
    if len(looks):
        first, second = network(len(looks))
        _median(np.ascontiguousarray(looks), np.ascontiguousarray(clear).view(np.uint8), first, second, out)
    return out


def count_clear(looks: Values, clear: Clear) -> NDArray[np.uint8]:
    """Return the number of clear looks with data per pixel, at most 255; arguments as for `composite`."""
    out = np.zeros(looks.shape[2], np.uint8)
    _count(np.ascontiguousarray(looks), np.ascontiguousarray(clear).view(np.uint8), out)
    return out


@lru_cache(maxsize=256)
def network(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the exchanges (lower index, higher index) of a network that sorts `count` values (Batcher's odd-even)."""
    pairs: list[tuple[int, int]] = []
    step = 1
    while step < count:
        stride = step
        while stride >= 1:
            for low in range(stride % step, count - stride, 2 * stride):
                for index in range(low, min(low + stride, count - stride)):
                    if index // (2 * step) == (index + stride) // (2 * step):
                        pairs.append((index, index + stride))
            stride //= 2
        step *= 2
    array = np.array(pairs, np.int64).reshape(-1, 2)
    return np.ascontiguousarray(array[:, 0]), np.ascontiguousarray(array[:, 1])


@kernel
def _count(looks: Any, clear: Any, out: Any) -> None:
    count, bands, pixels = looks.shape
    any_band = np.empty(LANES, np.uint16)
    for start in range(0, pixels, LANES):
        width = min(LANES, pixels - start)
        goal = out[start : start + width]
        for k in range(count):
            any_band[:] = 0
            for band in range(bands):
                row = looks[k, band, start : start + width]
                for w in range(width):
                    any_band[w] |= row[w]
            seen = clear[k, start : start + width]
            for w in range(width):
                one = np.uint8(1) if (any_band[w] != 0) & (seen[w] != 0) & (goal[w] < 255) else np.uint8(0)
                goal[w] += one


@kernel
def _median(looks: Any, clear: Any, first: Any, second: Any, out: Any) -> None:
    for band in range(looks.shape[1]):
        _median_of_band(looks, clear, band, first, second, out)


@kernel
def _median_of_band(looks: Any, clear: Any, band: int, first: Any, second: Any, out: Any) -> None:
    count, _, pixels = looks.shape
    last = np.uint16(65535)
    buffer = np.empty((count, LANES), np.uint16)
    number = np.empty(LANES, np.uint16)
    low = np.empty(LANES, np.uint16)
    high = np.empty(LANES, np.uint16)
    for start in range(0, pixels, LANES):
        width = min(LANES, pixels - start)
        number[:] = 0
        for k in range(count):
            row = looks[k, band, start : start + width]
            seen = clear[k, start : start + width]
            lane = buffer[k]
            for w in range(width):
                value = row[w]
                keep = (seen[w] != 0) & (value != 0)
                lane[w] = value if keep else last
                number[w] += np.uint16(1) if keep else np.uint16(0)
        for p in range(len(first)):
            a = buffer[first[p]]
            b = buffer[second[p]]
            for w in range(LANES):
                x = a[w]
                y = b[w]
                a[w] = min(x, y)
                b[w] = max(x, y)
        low[:] = 0
        high[:] = 0
        for k in range(count):
            lane = buffer[k]
            twice = np.uint16(2 * k)
            for w in range(LANES):
                n = number[w]
                low[w] = lane[w] if (n == twice + 1) | (n == twice + 2) else low[w]
                high[w] = lane[w] if (n == twice) | (n == twice + 1) else high[w]
        goal = out[band, start : start + width]
        for w in range(width):
            middle = (np.uint32(low[w]) + np.uint32(high[w]) + np.uint32(1)) >> np.uint32(1)
            goal[w] = np.uint16(middle) if number[w] > 0 else np.uint16(0)


@fast_kernel
def _medoid(looks: Any, seen: Any, chosen: Any) -> None:
    count, bands, pixels = looks.shape
    total = np.empty(count, np.float64)
    for pixel in range(pixels):
        total[:] = 0
        for i in range(count):
            if not seen[i, pixel]:
                continue
            for j in range(i + 1, count):
                if not seen[j, pixel]:
                    continue
                square = 0.0
                for band in range(bands):
                    difference = float(looks[i, band, pixel]) - float(looks[j, band, pixel])
                    square += difference * difference
                distance = np.sqrt(square)
                total[i] += distance
                total[j] += distance
        best = -1
        for i in range(count):
            if seen[i, pixel] and (best < 0 or total[i] < total[best]):
                best = i
        chosen[pixel] = best


def _greenest(red: Values, near: Values, seen: NDArray[np.bool_]) -> NDArray[np.int64]:
    from eo.optical.reflectance import OFFSET, SCALE

    r, n = (band.astype(np.float32) * np.float32(SCALE) + np.float32(OFFSET) for band in (red, near))
    index = np.where(seen, (n - r) / np.maximum(np.abs(n + r), 1e-6), -np.inf)
    return np.where(seen.any(axis=0), index.argmax(axis=0), -1)


def stack_composites(
    looks: Values, clear: Clear, period_of: Sequence[int] | NDArray[np.int64], periods: int, method: Method = "median"
) -> tuple[Values, NDArray[np.uint8]]:
    """Return the composites of all periods and the number of clear looks of each.

    Args:
        looks: (looks, bands, pixels) in the order of time or not; 0 is no data.
        clear: (looks, pixels).
        period_of: index of each look's period, -1 for none.

    Returns:
        (periods, bands, pixels) and (periods, pixels).
    """
    which = np.asarray(period_of)
    out = np.empty((periods, *looks.shape[1:]), np.uint16)
    number = np.empty((periods, looks.shape[2]), np.uint8)
    for period in range(periods):
        there = np.flatnonzero(which == period)
        part = looks[there] if not _is_run(there) else looks[there[0] : there[-1] + 1]
        seen = clear[there]
        out[period] = composite(part, seen, method)
        number[period] = count_clear(part, seen)
    return out, number


def _is_run(indices: NDArray[np.int64]) -> bool:
    return bool(len(indices)) and int(indices[-1] - indices[0]) + 1 == len(indices)
