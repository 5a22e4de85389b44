"""Relative radiometric normalisation of one date to another on pixels that did not change.

Nielsen 2007, "The regularized iteratively reweighted MAD method for change detection in multi- and hyperspectral data",
IEEE TIP 16(2), doi:10.1109/TIP.2006.888195, finds them; Canty, Nielsen 2008, "Automatic radiometric normalization of
multitemporal satellite imagery with the iteratively re-weighted MAD transformation", RSE 112(3),
doi:10.1016/j.rse.2007.07.013, fits the gains and offsets by orthogonal regression on them; here every pixel counts by
its probability of no change, which serves small areas better than their cut at 0.95.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.stats import chi2

from eo.errors import NotEnoughData

Array = NDArray[np.float64]

MIN_UNCHANGED = 50.0
_MAX_STEPS = 50
_TOLERANCE = 1e-4
_RIDGE = 1e-9


@dataclass(frozen=True)
class Normalisation:
    """What to apply to the second date, per band: `gain` · reflectance + `offset`.

    `unchanged_pixels` is the sum of the probabilities of no change that the fit rests on.
    """

    gain: Array
    offset: Array
    unchanged_pixels: float


def no_normalisation(bands: int) -> Normalisation:
    """Return the normalisation that leaves every band as it is."""
    return Normalisation(np.ones(bands), np.zeros(bands), 0.0)


def fit_normalisation(before: Array, after: Array) -> Normalisation:
    """Fit gain and offset per band that bring the second date to the first.

    Args:
        before: reflectance, shape (band, pixel); pixels with a NaN in any band of either date are left out.
        after: as `before`, the same pixels.

    Raises:
        NotEnoughData: less than `MIN_UNCHANGED` pixels' worth did not change.
    """
    valid = np.isfinite(before).all(axis=0) & np.isfinite(after).all(axis=0)
    before, after = before[:, valid].astype(np.float64), after[:, valid].astype(np.float64)
    weights = no_change_probability(before, after) if before.shape[1] >= MIN_UNCHANGED else np.zeros(0)
    if weights.sum() < MIN_UNCHANGED:
        raise NotEnoughData(
            f"Only {weights.sum():.0f} pixels look unchanged between the dates; {MIN_UNCHANGED:.0f} are needed to "
            "normalise.",
            hint="Choose a larger area or no normalisation.",
        )
    lines = [_orthogonal_line(a, b, weights) for a, b in zip(after, before, strict=True)]
    return Normalisation(np.array([g for g, _ in lines]), np.array([o for _, o in lines]), float(weights.sum()))


def no_change_probability(before: Array, after: Array) -> Array:
    """Return each pixel's probability of no change by iteratively reweighted multivariate alteration detection.

    Args:
        before: reflectance, shape (band, pixel), finite.
        after: as `before`.
    """
    both, bands = np.concatenate([before, after]), len(before)
    weights, last = np.ones(both.shape[1]), np.zeros(bands)
    for _ in range(_MAX_STEPS):
        mean = both @ weights / weights.sum()
        centred = both - mean[:, None]
        covariance = (centred * weights) @ centred.T / weights.sum()
        covariance += _RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
        correlations, first, second = _canonical(covariance, bands)
        variates = first.T @ centred[:bands] - second.T @ centred[bands:]
        variances = np.maximum(2 * (1 - correlations), _RIDGE)
        weights = chi2.sf((variates**2 / variances[:, None]).sum(axis=0), bands)
        if np.abs(correlations - last).max() < _TOLERANCE:
            break
        last = correlations
    return np.asarray(weights)


def _canonical(covariance: Array, bands: int) -> tuple[Array, Array, Array]:
    """Return canonical correlations and the weight vectors of both sets, of unit variance and positive correlation."""
    own, other = covariance[:bands, :bands], covariance[bands:, bands:]
    across = covariance[:bands, bands:]
    squares, first = eigh(across @ np.linalg.solve(other, across.T), own)
    correlations = np.sqrt(np.clip(squares, 0.0, 1.0))
    second = np.linalg.solve(other, across.T) @ first
    scale = np.sqrt(np.maximum(np.einsum("ij,ik,kj->j", second, other, second), 1e-300))
    return correlations, first, second / scale


def _orthogonal_line(x: Array, y: Array, weights: Array) -> tuple[float, float]:
    """Return slope and intercept of the line with the least weighted perpendicular distances."""
    (xx, xy), (_, yy) = np.cov(x, y, aweights=weights)
    mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
    slope = (yy - xx + np.sqrt((yy - xx) ** 2 + 4 * xy**2)) / (2 * xy) if xy else 1.0
    return float(slope), float(mean_y - slope * mean_x)
