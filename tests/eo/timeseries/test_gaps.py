"""Filling of gaps by hand, and beside numpy."""

import numpy as np

from eo.timeseries.gaps import Fill, fill_gaps


def filled(values, middles, limit_days, hold=True):
    stack = np.array(values, np.uint16).reshape(-1, 1, 1)
    state = fill_gaps(stack, np.array(middles, float), limit_days, hold=hold)
    return stack.ravel().tolist(), [Fill(s).name[0] for s in state.ravel()]


def test_linear_in_time():
    assert filled([100, 0, 0, 400], [0, 10, 20, 30], 30) == ([100, 200, 300, 400], list("OIIO"))
    assert filled([100, 0, 200], [0, 10, 40], 30) == ([100, 125, 200], list("OIO"))  # a quarter of the way


def test_halves_are_rounded_up():
    assert filled([100, 0, 101], [0, 1, 2], 9)[0] == [100, 101, 101]


def test_the_limit_is_to_either_side():
    assert filled([100, 0, 200], [0, 10, 41], 30) == ([100, 0, 200], list("ONO"))
    assert filled([100, 0, 200], [0, 10, 40], 30)[1] == list("OIO")


def test_ends_are_held_within_the_limit():
    assert filled([0, 0, 300, 0], [0, 31, 59, 90], 31) == ([0, 300, 300, 300], list("NHOH"))
    assert filled([0, 0, 300, 0], [0, 31, 59, 90], 31, hold=False) == ([0, 0, 300, 0], list("NNON"))


def test_nothing_seen_stays_nothing():
    assert filled([0, 0, 0], [0, 30, 60], 1000) == ([0, 0, 0], list("NNN"))


def test_beside_numpy():
    rng = np.random.default_rng(4)
    middles = np.cumsum(rng.integers(5, 40, 12)).astype(float)
    stack = rng.integers(1, 65_000, (12, 3, 200)).astype(np.uint16)
    stack.transpose(1, 0, 2)[:, rng.random((12, 200)) < 0.5] = 0
    before = stack.copy()
    state = fill_gaps(stack, middles, 1e9)
    for pixel in range(200):
        there = before[:, 0, pixel] != 0
        if not there.any():
            continue
        for band in range(3):
            expected = np.interp(middles, middles[there], before[there, band, pixel].astype(float))
            assert np.abs(stack[:, band, pixel] - expected).max() <= 0.5 + 1e-6
        assert np.array_equal(state[:, pixel] == Fill.OBSERVED, there)
