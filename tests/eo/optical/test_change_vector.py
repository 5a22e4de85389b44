"""Magnitude and angle of change vectors, by hand and against numpy."""

import math

import numpy as np
import pytest

from eo.optical.change_vector import (
    POLAR_NODATA,
    VECTOR_NODATA,
    ChangeSums,
    change_vectors,
    gather,
    polar,
    principal_direction,
)

SAME = (np.ones(2), np.zeros(2))
GONE, SATURATED = 0, 65535


def two_bands(*pixels: tuple[float, float]) -> np.ndarray:
    """Return reflectance as it is packed: counts of 1/10 000 above -0.1."""
    return np.array([[round((v + 0.1) * 10_000) for v in p] for p in pixels], np.uint16).T[:, None, :]


def counts(*pixels: tuple[int, int]) -> np.ndarray:
    return np.array(pixels, np.int16).T[:, None, :]


def test_change_vector_is_second_minus_first_in_counts() -> None:
    vectors = change_vectors(two_bands((0.10, 0.20)), two_bands((0.13, 0.16)), *SAME)
    assert vectors[:, 0, 0].tolist() == [300, -400]


def test_gain_and_offset_are_applied_to_the_second_date() -> None:
    vectors = change_vectors(two_bands((0.10, 0.20)), two_bands((0.10, 0.20)), np.array([2.0, 1]), np.array([0, -0.05]))
    assert vectors[:, 0, 0].tolist() == [1000, -500]


@pytest.mark.parametrize("missing", [GONE, SATURATED])
def test_one_missing_value_makes_the_pixel_nodata_in_every_band(missing: int) -> None:
    before, after = two_bands((0.1, 0.1), (0.1, 0.1), (0.1, 0.1)), two_bands((0.2, 0.2), (0.2, 0.2), (0.2, 0.2))
    before[1, 0, 0] = missing
    after[0, 0, 1] = missing
    vectors = change_vectors(before, after, *SAME)
    assert (vectors[:, 0, :2] == VECTOR_NODATA).all()
    assert vectors[:, 0, 2].tolist() == [1000, 1000]


def test_change_beyond_the_stored_range_is_clipped() -> None:
    assert change_vectors(two_bands((0, 5)), two_bands((5, 0)), *SAME)[:, 0, 0].tolist() == [32767, -32767]


@pytest.mark.parametrize(
    ("vector", "magnitude", "angle_deg"),
    [
        ((300, 400), 500, math.degrees(math.acos(700 / (500 * math.sqrt(2))))),  # 8.13°
        ((500, 500), 707, 0.0),
        ((-500, -500), 707, 180.0),
        ((300, -300), 424, 90.0),
        ((1000, 0), 1000, 45.0),
        ((0, -1000), 1000, 135.0),
    ],
)
def test_polar_form_by_hand(vector: tuple[int, int], magnitude: int, angle_deg: float) -> None:
    found, direction = polar(counts(vector), np.ones(2))
    assert found[0, 0] == magnitude
    assert direction[0, 0] == round(angle_deg * 100)


def test_direction_is_the_angle_to_the_given_reference_of_any_length() -> None:
    _, direction = polar(counts((700, 0), (0, 700), (-700, 0)), np.array([25.0, 0.0]))
    assert direction[0].tolist() == [0, 9000, 18000]


def test_no_change_has_magnitude_zero_and_no_direction() -> None:
    magnitude, direction = polar(counts((0, 0)), np.ones(2))
    assert (magnitude[0, 0], direction[0, 0]) == (0, POLAR_NODATA)


def test_nodata_stays_nodata() -> None:
    magnitude, direction = polar(np.full((2, 1, 1), VECTOR_NODATA), np.ones(2))
    assert (magnitude[0, 0], direction[0, 0]) == (POLAR_NODATA, POLAR_NODATA)


def test_polar_form_against_numpy_in_five_bands() -> None:
    vectors = np.random.default_rng(1).normal(0, 900, (5, 40, 50)).astype(np.int16)
    reference = np.array([0.2, -1, 0.5, 2, 0])
    magnitude, direction = polar(vectors, reference)
    length = np.linalg.norm(vectors.astype(float), axis=0)
    cosine = np.tensordot(reference / np.linalg.norm(reference), vectors.astype(float), 1) / length
    np.testing.assert_allclose(magnitude, length, atol=0.5)
    np.testing.assert_allclose(direction / 100, np.degrees(np.arccos(cosine)), atol=0.006)


def test_sums_of_blocks_add_up_to_numpy_s_covariance() -> None:
    vectors = np.random.default_rng(2).normal(30, 900, (4, 60, 50)).astype(np.int16)
    vectors[:, 5, 5] = VECTOR_NODATA
    sums = ChangeSums.empty(4) + gather(vectors[:, :25]) + gather(vectors[:, 25:])
    valid = vectors.reshape(4, -1)[:, (vectors[0] != VECTOR_NODATA).ravel()].astype(float)
    assert sums.count == 2999
    np.testing.assert_allclose(sums.covariance(), np.cov(valid, bias=True), rtol=1e-9)
    assert sums.histogram.sum() == 2999
    assert sums.histogram[round(np.linalg.norm(vectors[:, 0, 0].astype(float)))] >= 1


def test_principal_direction_is_numpy_s_first_eigenvector() -> None:
    rng = np.random.default_rng(3)
    axis = np.array([1.0, 2, -1, 0.5]) / np.linalg.norm([1.0, 2, -1, 0.5])
    vectors = rng.normal(0, 10, (4, 100, 100)) + axis[:, None, None] * rng.normal(0, 800, (100, 100))
    sums = gather(vectors.astype(np.int16))
    found = principal_direction(sums.covariance())
    _, _, rows = np.linalg.svd(vectors.reshape(4, -1).T - vectors.reshape(4, -1).mean(axis=1), full_matrices=False)
    assert abs(found @ rows[0]) == pytest.approx(1, abs=1e-6)
    assert found @ axis == pytest.approx(1, abs=1e-3)
    assert found.sum() > 0
