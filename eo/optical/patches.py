"""Patches: connected pixels of one value, and what becomes of those below the minimum mapping unit.

Neighbours share an edge, so that a patch and its polygon are the same. Labelling keeps to two passes with union–find
(Rosenfeld, Pfaltz 1966, doi:10.1145/321356.321357). In a class raster 0 is background.
"""

import numpy as np
from numpy.typing import NDArray
from rasterio.features import sieve

from eo.kernel import kernel

Classes = NDArray[np.uint8]


def label_patches(classes: Classes, nodata: int = 255) -> tuple[NDArray[np.int32], int]:
    """Number the patches of equal class.

    Args:
        classes: 0 is background, `nodata` too; shape (y, x).

    Returns:
        Labels from 1 in order of first appearance, row by row, 0 for background; and how many there are.
    """
    labels = np.zeros(classes.shape, np.int32)
    parents = np.zeros(_most_labels(classes, nodata) + 1, np.int32)
    used = _first_pass(classes, nodata, labels, parents)
    count = _flatten(parents, used)
    _relabel(labels, parents)
    return labels, int(count)


def drop_small_patches(classes: Classes, min_pixels: int, nodata: int = 255) -> Classes:
    """Return the classes without the patches of change, of whatever kinds together, below `min_pixels`."""
    if min_pixels < 2:
        return classes
    anything = np.ones(256, np.uint8)
    anything[[0, nodata]] = 0
    labels, count = label_patches(anything[classes])
    stays = patch_sizes(labels, count) >= min_pixels
    stays[0] = True
    return np.where(stays[labels], classes, np.uint8(0))


def merge_small_kinds(classes: Classes, min_pixels: int, nodata: int = 255) -> Classes:
    """Return the classes where a kind's patch below `min_pixels` has taken the kind of its largest neighbour.

    A patch without a neighbour of another kind stays. The filter is GDAL's sieve.
    """
    changed = (classes != nodata) & (classes != 0)
    if min_pixels < 2 or not changed.any():
        return classes
    merged: Classes = sieve(classes, min_pixels, mask=changed, connectivity=4)
    return np.where(changed, merged, classes)


def patch_sizes(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the number of pixels per label, from label 0 to `count`."""
    sizes = np.zeros(count + 1, np.int64)
    _count(labels, sizes)
    return sizes


def sum_by_patch(labels: NDArray[np.integer], values: NDArray[np.integer], sums: NDArray[np.int64]) -> None:
    """Add the values of one block to the sums per label; every labelled pixel has to have a value."""
    _sum(labels, values, sums)


@kernel
def _count(labels: NDArray[np.int32], sizes: NDArray[np.int64]) -> None:
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            sizes[labels[y, x]] += 1


@kernel
def _sum(labels: NDArray[np.integer], values: NDArray[np.integer], sums: NDArray[np.int64]) -> None:
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            if labels[y, x] > 0:
                sums[labels[y, x]] += values[y, x]


@kernel
def _most_labels(classes: Classes, nodata: int) -> int:
    """Count the runs along rows: no more provisional labels than those can arise."""
    runs = 0
    for y in range(classes.shape[0]):
        before = 0
        for x in range(classes.shape[1]):
            value = classes[y, x]
            if value not in (0, nodata) and value != before:
                runs += 1
            before = value
    return runs


@kernel
def _root(parents: NDArray[np.int32], label: int) -> int:
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label


@kernel
def _first_pass(classes: Classes, nodata: int, labels: NDArray[np.int32], parents: NDArray[np.int32]) -> int:
    used = 0
    for y in range(classes.shape[0]):
        for x in range(classes.shape[1]):
            value = classes[y, x]
            if value in (0, nodata):
                continue
            left = labels[y, x - 1] if x > 0 and classes[y, x - 1] == value else 0
            above = labels[y - 1, x] if y > 0 and classes[y - 1, x] == value else 0
            if left == 0 and above == 0:
                used += 1
                parents[used] = used
                labels[y, x] = used
            elif left == 0 or above == 0 or left == above:
                labels[y, x] = max(left, above)
            else:
                one, other = _root(parents, left), _root(parents, above)
                parents[max(one, other)] = min(one, other)
                labels[y, x] = min(one, other)
    return used


@kernel
def _flatten(parents: NDArray[np.int32], used: int) -> int:
    """Turn parents into final labels; a parent is never greater than its child, so one pass upwards does."""
    count = 0
    for label in range(1, used + 1):
        if parents[label] == label:
            count += 1
            parents[label] = count
        else:
            parents[label] = parents[parents[label]]
    return count


@kernel
def _relabel(labels: NDArray[np.int32], parents: NDArray[np.int32]) -> None:
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            labels[y, x] = parents[labels[y, x]]
