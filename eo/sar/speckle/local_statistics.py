"""Filters that need no more than the mean and the variance of a window: boxcar, Lee, gamma MAP."""

import math

import numpy as np

from eo.kernel import kernel
from eo.sar.speckle.moments import Image, pad, row_moments

BOXCAR, LEE, GAMMA_MAP = range(3)


@kernel
def lee_estimate(value: float, mean: float, variance: float, noise: float) -> float:
    """Weigh a pixel against the mean of its window.

    Lee 1980, "Digital image enhancement and noise filtering by use of local statistics", IEEE TPAMI 2(2),
    doi:10.1109/TPAMI.1980.4766994: the linear estimate of least squared error, with multiplicative noise of mean 1
    linearised about the mean. With Q = (variance - noise · mean²) / (1 + noise), the variance of what lies below the
    speckle, the pixel's weight is Q / (noise · mean² + Q), here brought to one fraction.

    Args:
        noise: variance of the speckle, one over the looks.
    """
    square = mean * mean
    signal = variance - noise * square
    weight = np.divide(signal, variance + noise * noise * square)
    return mean + (weight if signal > 0 else 0.0) * (value - mean)


@kernel
def gamma_map_estimate(value: float, mean: float, variance: float, looks: float) -> float:
    """Find the likeliest intensity below gamma speckle in a gamma-distributed scene.

    Lopes, Nezry, Touzi, Laur 1990, "Maximum a posteriori speckle filtering and first order texture models in SAR
    images", IGARSS, doi:10.1109/IGARSS.1990.689026, with the classes of Lopes, Touzi, Nezry 1990, "Adaptive speckle
    filters and scene heterogeneity", IEEE TGRS 28(6), doi:10.1109/36.62623: up to the coefficient of variation of
    speckle the mean, from √2 times that the pixel itself.
    """
    square, noise = mean * mean, 1 / looks
    if mean <= 0 or variance <= noise * square:
        return mean
    if variance >= 2 * noise * square:
        return value
    order = (1 + noise) * square / (variance - noise * square)
    slope = (order - looks - 1) * mean
    root = math.sqrt(max(slope * slope + 4 * order * looks * value * mean, 0.0))
    return (slope + root) / (2 * order)


@kernel
def filter_by_moments(intensity: Image, method: int, window: int, looks: float) -> Image:
    """Filter with `BOXCAR`, `LEE` or `GAMMA_MAP`; NaN where the pixel itself holds no data."""
    rows, columns = intensity.shape
    noise = 1 / looks
    padded = pad(intensity, window // 2)
    scratch, moments = np.empty((3, padded.shape[1])), np.empty((3, columns))
    out = np.empty_like(intensity)
    for i in range(rows):
        row_moments(padded, i, window, scratch, moments)
        values, mean, variance = padded[i + window // 2, window // 2 :], moments[1], moments[2]
        if method == GAMMA_MAP:
            for j in range(columns):
                mean[j] = gamma_map_estimate(values[j], mean[j], variance[j], looks)
        elif method == LEE:
            for j in range(columns):
                mean[j] = lee_estimate(values[j], mean[j], variance[j], noise)
        for j in range(columns):
            out[i, j] = mean[j] if values[j] == values[j] else np.nan
    return out
