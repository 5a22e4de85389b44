import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from eo.optical.masks import (
    MASK_COLOURS,
    MASK_TITLES,
    SCL_COLOURS,
    SCL_TITLES,
    MaskClass,
    dilate,
    from_classification,
    from_probability,
    from_scene_classification,
    from_theia_bits,
    widen_clouds,
)


def row(*values):
    return np.array([values], np.uint8)


def test_scene_classes_keep_their_meaning_and_only_the_chosen_ones_are_masked():
    scl = row(0, 3, 4, 6, 8, 9, 10, 11)
    assert from_scene_classification(scl, (3, 8, 9, 10)).tolist() == [[1, 3, 1, 1, 2, 2, 4, 1]]
    assert from_scene_classification(scl, (9, 11)).tolist() == [[1, 1, 1, 1, 1, 2, 1, 5]]


def test_probability_at_the_threshold_is_cloud():
    assert from_probability(row(0, 39, 40, 100), 40).tolist() == [[1, 1, 2, 2]]


def test_opaque_goes_over_cirrus():
    assert from_classification(row(0, 1, 0, 1), row(0, 0, 1, 1)).tolist() == [[1, 2, 4, 2]]


def test_bits_of_theia():
    # 131 = 1 + 2 + 128: all clouds, high; 64 and 32 shadows; 16 the thinnest clouds; 1 alone says nothing by itself
    assert from_theia_bits(row(0, 131, 64, 33, 17, 128, 139)).tolist() == [[1, 2, 3, 3, 4, 4, 2]]


@pytest.mark.parametrize("radius", [0, 0.9, 1, 1.5, 3.6, 10])
def test_dilation_is_a_threshold_on_the_euclidean_distance(radius):
    mask = np.random.default_rng(1).random((90, 130)) < 0.004
    assert np.array_equal(dilate(mask, radius, radius), distance_transform_edt(~mask) <= radius + 1e-9)


def test_dilation_of_oblong_pixels_is_an_ellipse():
    mask = np.random.default_rng(2).random((90, 130)) < 0.004
    expected = distance_transform_edt(~mask, sampling=(1 / 6.0, 1 / 2.5)) <= 1 + 1e-9
    assert np.array_equal(dilate(mask, 2.5, 6.0), expected)


def test_an_empty_mask_stays_empty():
    assert not dilate(np.zeros((5, 7), bool), 3, 3).any()


def test_a_margin_in_metres():
    mask = row(1, 1, 1, 3, 1, 1, 5, 1)
    assert widen_clouds(mask, 20, (10, 10)).tolist() == [[1, 2, 2, 3, 2, 2, 5, 1]]  # other classes get no margin
    assert widen_clouds(mask, 20, (20, 20)).tolist() == [[1, 1, 2, 3, 2, 1, 5, 1]]
    assert widen_clouds(mask, 0, (10, 10)) is mask


def test_each_class_has_a_name_and_a_colour():
    assert set(MASK_TITLES) == set(MASK_COLOURS) == set(MaskClass)
    assert set(SCL_TITLES) == set(SCL_COLOURS) == set(range(12))
    assert len(set(SCL_COLOURS.values())) == 12
