"""The model of the made crops: a linear Gaussian one per class, so that Bayes' rule for it can be computed exactly.

A clear look at day d of a sample of class c is

    mean_c(d) + loadings_c(d) · z + residual(d) + noise

with z standard normal (the field's shift in time, its vigour, its soil, what grows between crops, how much it looks
like other crops of its kind; and the same for the tile, which all its samples share), `residual` a Gaussian process of
first order in time, correlated over the bands (what a field does that no calendar says), and `noise` of the look (sun
and view angle, air). A shift in time is taken to first order, which keeps the model linear.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eo.timeseries.made_phenology import DAYS, DRY, GREEN, KINDS, SOIL, at_days, bump, cover, leaf, mean_spectrum
from eo.timeseries.timesen2crop import PUBLISHED_COUNTS, is_other_year

Array = NDArray[np.float64]
SHARES = np.array(PUBLISHED_COUNTS) / sum(PUBLISHED_COUNTS)
TILE_FACTORS = 3
RESEMBLANCE = 0.36
"""How far a field departs along what each crop of its kind differs by from the kind's mean, as a share of that: one
standard deviation. It is what keeps classes from being told apart, however often a field is looked at."""
FIELD_SHIFT_DAYS, SENESCENCE_SHIFT_DAYS = 7.0, 5.0
TILE_SHIFT_DAYS, YEAR_SHIFT_DAYS = 2.5, 3.0
RESIDUAL_DAYS = 25.0
"""How long a field's departure lasts: its correlation is exp(-days / this)."""
RESIDUAL = 0.12
_RESIDUAL_BANDS = 0.11 * (0.5 * SOIL + 0.5 * GREEN)
_RESIDUAL_GREEN = 0.11 * (GREEN - SOIL)
_RESIDUAL_WET = 0.10 * SOIL
NOISE = 0.003
HAZE = 0.004 * np.array([1.0, 0.85, 0.75, 0.65, 0.5, 0.45, 0.4, 0.3, 0.25])
ANGLE = 0.007 * np.array([0.1, 0.2, 0.25, 0.35, 0.7, 0.9, 1.0, 0.8, 0.6])


def noise_covariance() -> Array:
    """Return (9, 9) the covariance of one look that it shares with no other."""
    return NOISE**2 * np.eye(len(HAZE)) + np.outer(HAZE, HAZE) + np.outer(ANGLE, ANGLE)


def residual_covariance() -> Array:
    """Return (9, 9) the covariance over the bands of the residual on one day."""
    parts = np.diag(_RESIDUAL_BANDS**2)
    for direction in (_RESIDUAL_GREEN, _RESIDUAL_WET):
        parts = parts + np.outer(direction, direction)
    return RESIDUAL**2 * parts


def residual_memory(day: Array) -> Array:
    """Return (days) the correlation of the residual of each day with that of the one before it; 0 for the first."""
    return np.concatenate([[0.0], np.exp(-np.diff(day) / RESIDUAL_DAYS)])


@lru_cache(maxsize=1)
def channels() -> tuple[Array, Array]:
    """Return (9, 9) W and (9) variances: W·x has noise of covariance 1 and a residual independent by channel."""
    root = np.linalg.inv(np.linalg.cholesky(noise_covariance()))
    variances, vectors = np.linalg.eigh(root @ residual_covariance() @ root.T)
    return vectors.T @ root, np.maximum(variances, 0.0)


def mean_at(position: int, day: Array) -> Array:
    """Return (days, 9) the mean reflectance of the class at `position`."""
    return at_days(mean_spectrum(position), day)


@lru_cache(maxsize=32)
def loadings(position: int, tile: str) -> Array:
    """Return (days of `DAYS`, 9, factors) what one unit of each factor adds.

    The factors are of the field, then of the tile, then of another year; they are the same for all crops of a kind,
    taken from the mean of these.
    """
    kind = next(k for k in KINDS if position in k)
    green, dry = (np.mean([cover(p)[i] for p in kind], axis=0) for i in (0, 1))
    middle = np.mean([mean_spectrum(p) for p in kind], axis=0)
    slope = np.gradient(middle, DAYS, axis=0)
    plant = green[:, None] * (np.mean([leaf(p) for p in kind], axis=0) - SOIL)
    soil = (1.0 - green - dry)[:, None] * SOIL
    late = 1.0 / (1.0 + np.exp(-(DAYS - 272.0) / 6.0))
    near = np.array([0, 0, 0, 0.2, 0.7, 0.9, 1.0, 0.3, 0.1]) * GREEN
    shortwave = np.array([0, 0, 0.1, 0.1, 0, 0, 0, 1.0, 0.9]) * GREEN
    weeds = GREEN - SOIL
    field = [
        -FIELD_SHIFT_DAYS * slope,
        -SENESCENCE_SHIFT_DAYS * late[:, None] * slope,
        0.10 * plant,
        0.22 * soil,
        0.09 * green[:, None] * near,
        0.12 * green[:, None] * shortwave,
        0.16 * bump(DAYS, 48, 32)[:, None] * weeds,
        0.06 * bump(DAYS, 205, 22)[:, None] * weeds,
        0.09 * bump(DAYS, 338, 20)[:, None] * (weeds + 0.2 * (DRY - SOIL)),
        *(RESEMBLANCE * (mean_spectrum(p) - middle) for p in kind),
    ]
    shared = [-TILE_SHIFT_DAYS * slope, 0.04 * plant, 0.10 * soil, -YEAR_SHIFT_DAYS * slope]
    return np.stack([*field, *shared[: shared_factors(tile)]], axis=2)


def loadings_at(position: int, day: Array, tile: str) -> Array:
    """Return (days, 9, factors) the loadings on some days."""
    return at_days(loadings(position, tile), day)


def shared_factors(tile: str) -> int:
    """Return how many factors all samples of a tile share: that of the year only on one of another year."""
    return TILE_FACTORS + is_other_year(tile)
