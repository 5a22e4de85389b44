"""How many independent looks a window of single-look pixels holds.

Sentinel-1 SLC are sampled finer than they resolve and weighted in frequency, so neighbours are alike: a window of 36
pixels averages fewer than 36 looks. Source: Oliver and Quegan, Understanding Synthetic Aperture Radar Images (2004),
§4.8.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import toeplitz

from eo.io.sentinel1_annotation import Spectrum

_FREQUENCIES = 4096
_NODES = 400


def effective_looks(window: tuple[int, int], azimuth: Spectrum, range_: Spectrum) -> float:
    """Return the number of independent looks whose coherence estimate is as noisy as that of a window of pixels.

    With x and y noise of the window's correlation, the mean of |x·y*|² / (|x|² |y|²) is Σ (E wᵢ)², where wᵢ is the
    share of the i-th eigenvalue λᵢ in |x|² and E wᵢ = ∫ λᵢ / (1 + λᵢ t) Π 1 / (1 + λⱼ t) dt over t > 0. Of L
    independent looks it is 1 / L.

    Args:
        window: (lines, samples).
    """
    along, across = (_eigenvalues(s, n) for s, n in zip((azimuth, range_), window, strict=True))
    eigenvalues = np.outer(along, across).ravel()
    eigenvalues = eigenvalues[eigenvalues > 1e-12] / eigenvalues.sum()
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    u = (nodes + 1) / 2
    t = u / (1 - u)
    product = np.exp(-np.log1p(np.outer(t, eigenvalues)).sum(axis=1)) * weights / 2 / (1 - u) ** 2
    shares = (eigenvalues / (1 + np.outer(t, eigenvalues)) * product[:, None]).sum(axis=0)
    return float(1 / np.sum(shares**2))


def speckle_intensity(
    cells: tuple[int, int], looks: tuple[int, int], azimuth: Spectrum, range_: Spectrum
) -> NDArray[np.float32]:
    """Return the intensity of a homogeneous surface in cells of averaged samples: made, always the same, of mean 1.

    Args:
        cells: rows and columns of the result.
        looks: lines and samples that are averaged to a cell.
    """
    lines, samples = (n * k for n, k in zip(cells, looks, strict=True))
    noise = np.random.default_rng(0).standard_normal((lines, samples, 2), np.float32).view(np.complex64)[..., 0]
    along, across = (_response(s, n) for s, n in ((azimuth, lines), (range_, samples)))
    power = np.abs(np.fft.ifft2(np.fft.fft2(noise) * along[:, None] * across)) ** 2
    mean = power.reshape(cells[0], looks[0], cells[1], looks[1]).mean(axis=(1, 3))
    return np.asarray(mean / mean.mean(), np.float32)


def _response(spectrum: Spectrum, samples: int) -> NDArray[np.float64]:
    frequency = np.fft.fftfreq(samples) / spectrum.bandwidth_share
    weight = spectrum.hamming + (1 - spectrum.hamming) * np.cos(2 * np.pi * frequency)
    return np.where(np.abs(frequency) < 0.5, weight, 0.0)


def _eigenvalues(spectrum: Spectrum, pixels: int) -> NDArray[np.float64]:
    """Return the eigenvalues of the correlation of pixels in a row."""
    matrix = toeplitz(_autocorrelation(spectrum, np.arange(pixels)))
    return np.clip(np.linalg.eigvalsh(matrix), 0, None)


def _autocorrelation(spectrum: Spectrum, lags: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the correlation at lags: the Fourier transform of the power spectrum, which is the weighting squared."""
    frequency = (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES - 0.5  # in bandwidths
    power = (spectrum.hamming + (1 - spectrum.hamming) * np.cos(2 * np.pi * frequency)) ** 2
    phase = np.cos(2 * np.pi * np.outer(lags, frequency) * spectrum.bandwidth_share)
    return np.asarray(phase @ power / power.sum(), np.float64)
