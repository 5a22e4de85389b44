"""Patches by hand and against scipy; the minimum mapping unit."""

import numpy as np
from scipy import ndimage

from eo.optical.patches import drop_small_patches, label_patches, merge_small_kinds, patch_sizes, sum_by_patch


def rows(*lines: str) -> np.ndarray:
    return np.array([[255 if c == "x" else int(c) for c in line] for line in lines], np.uint8)


def test_labels_follow_edges_not_corners() -> None:
    labels, count = label_patches(rows("1100", "0011", "2211"))
    assert count == 3
    assert labels.tolist() == [[1, 1, 0, 0], [0, 0, 2, 2], [3, 3, 2, 2]]


def test_arms_that_meet_later_are_one_patch() -> None:
    labels, count = label_patches(rows("10101", "10101", "11111"))
    assert count == 1
    assert set(labels.ravel()) == {0, 1}


def test_nodata_is_no_patch() -> None:
    assert label_patches(rows("xx1", "x11"))[0].tolist() == [[0, 0, 1], [0, 1, 1]]


def test_labels_against_scipy_class_by_class() -> None:
    classes = np.random.default_rng(4).choice(np.array([0, 1, 2, 255], np.uint8), (300, 200), p=[0.3, 0.4, 0.2, 0.1])
    labels, count = label_patches(classes)
    per_class = [ndimage.label(classes == c) for c in (1, 2)]
    assert count == sum(found for _, found in per_class)
    for own, found in per_class:
        pairs = {(a, b) for a, b in zip(own[own > 0], labels[own > 0], strict=True)}
        assert len(pairs) == found
    assert sorted(set(labels.ravel())) == list(range(count + 1))


def test_small_patches_go_and_large_ones_stay() -> None:
    before = rows("11000", "11020", "00000", "x0022")
    assert drop_small_patches(before, 4).tolist() == rows("11000", "11000", "00000", "x0000").tolist()


def test_kinds_count_together_against_the_limit() -> None:
    before = rows("00000", "01120", "00000")
    assert drop_small_patches(before, 3).tolist() == before.tolist()


def test_a_small_kind_takes_that_of_its_largest_neighbour() -> None:
    assert merge_small_kinds(rows("11111", "11211", "00x00"), 3).tolist() == rows("11111", "11111", "00x00").tolist()


def test_one_pixel_is_no_limit() -> None:
    before = rows("10", "02")
    assert drop_small_patches(before, 1) is before
    assert merge_small_kinds(before, 1) is before


def test_nothing_changed_stays_so() -> None:
    before = rows("00", "0x")
    assert drop_small_patches(before, 4).tolist() == before.tolist()
    assert merge_small_kinds(before, 4).tolist() == before.tolist()


def test_sizes_and_sums_per_patch() -> None:
    labels, count = label_patches(rows("110", "002"))
    sums = np.zeros(count + 1, np.int64)
    sum_by_patch(labels, np.array([[10, 20, 65535], [65535, 65535, 7]], np.uint16), sums)
    assert patch_sizes(labels, count).tolist() == [3, 2, 1]
    assert sums.tolist() == [0, 30, 7]
