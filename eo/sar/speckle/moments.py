"""Mean and variance of every pixel's window, over its valid pixels.

Windows are summed afresh, first down each column and then along the row: each step is an addition of whole rows, which
the compiler turns into vector instructions. Sums carried from pixel to pixel would save additions, but their rounding
depends on where they began and on every bright target since: blocks would differ from the whole image, and shadows
beside a ship would carry its rounding.
"""

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel

Image = NDArray[np.float32]
Values = NDArray[np.float32]
Rows = NDArray[np.float64]


@kernel
def pad(intensity: Image, margin: int) -> Image:
    """Return the image with a frame of NaN, `margin` pixels wide; infinite values become NaN."""
    rows, columns = intensity.shape
    padded = np.full((rows + 2 * margin, columns + 2 * margin), np.float32(np.nan), np.float32)
    for i in range(rows):
        for j in range(columns):
            value = intensity[i, j]
            padded[i + margin, j + margin] = value if np.isfinite(value) else np.float32(np.nan)
    return padded


@kernel
def begin_with(row: Values, sums: Rows) -> None:
    """Set valid pixels, sum and sum of squares per column to those of one row."""
    count, total, squares = sums[0], sums[1], sums[2]
    for j in range(row.size):
        valid = row[j] == row[j]
        known = np.float64(row[j]) if valid else 0.0
        count[j], total[j], squares[j] = 1.0 if valid else 0.0, known, known * known


@kernel
def add_two(row: Values, other: Values, sums: Rows) -> None:
    """Add two rows at once: half the reading and writing of sums."""
    count, total, squares = sums[0], sums[1], sums[2]
    for j in range(row.size):
        valid, too = row[j] == row[j], other[j] == other[j]
        known, known_too = np.float64(row[j]) if valid else 0.0, np.float64(other[j]) if too else 0.0
        count[j] += (1.0 if valid else 0.0) + (1.0 if too else 0.0)
        total[j] += known + known_too
        squares[j] += known * known + known_too * known_too


@kernel
def row_moments(padded: Image, i: int, window: int, columns: Rows, moments: Rows) -> None:
    """Find the moments of the windows of one row.

    Args:
        padded: the image in its frame.
        i: row of the image; its windows cover rows i … i + window - 1 of `padded`.
        window: pixels on a side, odd.
        columns: (3, columns of `padded`), scratch.
        moments: (3, columns of the image), filled: valid pixels, mean, variance (mean square less squared mean, not
            below 0); a window without a valid pixel has 0, NaN, 0.
    """
    begin_with(padded[i], columns)
    for k in range(1, window, 2):
        add_two(padded[i + k], padded[i + k + 1], columns)
    for part in range(3):
        source, target = columns[part], moments[part]
        target[:] = source[window - 1 :]
        for k in range(0, window - 1, 2):
            one, other = source[k : k + target.size], source[k + 1 : k + 1 + target.size]
            for j in range(target.size):
                target[j] += one[j] + other[j]
    for j in range(moments.shape[1]):
        mean = np.divide(moments[1, j], moments[0, j])  # unlike /, does not stop at 0: four at a time
        spread = np.divide(moments[2, j], moments[0, j]) - mean * mean
        moments[1, j] = mean
        moments[2, j] = spread if spread > 0 else 0.0
