"""Speckle of single-look images as Sentinel-1 makes it: oversampled, weighted in frequency."""

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2, ifft2

from demo.radar_plan import SAMPLING_HZ, Swath

Samples = NDArray[np.complex64]
_IMPULSE = 256


def speckle(rng: np.random.Generator, shape: tuple[int, int], swath: Swath, line_rate_hz: float) -> Samples:
    """Return complex noise of mean power 1, (lines, samples)."""
    noise = rng.standard_normal((*shape, 2), np.float32).view(np.complex64)[..., 0]
    azimuth = _weights(
        np.fft.fftfreq(shape[0]).astype(np.float64), swath.azimuth_bandwidth_hz / line_rate_hz, swath.hamming[0]
    )
    range_ = _weights(
        np.fft.fftfreq(shape[1]).astype(np.float64), swath.range_bandwidth_hz / SAMPLING_HZ, swath.hamming[1]
    )
    weights = (azimuth[:, None] * range_).astype(np.float32)
    shaped = ifft2(fft2(noise, workers=-1) * weights, workers=-1)
    return np.asarray(shaped / np.sqrt(np.mean(np.abs(shaped) ** 2)), np.complex64)


def impulse(distance: NDArray[np.float64], share: float, hamming: float) -> NDArray[np.float64]:
    """Return the response to a point at distances in samples, 1 at 0."""
    frequency = (np.arange(_IMPULSE) + 0.5) / _IMPULSE - 0.5
    weight = _weights(frequency * share, share, hamming)
    phase = np.cos(2 * np.pi * np.multiply.outer(distance, frequency * share))
    return np.asarray(phase @ weight / weight.sum(), np.float64)


def _weights(frequency: NDArray[np.float64], share: float, hamming: float) -> NDArray[np.float64]:
    inside = np.abs(frequency) < share / 2
    return np.where(inside, hamming + (1 - hamming) * np.cos(2 * np.pi * frequency / share), 0.0)
