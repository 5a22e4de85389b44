"""Kinds of change: directions of change vectors split where the split leaves the least spread.

Fisher 1958, "On grouping for maximum homogeneity", doi:10.1080/01621459.1958.10501479; the exact one-dimensional
k-means by dynamic programming, as in Wang, Song 2011, doi:10.32614/RJ-2011-015, here on a histogram.
"""

import numpy as np
from numpy.typing import NDArray


def split_directions(pixels: NDArray[np.integer], classes: int) -> NDArray[np.intp]:
    """Return the first bin of every class but the first, rising.

    Args:
        pixels: number of changed pixels per bin of direction.
        classes: how many classes are wanted; no more than there are occupied bins will come.

    Returns:
        The bounds, at most `classes` − 1 of them; a bound lies in the middle of the empty bins between two classes.
    """
    occupied = np.flatnonzero(pixels)
    classes = min(classes, len(occupied))
    if classes < 2:
        return np.empty(0, np.intp)
    starts = _optimal_starts(occupied.astype(np.float64), pixels[occupied].astype(np.float64), classes)
    return (occupied[starts] + occupied[starts - 1] + 1) // 2


def _optimal_starts(x: NDArray[np.float64], weights: NDArray[np.float64], classes: int) -> NDArray[np.intp]:
    """Return the index at which each class but the first starts, the sum of squared deviations being least."""
    spread = _spreads(x, weights)
    cost, chosen = spread[0], []
    for _ in range(classes - 1):
        totals = np.full_like(spread, np.inf)
        totals[1:] = cost[:-1, None] + spread[1:]
        chosen.append(totals.argmin(axis=0))
        cost = totals.min(axis=0)
    starts, end = [], len(x) - 1
    for start in reversed(chosen):
        starts.append(start[end])
        end = start[end] - 1
    return np.array(starts[::-1], np.intp)


def _spreads(x: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of squared deviations of items i to j, shape (i, j); infinite where j < i."""
    zero, one, two = (np.concatenate([[0.0], np.cumsum(weights * x**power)]) for power in range(3))
    own = zero[None, 1:] - zero[:-1, None]
    first = one[None, 1:] - one[:-1, None]
    second = two[None, 1:] - two[:-1, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = second - first**2 / own
    spread[np.tril_indices(len(x), -1)] = np.inf
    return np.asarray(np.maximum(spread, 0.0))
