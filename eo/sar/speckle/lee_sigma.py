"""Improved Lee sigma: the mean of those pixels that the centre's speckle can explain; bright targets stay as they are.

Lee, Wen, Ainsworth, Chen, Chen 2009, "Improved sigma filter for speckle filtering of SAR imagery", IEEE TGRS 47(1),
doi:10.1109/TGRS.2008.2002881.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammainc, gammaincinv

from eo.kernel import kernel
from eo.sar.speckle.moments import Image, Rows, pad, row_moments

TARGET_WINDOW = 3
TARGET_PIXELS = 5
"""As many bright pixels in the target window make a target (the paper's T_k)."""
TARGET_PERCENTILE = 98
REACH = 2  # a target's pixel lies up to 1 from the middle of its target window, whose pixels lie up to 1 from there


class SigmaRange(NamedTuple):
    """Range of speckle, in units of the mean, that holds a given share and has mean 1; its variance."""

    low: float
    high: float
    variance: float


def sigma_range(looks: float, sigma: float) -> SigmaRange:
    """Find the range of gamma-distributed speckle that holds the share `sigma` of it without moving the mean.

    The paper tabulates the range for whole numbers of looks (its tables I and II); here the two conditions are solved.
    """

    def moment(order: int, low: float, high: float) -> float:
        part = gammainc(looks + order, looks * high) - gammainc(looks + order, looks * low)
        return float(part * math.prod((looks + k) / looks for k in range(order)))

    def bounds(below: float) -> tuple[float, float]:
        low, high = gammaincinv(looks, (below, min(below + sigma, 1.0)))
        return float(low) / looks, float(high) / looks

    low, high = bounds(brentq(lambda below: moment(1, *bounds(below)) - sigma, 0.0, 1 - sigma, xtol=1e-14))
    return SigmaRange(low, high, moment(2, low, high) / sigma - 1)


def target_level(intensity: Image) -> float:
    """Return the level above which a pixel is bright: a percentile of the whole image, infinite where all is NaN."""
    valid = intensity[np.isfinite(intensity)]
    return float(np.percentile(valid, TARGET_PERCENTILE)) if valid.size else math.inf


@kernel
def least_squares_estimate(value: float, mean: float, variance: float, noise: float) -> float:
    """Weigh a pixel against a mean by the variance below the speckle over all variance (the paper's eq. 4 and 5)."""
    signal = np.divide(variance - noise * mean * mean, 1 + noise)
    weight = np.divide(signal, variance)
    return mean + (weight if signal > 0 else 0.0) * (value - mean)


@kernel
def find_targets(padded: Image, level: float) -> NDArray[np.bool_]:
    """Mark the bright pixels of every target window whose own middle is bright and that holds enough of them."""
    rows, columns = padded.shape
    targets = np.zeros((rows, columns), np.bool_)
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            if not padded[i, j] > level:
                continue
            around = padded[i - 1 : i + 2, j - 1 : j + 2] > level
            if around.sum() >= TARGET_PIXELS:
                targets[i - 1 : i + 2, j - 1 : j + 2] |= around
    return targets


@kernel
def selected_moments(padded: Image, i: int, offset: int, window: int, bounds: Rows, moments: Rows) -> None:
    """Find the moments of those pixels of each window that lie within the pixel's bounds, for one row.

    Args:
        offset: rows and columns of `padded` before the first window.
        bounds: (2, columns of the image), lowest and highest value.
        moments: (3, columns of the image), filled: pixels selected, mean, variance; 0, NaN, NaN where none is.
    """
    moments[:] = 0
    low, high = bounds[0], bounds[1]
    count, total, squares = moments[0], moments[1], moments[2]
    for k in range(window):
        for m in range(window):
            shifted = padded[i + offset + k, offset + m : offset + m + count.size]
            for j in range(count.size):
                value = np.float64(shifted[j])
                wanted = (value >= low[j]) & (value <= high[j])
                known = value if wanted else 0.0
                count[j] += 1.0 if wanted else 0.0
                total[j] += known
                squares[j] += known * known
    for j in range(count.size):
        mean = np.divide(total[j], count[j])
        total[j], squares[j] = mean, np.divide(squares[j], count[j]) - mean * mean


@kernel
def lee_sigma(
    intensity: Image, window: int, looks: float, level: float, low: float, high: float, variance: float
) -> Image:
    """Filter; NaN where the pixel itself holds no data.

    Args:
        level: above it a pixel is bright (`target_level`).
        low: of the `sigma_range`, as are `high` and `variance`.
    """
    rows, columns = intensity.shape
    margin = max(window // 2, REACH)
    padded = pad(intensity, margin)
    targets = find_targets(padded, level)
    near = np.ascontiguousarray(padded[margin - 1 : margin + 1 + rows, margin - 1 : margin + 1 + columns])
    scratch, moments = np.empty((3, columns + 2)), np.empty((3, columns))
    expected, bounds = np.empty(columns), np.empty((2, columns))
    out = np.empty_like(intensity)
    for i in range(rows):
        row_moments(near, i, TARGET_WINDOW, scratch, moments)
        for j in range(columns):
            value = padded[i + margin, j + margin]
            expected[j] = least_squares_estimate(value, moments[1, j], moments[2, j], 1 / looks)
            bounds[0, j], bounds[1, j] = low * expected[j], high * expected[j]
        selected_moments(padded, i, margin - window // 2, window, bounds, moments)
        for j in range(columns):
            value = padded[i + margin, j + margin]
            estimate = least_squares_estimate(value, moments[1, j], moments[2, j], variance)
            estimate = estimate if moments[0, j] > 0 else expected[j]
            out[i, j] = value if targets[i + margin, j + margin] or value != value else estimate
    return out
