"""Composites by hand, and beside numpy, scipy and each other."""

import warnings

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from eo.errors import InvalidOption
from eo.timeseries.composites import composite, count_clear, network, stack_composites


def looks_of(*values):
    """One band, one pixel."""
    return np.array(values, np.uint16).reshape(-1, 1, 1), np.ones((len(values), 1), np.bool_)


def random_looks(count, bands, pixels, seed=1, share=0.5):
    rng = np.random.default_rng(seed)
    looks = rng.integers(1, 65_535, (count, bands, pixels)).astype(np.uint16)
    looks[rng.random(looks.shape) < 0.05] = 0
    return looks, rng.random((count, pixels)) < share


def nanmedian(looks, clear):
    """The median as numpy finds it, rounded half up; 0 where nothing is seen."""
    values = np.where(clear[:, None] & (looks != 0), looks, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = np.nanmedian(values, axis=0)
    return np.where(np.isnan(found), 0, np.floor(found + 0.5)).astype(np.uint16)


@pytest.mark.parametrize(
    ("values", "expected"),
    [((700,), 700), ((10, 30, 20), 20), ((10, 20, 30, 41), 25), ((10, 13), 12), ((0, 5), 5), ((0, 0), 0)],
)
def test_median_by_hand(values, expected):
    assert composite(*looks_of(*values))[0, 0] == expected


def test_a_hidden_look_does_not_count():
    looks, clear = looks_of(100, 9000, 300)
    clear[1] = False
    assert composite(looks, clear)[0, 0] == 200
    assert count_clear(looks, clear)[0] == 2


def test_the_largest_numbers_are_numbers():
    looks, clear = looks_of(65_535, 65_535, 1, 65_534)
    assert composite(looks, clear)[0, 0] == 65_535  # (65 534 + 65 535) / 2, half up


@pytest.mark.parametrize("count", [*range(1, 20), 31, 32, 33, 64, 72, 200])
def test_median_is_that_of_numpy(count):
    looks, clear = random_looks(count, 3, 517, seed=count)
    assert np.array_equal(composite(looks, clear), nanmedian(looks, clear))


@pytest.mark.parametrize("count", [2, 3, 5, 8, 13])
def test_the_network_sorts_every_pattern_of_zeros_and_ones(count):
    """Which proves that it sorts everything (Knuth, volume 3, 5.3.4, theorem Z)."""
    lanes = ((np.arange(2**count)[None] >> np.arange(count)[:, None]) & 1).astype(np.uint8)
    for low, high in zip(*network(count), strict=True):
        lanes[[low, high]] = np.minimum(lanes[low], lanes[high]), np.maximum(lanes[low], lanes[high])
    assert (np.diff(lanes.astype(int), axis=0) >= 0).all()


def test_medoid_is_the_look_nearest_to_all_others():
    looks, clear = random_looks(9, 4, 60, seed=3, share=0.7)
    found = composite(looks, clear, "medoid")
    for pixel in range(60):
        seen = np.flatnonzero(clear[:, pixel] & (looks[:, :, pixel] != 0).all(axis=1))
        rows = looks[seen, :, pixel].astype(float)
        expected = looks[seen[cdist(rows, rows).sum(axis=0).argmin()], :, pixel] if len(seen) else np.zeros(4)
        assert np.array_equal(found[:, pixel], expected)


def test_medoid_by_hand():
    looks = np.array([[100, 100], [110, 100], [400, 900]], np.uint16)[:, :, None]
    assert composite(looks, np.ones((3, 1), np.bool_), "medoid")[:, 0].tolist() == [110, 100]


def test_of_two_looks_the_first_is_the_medoid():
    looks = np.array([[100, 100], [110, 100]], np.uint16)[:, :, None]
    assert composite(looks, np.ones((2, 1), np.bool_), "medoid")[:, 0].tolist() == [100, 100]


def test_the_greenest_look_is_taken_whole():
    # reflectance: red 0.1, 0.05, 0.05; near infrared 0.3, 0.25, 0.45 → NDVI 0.5, 0.667, 0.8; the last is hidden
    looks = np.array([[2000, 4000, 7], [1500, 3500, 8], [1500, 5500, 9]], np.uint16)[:, :, None]
    clear = np.array([[True], [True], [False]])
    assert composite(looks, clear, "max_ndvi", red=0, near=1)[:, 0].tolist() == [1500, 3500, 8]
    clear[:] = False
    assert composite(looks, clear, "max_ndvi", red=0, near=1)[:, 0].tolist() == [0, 0, 0]


def test_the_greenest_look_needs_its_bands():
    looks, clear = looks_of(1)
    with pytest.raises(InvalidOption, match="red and near infrared"):
        composite(looks, clear, "max_ndvi", red=0)


@pytest.mark.parametrize("method", ["median", "medoid"])
def test_the_order_of_looks_does_not_matter(method):
    looks, clear = random_looks(11, 4, 300, seed=5, share=0.99)
    order = np.random.default_rng(6).permutation(11)
    assert np.array_equal(composite(looks, clear, method), composite(looks[order], clear[order], method))


def test_no_looks_are_no_data():
    assert (composite(np.empty((0, 2, 5), np.uint16), np.empty((0, 5), np.bool_)) == 0).all()


def test_counting_stops_at_255():
    looks, clear = np.ones((300, 1, 4), np.uint16), np.ones((300, 4), np.bool_)
    assert count_clear(looks, clear).tolist() == [255] * 4


def test_all_periods_at_once():
    looks, clear = random_looks(10, 2, 50, seed=8)
    period_of = np.array([0, 0, 2, 2, 2, 0, 2, -1, 2, 0])
    found, number = stack_composites(looks, clear, period_of, 3)
    for period in range(3):
        own = period_of == period
        assert np.array_equal(found[period], nanmedian(looks[own], clear[own]))
        assert np.array_equal(number[period], (clear[own] & (looks[own] != 0).any(axis=1)).sum(axis=0))
