"""Coherence of two coregistered single-look images, and the bias of its estimate.

Source: Touzi, Lopes, Bruniquel and Vachon, Coherence estimation for SAR imagery, IEEE TGRS 37(1), 1999,
doi:10.1109/36.739146.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import hyp2f1

from eo.errors import InvalidWindow

_TABLE_SIZE = 257
_INTEGRATION_STEPS = 4096


def estimate_coherence(
    first: NDArray[np.complex64],
    second: NDArray[np.complex64],
    phase_rad: NDArray[np.float32] | None,
    window: tuple[int, int],
) -> NDArray[np.float32]:
    """Return |Σ s1 s2* e^(−jφ)| / √(Σ|s1|² Σ|s2|²) over a window around each pixel.

    Args:
        first, second: (lines, samples), on one grid; 0 and NaN are no data and do not count.
        phase_rad: φ, the phase that the geometry explains (flat earth and topography); None for none.
        window: lines and samples; of an even number the window reaches one further down, or right.

    Returns:
        (lines, samples), 0 to 1; NaN where fewer than half of the window's pixels are there. At the border the window
        is cut, so a block needs half a window of margin.

    Raises:
        InvalidWindow: not 1 at least, or larger than the image.
    """
    lines, samples = first.shape
    if not (1 <= window[0] <= lines and 1 <= window[1] <= samples):
        raise InvalidWindow(
            f"A window of {window[0]} × {window[1]} does not fit into {lines} × {samples} pixels.",
            hint="Choose a smaller window or a larger area.",
        )
    out = np.empty(first.shape, np.float32)
    phase = np.zeros((1, 1), np.float32) if phase_rad is None else phase_rad
    _coherence(first, second, phase, phase_rad is not None, window[0], window[1], out)
    return out


def correct_bias(coherence: NDArray[np.float32], looks: float) -> NDArray[np.float32]:
    """Return the coherence whose estimate has the given mean.

    Estimates of low coherence are too high: pure noise shows 0.30 with 9 looks. What lies below that becomes 0.

    Args:
        looks: independent ones, see `eo.sar.effective_looks`; more than 1.
    """
    truth = np.linspace(0, 1, _TABLE_SIZE)
    return np.interp(coherence, expected_coherence(looks), truth).astype(np.float32)


@lru_cache(maxsize=64)
def expected_coherence(looks: float) -> NDArray[np.float64]:
    """Return the mean of the estimate for 257 true coherences from 0 to 1 (Touzi et al. 1999, eq. 8, integrated)."""
    g = (np.arange(_INTEGRATION_STEPS) + 0.5) / _INTEGRATION_STEPS
    truth = np.linspace(0, 1, _TABLE_SIZE)[:, None]
    x = (g * truth) ** 2
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # 2F1(L, L; 1; x) = (1 − x)^(1 − 2L) 2F1(1 − L, 1 − L; 1; x): the second stays small.
        log_density = (
            looks * np.log1p(-(truth**2))
            + np.log(g)
            + (looks - 2) * np.log1p(-(g**2))
            + (1 - 2 * looks) * np.log1p(-x)
            + np.log(hyp2f1(1 - looks, 1 - looks, 1.0, x))
        )
        density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
        mean = (density * g).sum(axis=1) / density.sum(axis=1)
    mean[-1] = 1.0
    return np.asarray(mean, np.float64)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _coherence(
    first: NDArray[np.complex64],
    second: NDArray[np.complex64],
    phase: NDArray[np.float32],
    has_phase: bool,
    window_lines: int,
    window_samples: int,
    out: NDArray[np.float32],
) -> Any:
    lines, samples = first.shape
    up, left = (window_lines - 1) // 2, (window_samples - 1) // 2
    # Sums along the columns of the window: real, imaginary, two powers, count.
    sums = np.zeros((5, samples))
    terms = np.zeros((window_lines, 5, samples))
    last = -1
    for r in range(lines):
        while last < min(r - up + window_lines - 1, lines - 1):
            last += 1
            slot = last % window_lines
            for c in range(samples):
                for k in range(5):
                    sums[k, c] -= terms[slot, k, c]
                    terms[slot, k, c] = 0.0
                a, b = first[last, c], second[last, c]
                p1 = float(a.real) ** 2 + float(a.imag) ** 2
                p2 = float(b.real) ** 2 + float(b.imag) ** 2
                if not (p1 > 0.0 and p2 > 0.0):
                    continue
                product = complex(a) * complex(b).conjugate()
                if has_phase:
                    angle = float(phase[last, c])
                    if np.isnan(angle):
                        continue
                    product *= complex(np.cos(angle), -np.sin(angle))
                terms[slot, 0, c], terms[slot, 1, c] = product.real, product.imag
                terms[slot, 2, c], terms[slot, 3, c], terms[slot, 4, c] = p1, p2, 1.0
                for k in range(5):
                    sums[k, c] += terms[slot, k, c]
        # Rows that the window has left at the lower border.
        if r - up > 0 and r - up + window_lines - 1 > lines - 1:
            slot = (r - up - 1) % window_lines
            for c in range(samples):
                for k in range(5):
                    sums[k, c] -= terms[slot, k, c]
                    terms[slot, k, c] = 0.0
        re = im = p1 = p2 = n = 0.0
        for c in range(samples):
            entering, leaving = c - left + window_samples - 1, c - left - 1
            first_entering = 0 if c == 0 else entering
            for j in range(first_entering, min(entering, samples - 1) + 1):
                re += sums[0, j]
                im += sums[1, j]
                p1 += sums[2, j]
                p2 += sums[3, j]
                n += sums[4, j]
            if leaving >= 0:
                re -= sums[0, leaving]
                im -= sums[1, leaving]
                p1 -= sums[2, leaving]
                p2 -= sums[3, leaving]
                n -= sums[4, leaving]
            enough = 2.0 * n >= window_lines * window_samples and p1 > 0.0 and p2 > 0.0
            out[r, c] = min(np.sqrt((re * re + im * im) / (p1 * p2)), 1.0) if enough else np.nan
