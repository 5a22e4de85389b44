"""Median of every pixel's window.

The valid values of a window are kept in order: a step to the right merges the column that comes in, and leaves out the
one that goes, both sorted once per row.
"""

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel
from eo.sar.speckle.moments import Image, Values, pad


@kernel
def sort_columns(padded: Image, i: int, window: int, columns: Image, counts: NDArray[np.int64]) -> None:
    """Sort the valid values of `window` pixels below one another, for each column of `padded` from row `i` on."""
    for j in range(padded.shape[1]):
        count = 0
        for k in range(window):
            value = padded[i + k, j]
            if value == value:
                place = count
                while place > 0 and columns[j, place - 1] > value:
                    columns[j, place] = columns[j, place - 1]
                    place -= 1
                columns[j, place] = value
                count += 1
        counts[j] = count


@kernel
def merge(ordered: Values, going: Values, coming: Values, out: Values) -> int:
    """Write `ordered` without `going` and with `coming` to `out`, all rising; return how many there are."""
    gone, come, count = 0, 0, 0
    for value in ordered:
        if gone < going.size and going[gone] == value:
            gone += 1
            continue
        while come < coming.size and coming[come] < value:
            out[count] = coming[come]
            come += 1
            count += 1
        out[count] = value
        count += 1
    for k in range(come, coming.size):
        out[count] = coming[k]
        count += 1
    return count


@kernel
def filter_median(intensity: Image, window: int) -> Image:
    """Filter; the mean of the two in the middle where an even number is valid, NaN where the pixel holds no data."""
    padded = pad(intensity, window // 2)
    sorted_columns = np.empty((padded.shape[1], window), np.float32)
    counts = np.empty(padded.shape[1], np.int64)
    ordered, following = np.empty(window * window, np.float32), np.empty(window * window, np.float32)
    out = np.empty_like(intensity)
    for i in range(intensity.shape[0]):
        sort_columns(padded, i, window, sorted_columns, counts)
        count = 0
        for right in range(padded.shape[1]):
            left = right - window
            going = sorted_columns[max(left, 0), : counts[left] if left >= 0 else 0]
            count = merge(ordered[:count], going, sorted_columns[right, : counts[right]], following)
            ordered, following = following, ordered
            j = left + 1
            if j >= 0:
                valid = np.isfinite(intensity[i, j])
                middle = (np.float64(ordered[(count - 1) // 2]) + ordered[count // 2]) / 2
                out[i, j] = middle if valid else np.nan
    return out
