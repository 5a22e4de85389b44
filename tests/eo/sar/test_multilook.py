import numpy as np
import pytest

from eo.errors import InvalidWindow, NotEnoughData
from eo.sar.multilook import equivalent_looks, multilook

NAN = np.nan


def test_cells_by_hand():
    values = np.array([[1, 3, 5, NAN, 9], [2, 6, NAN, NAN, 9], [NAN, NAN, 1, 2, 9], [NAN, np.inf, 3, 4, 9]], np.float32)
    np.testing.assert_array_equal(multilook(values, 2, 2), np.array([[3, 5], [NAN, 2.5]], np.float32))
    np.testing.assert_array_equal(multilook(values, 1, 5)[0], np.array([4.5], np.float32))
    np.testing.assert_array_equal(multilook(values, 4, 2), np.array([[3, 3]], np.float32))


def test_looks_multiply_and_the_mean_stays():
    values = np.random.default_rng(1).gamma(1, 1, (800, 1200)).astype(np.float32)
    out = multilook(values, 4, 5)
    assert out.shape == (200, 240)
    assert out.mean(dtype=float) == pytest.approx(values.mean(dtype=float), rel=1e-6)
    assert equivalent_looks(values) == pytest.approx(1, rel=0.01)
    assert equivalent_looks(out) == pytest.approx(20, rel=0.03)


def test_looks_by_hand():
    assert equivalent_looks(np.array([[1, 3, NAN]], np.float32)) == 4  # mean 2, variance 1
    assert equivalent_looks(np.ones((2, 2), np.float32)) == np.inf


@pytest.mark.parametrize(
    ("rows", "columns", "message"), [(0, 1, "A cell has 0 rows; 1 to 2"), (1, 4, "A cell has 4 col")]
)
def test_a_cell_that_cannot_be(rows, columns, message):
    with pytest.raises(InvalidWindow, match=message):
        multilook(np.ones((2, 3), np.float32), rows, columns)


def test_too_little_for_looks():
    with pytest.raises(NotEnoughData, match="1 pixels are valid"):
        equivalent_looks(np.array([1, NAN], np.float32))
