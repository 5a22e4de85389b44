"""Change vectors of two dates in compressed polar form: magnitude, and direction against a reference vector.

Bovolo, Marchesi, Bruzzone 2012, "A framework for automatic and unsupervised detection of multiple changes in
multitemporal images", IEEE TGRS 50(6), doi:10.1109/TGRS.2011.2171493 (C²VA: direction against the vector of ones).
Liu, Bruzzone, Bovolo, Zanetti, Du 2015, "Sequential spectral change vector analysis for iteratively discovering and
detecting multiple changes in hyperspectral images", IEEE TGRS 53(8), doi:10.1109/TGRS.2015.2396686 (S²CVA: direction
against the first eigenvector of the covariance of the change vectors).

Change vectors are held as int16 in counts of 1/10 000 reflectance, the quantisation of the products themselves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel
from eo.optical.reflectance import NODATA, OFFSET, SATURATED, SCALE

COUNTS_PER_REFLECTANCE = 10_000
COUNTS_PER_DEGREE = 100
VECTOR_NODATA = np.int16(-32768)
POLAR_NODATA = np.uint16(65535)
_MAX_MAGNITUDE = 65534

Vectors = NDArray[np.int16]
Counts = NDArray[np.uint16]


@dataclass(frozen=True)
class ChangeSums:
    """What is gathered over all change vectors; exact integers, so the order of blocks does not matter.

    Args:
        count: number of valid pixels.
        total: sum per band, counts.
        cross: sum of products of bands, counts².
        histogram: number of pixels per magnitude in counts, shape (65535,).
    """

    count: int
    total: NDArray[np.int64]
    cross: NDArray[np.int64]
    histogram: NDArray[np.int64]

    @staticmethod
    def empty(bands: int) -> "ChangeSums":
        """Return sums over nothing."""
        return ChangeSums(
            0,
            np.zeros(bands, np.int64),
            np.zeros((bands, bands), np.int64),
            np.zeros(_MAX_MAGNITUDE + 1, np.int64),
        )

    def __add__(self, other: "ChangeSums") -> "ChangeSums":
        return ChangeSums(
            self.count + other.count,
            self.total + other.total,
            self.cross + other.cross,
            self.histogram + other.histogram,
        )

    def covariance(self) -> NDArray[np.float64]:
        """Return the covariance of the change vectors, counts², shape (band, band)."""
        mean = self.total / self.count
        return np.asarray(self.cross / self.count - np.outer(mean, mean), np.float64)


def change_vectors(before: Counts, after: Counts, gain: NDArray[np.float64], offset: NDArray[np.float64]) -> Vectors:
    """Subtract the first date from the second, after `gain` and `offset` per band have been applied to the second.

    Args:
        before: reflectance as `eo.optical.reflectance` packs it, shape (band, y, x); 0 and 65535 cannot be used.
        after: as `before`, on the same grid.
        gain: factor per band.
        offset: reflectance added per band.

    Returns:
        int16 counts, shape (band, y, x); a pixel that any band or date lacks is `VECTOR_NODATA` in every band.
    """
    vectors = np.empty(before.shape, np.int16)
    zero = -OFFSET / SCALE
    bias = zero - gain * zero + offset / SCALE
    _subtract(before, after, gain, bias, vectors)
    return vectors


def gather(vectors: Vectors) -> ChangeSums:
    """Sum up one block of change vectors."""
    sums = ChangeSums.empty(len(vectors))
    count = _gather(vectors, sums.total, sums.cross, sums.histogram)
    return ChangeSums(int(count), sums.total, sums.cross, sums.histogram)


def polar(vectors: Vectors, reference: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Return magnitude and direction of change vectors.

    Args:
        vectors: counts, shape (band, y, x).
        reference: vector of any length but zero, one number per band.

    Returns:
        Magnitude in counts of 1/10 000 reflectance, and the angle to the reference from 0 to 180° in counts of 0.01°;
        shape (y, x), `POLAR_NODATA` without data; the direction of a pixel without any change is nodata too.
    """
    magnitude = np.empty(vectors.shape[1:], np.uint16)
    direction = np.empty(vectors.shape[1:], np.uint16)
    _polar(vectors, reference / np.linalg.norm(reference), magnitude, direction)
    return magnitude, direction


def principal_direction(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit eigenvector of the largest eigenvalue, turned so that its elements sum to no less than zero."""
    vector = np.linalg.eigh(covariance)[1][:, -1]
    return np.asarray(-vector if vector.sum() < 0 else vector, np.float64)


@kernel
def _subtract(
    before: Counts, after: Counts, gain: NDArray[np.float64], bias: NDArray[np.float64], vectors: Vectors
) -> None:
    bands, height, width = before.shape
    for y in range(height):
        for x in range(width):
            usable = True
            for b in range(bands):
                first, second = before[b, y, x], after[b, y, x]
                usable &= (first != NODATA) & (first != SATURATED) & (second != NODATA) & (second != SATURATED)
                change = gain[b] * second + bias[b] - first
                vectors[b, y, x] = np.int16(round(min(max(change, -32767.0), 32767.0)))
            if not usable:
                for b in range(bands):
                    vectors[b, y, x] = VECTOR_NODATA


@kernel
def _gather(vectors: Vectors, total: NDArray[np.int64], cross: NDArray[np.int64], histogram: NDArray[np.int64]) -> int:
    bands, height, width = vectors.shape
    count = 0
    for y in range(height):
        for x in range(width):
            if vectors[0, y, x] == VECTOR_NODATA:
                continue
            count += 1
            square = np.int64(0)
            for b in range(bands):
                value = np.int64(vectors[b, y, x])
                total[b] += value
                square += value * value
                for c in range(b + 1):
                    cross[b, c] += value * np.int64(vectors[c, y, x])
            histogram[min(round(np.sqrt(square)), _MAX_MAGNITUDE)] += 1
    for b in range(bands):
        for c in range(b):
            cross[c, b] = cross[b, c]
    return count


@kernel
def _polar(vectors: Vectors, unit: NDArray[np.float64], magnitude: Counts, direction: Counts) -> None:
    bands, height, width = vectors.shape
    for y in range(height):
        for x in range(width):
            magnitude[y, x] = POLAR_NODATA
            direction[y, x] = POLAR_NODATA
            if vectors[0, y, x] == VECTOR_NODATA:
                continue
            square = np.int64(0)
            along = 0.0
            for b in range(bands):
                value = np.int64(vectors[b, y, x])
                square += value * value
                along += value * unit[b]
            length = np.sqrt(square)
            magnitude[y, x] = np.uint16(min(round(length), _MAX_MAGNITUDE))
            if square > 0:
                angle_deg = np.degrees(np.arccos(min(max(along / length, -1.0), 1.0)))
                direction[y, x] = np.uint16(round(angle_deg * COUNTS_PER_DEGREE))
