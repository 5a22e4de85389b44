"""From what was gathered over the pair to what counts as change, and of which kind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eo.optical.change_vector import (
    COUNTS_PER_DEGREE,
    COUNTS_PER_REFLECTANCE,
    POLAR_NODATA,
    ChangeSums,
    Counts,
    principal_direction,
)
from eo.optical.direction_classes import split_directions
from eo.optical.expectation_maximisation import Mixture, fit_mixture
from eo.optical.patches import drop_small_patches, merge_small_kinds
from services.s2_change_detection import ChangeDetectionParams

UNCHANGED = np.uint16(65534)
CLASS_NODATA = np.uint8(255)
PERCENT_NODATA = np.uint8(255)
_COUNTS_PER_BIN = COUNTS_PER_DEGREE // 10
_BINS = 180 * COUNTS_PER_DEGREE // _COUNTS_PER_BIN + 1


@dataclass(frozen=True)
class Decision:
    """What makes a pixel changed.

    Args:
        reference: unit vector of the directions.
        mixture: the two populations found.
        threshold: least magnitude of a changed pixel in counts; 65535 where nothing has changed.
        percent: probability of change per magnitude count, whole percent rounded down, 255 for nodata.
    """

    reference: NDArray[np.float64]
    mixture: Mixture
    threshold: int
    percent: NDArray[np.uint8]

    @property
    def threshold_reflectance(self) -> float | None:
        """Least magnitude of a changed pixel; None where nothing has changed."""
        return None if self.threshold == POLAR_NODATA else self.threshold / COUNTS_PER_REFLECTANCE


@dataclass(frozen=True)
class Kinds:
    """The class raster (0 no change, 1… kinds, 255 nodata) and the bounds between kinds in degrees, 0 and 180 in."""

    classes: NDArray[np.uint8]
    bounds_deg: tuple[float, ...]


def decide(sums: ChangeSums, params: ChangeDetectionParams) -> Decision:
    """Fit the mixture and say from which magnitude on a pixel is changed.

    Raises:
        NotEnoughData: too few pixels are valid on both dates.
    """
    top = int(np.flatnonzero(sums.histogram)[-1]) + 2 if sums.count else 2
    magnitudes = np.arange(top) / COUNTS_PER_REFLECTANCE
    mixture = fit_mixture(magnitudes, sums.histogram[:top], params.unchanged_law)
    posterior = np.append(mixture.posterior, np.full(int(POLAR_NODATA) - top, mixture.posterior[-1]))
    least = round(params.minimum_magnitude * COUNTS_PER_REFLECTANCE)
    changed = (posterior >= params.level_confidence) & (np.arange(len(posterior)) >= max(least, 1))
    threshold = int(changed.argmax()) if changed.any() else int(POLAR_NODATA)
    percent = np.append(np.floor(posterior * 100 + 1e-9).astype(np.uint8), PERCENT_NODATA)
    return Decision(reference_of(params, sums), mixture, threshold, percent)


def reference_of(params: ChangeDetectionParams, sums: ChangeSums) -> NDArray[np.float64]:
    """Return the unit vector that directions are measured against."""
    if params.reference_vector == "pca":
        return principal_direction(sums.covariance())
    given = params.reference_vector
    numbers = np.ones(len(sums.total)) if given == "ones" else np.array([float(part) for part in given.split(",")])
    return np.asarray(numbers / np.linalg.norm(numbers), np.float64)


def tell_kinds(directions: Counts, classes: int, min_pixels: int) -> Kinds:
    """Drop small patches, split the directions of what stays, merge small patches of a kind.

    Args:
        directions: of every changed pixel in counts of 0.01°; `UNCHANGED` and `POLAR_NODATA` elsewhere.
        classes: how many kinds are wanted.
        min_pixels: minimum mapping unit.
    """
    changed = _table(1)[directions]
    changed = drop_small_patches(changed, min_pixels)
    bins = np.bincount(directions[changed == 1] // _COUNTS_PER_BIN, minlength=_BINS)
    bounds = split_directions(bins, classes) * _COUNTS_PER_BIN
    result = _table(1 + np.searchsorted(bounds, np.arange(65536), side="right"))[directions]
    result[changed == 0] = 0
    edges = (0.0, *(bounds / COUNTS_PER_DEGREE).tolist(), 180.0)
    return Kinds(merge_small_kinds(result, min_pixels), edges)


def _table(kind: NDArray[np.integer] | int) -> NDArray[np.uint8]:
    """Return the class by direction count: the kind where changed, else no change or nodata."""
    table = np.full(65536, kind, np.uint8)
    table[UNCHANGED], table[POLAR_NODATA] = 0, CLASS_NODATA
    return table
