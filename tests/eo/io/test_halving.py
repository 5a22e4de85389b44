"""Halved images against means worked by hand and by numpy."""

import numpy as np
import pytest

from eo.io.halving import halved


def test_by_hand() -> None:
    values = np.array([[1, 2, 9], [4, 0, 0], [7, 0, 5]], np.uint16)
    assert halved(values, 0, averages=True).tolist() == [[2, 9], [7, 5]]  # 7/3, 9, 7, 5
    assert halved(values, None, averages=True).tolist() == [[2, 5], [4, 5]]  # 7/4, 9/2, 7/2, 5
    assert halved(values, 0, averages=False).tolist() == [[1, 9], [7, 5]]


def test_nan_is_left_out() -> None:
    values = np.array([[[1, np.nan], [np.nan, 2]], [[np.nan] * 2] * 2], np.float32)
    assert np.array_equal(halved(values, np.nan, averages=True), [[[1.5]], [[np.nan]]], equal_nan=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_means_as_numpy_has_them(dtype: type) -> None:
    values = np.random.default_rng(2).integers(0, 100, (3, 64, 50)).astype(dtype)
    expected = values.reshape(3, 32, 2, 25, 2).mean((2, 4))
    found = halved(values, None, averages=True)
    assert found.dtype == dtype
    assert np.abs(found - expected).max() <= (0.5 if np.issubdtype(dtype, np.integer) else 1e-5)
