"""Rounding of mantissas: errors against the bound, and what has no digits to lose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eo.io.mantissa import rounded


def test_by_hand() -> None:
    """With two bits there are 1, 1.25, 1.5 and 1.75 between one and two."""
    values = np.array([1.0, 1.1, 1.125, 1.2, 1.6, 1.9, -1.1, 0.0, -0.0], np.float32)
    assert rounded(values, 2).tolist() == [1.0, 1.0, 1.25, 1.25, 1.5, 2.0, -1.0, 0.0, -0.0]


def test_what_is_no_number_stays() -> None:
    values = np.array([[np.nan, np.inf], [-np.inf, 3.0]], np.float32)
    assert np.array_equal(rounded(values, 15), values, equal_nan=True)


@pytest.mark.parametrize("bits", [8, 15])
@given(values=arrays(np.float32, 16, elements=st.floats(2.0**-126, 2.0**120, width=32)))
def test_error_and_digits(bits: int, values: np.ndarray) -> None:
    found = rounded(values, bits)
    assert (np.abs(found.astype(float) / values.astype(float) - 1) <= 2.0 ** -(bits + 1)).all()
    assert not (found.view(np.uint32) & (2 ** (23 - bits) - 1)).any()
