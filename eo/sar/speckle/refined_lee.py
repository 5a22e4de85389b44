"""Refined Lee: near an edge, the statistics of the pixel's own side only.

Lee 1981, "Refined filtering of image noise using local statistics", Computer Graphics and Image Processing 15(4),
doi:10.1016/S0146-664X(81)80018-4. The window of 7×7 pixels holds nine overlapping ones of 3×3, whose means give the
direction of the edge (the largest of four gradients) and the pixel's side of it (the mean nearer that of the centre).
Mean and variance are those of the 28 pixels of that side, the pixel's own line included; then follows Lee's estimate.
"""

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel
from eo.sar.speckle.local_statistics import lee_estimate
from eo.sar.speckle.moments import Image, Rows, pad, row_moments

WINDOW = 7
_HALF = WINDOW // 2
_STEP = 2  # from the centre to the middles of the outer windows of 3×3


def sides() -> NDArray[np.int64]:
    """Return the pixels of each side: bit 7 · row + column of the window is set where one belongs to it.

    Right, left, below, above, upper right, lower left, lower right, upper left: 28 pixels each.
    """
    down, right = np.mgrid[-_HALF : _HALF + 1, -_HALF : _HALF + 1]
    beyond = (right, -right, down, -down, right - down, down - right, down + right, -down - right)
    return np.array([sum(1 << int(bit) for bit in np.flatnonzero(distance >= 0)) for distance in beyond])


@kernel
def mean_or(otherwise: float, means: NDArray[np.float64], i: int, j: int) -> float:
    """Return a mean, or `otherwise` where it is NaN."""
    mean = means[i, j]
    return mean if mean == mean else otherwise


@kernel
def side(means: NDArray[np.float64], i: int, j: int) -> int:
    """Return the side of the edge on which a pixel lies, as an index into `sides`.

    Args:
        means: of 3×3 pixels, at every place; one without a valid pixel (NaN) adds to no gradient and is no side.
        i: row in `means` of the window around the pixel.
        j: column of it.
    """
    centre, up, down, left, right = means[i, j], i - _STEP, i + _STEP, j - _STEP, j + _STEP
    a, b, c = mean_or(centre, means, up, left), mean_or(centre, means, up, j), mean_or(centre, means, up, right)
    d, f = mean_or(centre, means, i, left), mean_or(centre, means, i, right)
    g, h, k = mean_or(centre, means, down, left), mean_or(centre, means, down, j), mean_or(centre, means, down, right)
    first, steepest, rows, columns = 0, abs(c + f + k - a - d - g), 0, _STEP
    slope = abs(g + h + k - a - b - c)
    if slope > steepest:
        first, steepest, rows, columns = 2, slope, _STEP, 0
    slope = abs(b + c + f - d - g - h)
    if slope > steepest:
        first, steepest, rows, columns = 4, slope, -_STEP, _STEP
    slope = abs(f + h + k - a - b - d)
    if slope > steepest:
        first, rows, columns = 6, _STEP, _STEP
    ahead, behind = mean_or(np.inf, means, i + rows, j + columns), mean_or(np.inf, means, i - rows, j - columns)
    return first + (1 if abs(behind - centre) < abs(ahead - centre) else 0)


@kernel
def means_of_nine(padded: Image) -> NDArray[np.float64]:
    """Return the mean of 3×3 pixels at every place where they fit, NaN where none is valid."""
    rows, columns = padded.shape[0] - 2, padded.shape[1] - 2
    means, scratch, moments = np.empty((rows, columns)), np.empty((3, columns + 2)), np.empty((3, columns))
    for i in range(rows):
        row_moments(padded, i, 3, scratch, moments)
        means[i] = moments[1]
    return means


@kernel
def side_moments(padded: Image, i: int, members: NDArray[np.int64], moments: Rows) -> None:
    """Find the moments of each pixel's side, for one row.

    Args:
        members: of `sides`, the one of each pixel.
        moments: (3, columns of the image), filled: valid pixels, their sum, their sum of squares.
    """
    moments[:] = 0
    count, total, squares = moments[0], moments[1], moments[2]
    for k in range(WINDOW):
        for m in range(WINDOW):
            bit = WINDOW * k + m
            shifted = padded[i + k, m : m + members.size]
            for j in range(members.size):
                value = np.float64(shifted[j])
                wanted = ((members[j] >> bit) & 1 == 1) & (value == value)
                known = value if wanted else 0.0
                count[j] += 1.0 if wanted else 0.0
                total[j] += known
                squares[j] += known * known


@kernel
def refined_lee(intensity: Image, looks: float, sides: NDArray[np.int64]) -> Image:
    """Filter; NaN where the pixel itself holds no data.

    Args:
        intensity: (rows, columns), NaN where there is no data.
        looks: equivalent number of looks.
        sides: what `sides` returns.
    """
    rows, columns = intensity.shape
    padded = pad(intensity, _HALF)
    means = means_of_nine(padded)
    members, moments = np.empty(columns, np.int64), np.empty((3, columns))
    out = np.empty_like(intensity)
    for i in range(rows):
        for j in range(columns):
            members[j] = sides[side(means, i + _STEP, j + _STEP)]
        side_moments(padded, i, members, moments)
        for j in range(columns):
            mean = np.divide(moments[1, j], moments[0, j])
            variance = np.divide(moments[2, j], moments[0, j]) - mean * mean
            out[i, j] = lee_estimate(padded[i + _HALF, j + _HALF], mean, variance, 1 / looks)
    return out
