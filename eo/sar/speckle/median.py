"""Median of every pixel's window, found bit by bit.

The bits of a number, read as an integer, are in the order of the numbers (negative ones turned round). So the median is
built from its highest bit down: a bit is set if no more than half of the window lies below the number with it set. Each
step is a comparison of whole rows, which the compiler turns into vector instructions, whatever the window.
"""

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel
from eo.sar.speckle.moments import Image, Values, pad

Keys = NDArray[np.int32]

_TURN = np.int32(0x7FFFFFFF)
_NO_DATA = np.int32(0x7FFFFFFF)  # above the key of any number
_LOWEST = -(2**31)


@kernel
def keys_of(padded: Image) -> Keys:
    """Return integers in the order of the values, the highest for NaN."""
    keys = padded.view(np.int32).copy()
    for i in range(keys.shape[0]):
        for j in range(keys.shape[1]):
            key = keys[i, j] ^ _TURN if keys[i, j] < 0 else keys[i, j]
            keys[i, j] = key if padded[i, j] == padded[i, j] else _NO_DATA
    return keys


@kernel
def values_of(keys: NDArray[np.int32]) -> Values:
    """Return the values of a row of keys."""
    for j in range(keys.size):
        keys[j] = keys[j] ^ _TURN if keys[j] < 0 else keys[j]
    return keys.view(np.float32)


@kernel
def count_below(keys: Keys, i: int, window: int, limits: Keys, below: Keys) -> None:
    """Count for one row how many keys of each pixel's window lie below the pixel's limit; `window` is odd."""
    columns = limits.size
    below[:] = 0
    for k in range(window):
        row = keys[i + k]
        for j in range(columns):
            below[j] += np.int32(row[j] < limits[j])
        for m in range(1, window, 2):
            one, other = row[m : m + columns], row[m + 1 : m + 1 + columns]
            for j in range(columns):
                below[j] += np.int32(one[j] < limits[j]) + np.int32(other[j] < limits[j])


@kernel
def upper_middle(window_keys: Keys, lower: int, valid: int) -> int:
    """Return the upper of the two keys in the middle, given the lower one, of an even number of valid keys."""
    up_to_lower, following = 0, _NO_DATA
    for key in window_keys.flat:
        if key <= lower:
            up_to_lower += 1
        elif key < following:
            following = key
    return int(following) if up_to_lower == valid // 2 else lower


@kernel
def filter_median(intensity: Image, window: int) -> Image:
    """Filter; the mean of the two in the middle where an even number is valid, NaN where the pixel holds no data."""
    rows, columns = intensity.shape
    keys = keys_of(pad(intensity, window // 2))
    valid, below, limits = np.empty(columns, np.int32), np.empty(columns, np.int32), np.empty(columns, np.int32)
    lower, upper = np.empty(columns, np.int32), np.empty(columns, np.int32)
    out = np.empty_like(intensity)
    for i in range(rows):
        limits[:] = _NO_DATA
        count_below(keys, i, window, limits, valid)
        lower[:] = _LOWEST
        for bit in range(31, -1, -1):
            for j in range(columns):
                limits[j] = np.int32(np.int64(lower[j]) + (1 << bit))
            count_below(keys, i, window, limits, below)
            for j in range(columns):
                lower[j] = limits[j] if below[j] <= (valid[j] - 1) >> 1 else lower[j]
        for j in range(columns):
            upper[j] = lower[j]
            if valid[j] % 2 == 0 and valid[j] > 0:
                upper[j] = upper_middle(keys[i : i + window, j : j + window], lower[j], valid[j])
        low, high = values_of(lower), values_of(upper)
        for j in range(columns):
            middle = (np.float64(low[j]) + high[j]) / 2
            out[i, j] = middle if np.isfinite(intensity[i, j]) else np.nan
    return out
