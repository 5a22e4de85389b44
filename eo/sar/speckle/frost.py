"""Frost: a weighted mean whose weights fall with the distance, the faster the more varied the window.

Frost, Stiles, Shanmugan, Holtzman 1982, "A model for radar images and its application to adaptive digital filtering of
multiplicative noise", IEEE TPAMI 4(2), doi:10.1109/TPAMI.1982.4767223, in the form in general use: weights
exp(-damping · C² · d), C the coefficient of variation in the window, d the distance in pixels.
"""

import math

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel
from eo.sar.speckle.moments import Image, Rows, pad, row_moments


@kernel
def rings(window: int) -> NDArray[np.int64]:
    """Return the pixels of a window by distance: (window², 3) of squared distance, row, column, nearest first."""
    half = window // 2
    pixels = np.empty((window * window, 3), np.int64)
    for k in range(window):
        for m in range(window):
            pixels[k * window + m] = np.array([(k - half) ** 2 + (m - half) ** 2, k, m])
    return pixels[np.argsort(pixels[:, 0], kind="mergesort")]


@kernel
def add_ring(weights: Rows, ring: Rows, weighted: Rows) -> None:
    """Add what a ring's pixels count and sum up to, weighed; empty the ring."""
    for j in range(weights.shape[1]):
        weighted[0, j] += weights[0, j] * ring[0, j]
        weighted[1, j] += weights[0, j] * ring[1, j]
    ring[:] = 0


@kernel
def frost(intensity: Image, window: int, damping: float) -> Image:
    """Filter; NaN where the pixel itself holds no data."""
    rows, columns = intensity.shape
    margin = window // 2
    padded = pad(intensity, margin)
    pixels = rings(window)
    scratch, moments = np.empty((3, padded.shape[1])), np.empty((3, columns))
    decay, weights, ring, weighted = (
        np.empty(columns),
        np.empty((1, columns)),
        np.zeros((2, columns)),
        np.empty((2, columns)),
    )
    out = np.empty_like(intensity)
    for i in range(rows):
        row_moments(padded, i, window, scratch, moments)
        for j in range(columns):
            square = moments[1, j] * moments[1, j]
            decay[j] = damping * moments[2, j] / square if square > 0 else 0.0
        weighted[:] = 0
        for n in range(pixels.shape[0]):
            shifted = padded[i + pixels[n, 1], pixels[n, 2] : pixels[n, 2] + columns]
            for j in range(columns):
                value = np.float64(shifted[j])
                valid = value == value
                ring[0, j] += 1.0 if valid else 0.0
                ring[1, j] += value if valid else 0.0
            if n + 1 == pixels.shape[0] or pixels[n + 1, 0] > pixels[n, 0]:
                distance = math.sqrt(pixels[n, 0])
                for j in range(columns):
                    weights[0, j] = math.exp(-decay[j] * distance)
                add_ring(weights, ring, weighted)
        for j in range(columns):
            mean = np.divide(weighted[1, j], weighted[0, j])
            out[i, j] = mean if np.isfinite(intensity[i, j]) else np.nan
    return out
