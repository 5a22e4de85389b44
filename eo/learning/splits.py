"""Split samples so that what belongs together (a field, a tile) stays on one side."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def split_by_group(
    labels: NDArray[np.integer], groups: NDArray[np.integer] | None, shares: Sequence[float], seed: int
) -> NDArray[np.int8]:
    """Return the part of each sample: 0 for training, 1, 2, … for those whose shares are given.

    Class by class (a group's class is its commonest), whole groups in random order fill the parts until each has its
    share of the class's samples; a class of fewer groups than parts stays in training but for what is left over.

    Args:
        groups: what each sample belongs to; None where every sample stands alone.
        shares: of the samples, of the parts 1, 2, …; their sum is below 1.
    """
    own = np.arange(len(labels)) if groups is None else np.asarray(groups)
    names, group = np.unique(own, return_inverse=True)
    sizes = np.bincount(group)
    commonest = _commonest(labels, group, len(names))
    random = np.random.default_rng(seed)
    part_of = np.zeros(len(names), np.int8)
    for label in np.unique(commonest):
        members = random.permutation(np.flatnonzero(commonest == label))
        part_of[members] = _fill(sizes[members], shares)
    return part_of[group]


def _commonest(labels: NDArray[np.integer], group: NDArray[np.intp], count: int) -> NDArray[np.int64]:
    values, position = np.unique(labels, return_inverse=True)
    cell, counts = np.unique(group * len(values) + position, return_counts=True)
    order = np.lexsort((counts, cell // len(values)))
    found = np.empty(count, np.int64)
    found[cell[order] // len(values)] = cell[order] % len(values)  # the commonest is written last
    return found


def _fill(sizes: NDArray[np.intp], shares: Sequence[float]) -> NDArray[np.int8]:
    """Return the part of each group of one class; each part gets one group at least, training the first."""
    parts = np.zeros(len(sizes), np.int8)
    at, total = 1, sizes.sum()
    for part, share in enumerate(shares, 1):
        if len(sizes) - at < 1:
            break
        wanted, held, begin = share * total, 0, at
        while at < len(sizes) and (at == begin or held + sizes[at] / 2 <= wanted):
            held += sizes[at]
            parts[at] = part
            at += 1
    return parts
