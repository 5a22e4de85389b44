import numpy as np
import pytest
from scipy.stats import gamma
from slow_speckle import by_pixel, lee_sigma, targets

from eo.sar.speckle.filters import SpeckleFilter, filter_speckle
from eo.sar.speckle.lee_sigma import find_targets, sigma_range, target_level

LOOKS = 4.4


# Lee et al. 2009, table I (one look), and its last column, the standard deviation.
@pytest.mark.parametrize(
    ("sigma", "low", "high", "std"),
    [
        (0.5, 0.436, 1.920, 0.4057),
        (0.7, 0.254, 2.582, 0.5911),
        (0.8, 0.168, 3.094, 0.6966),
        (0.9, 0.084, 3.941, 0.8191),
    ],
)
def test_the_range_is_the_paper_s(sigma, low, high, std):
    found = sigma_range(1, sigma)
    assert found.low == pytest.approx(low, abs=0.001)
    assert found.high == pytest.approx(high, rel=0.005)
    assert found.variance**0.5 == pytest.approx(std, abs=0.0005)


@pytest.mark.parametrize("looks", [0.8, 4.4, 130])
@pytest.mark.parametrize("sigma", [0.5, 0.9])
def test_the_range_holds_its_share_and_keeps_the_mean(looks, sigma):
    low, high, variance = sigma_range(looks, sigma)
    law = gamma(looks, scale=1 / looks)
    assert law.cdf(high) - law.cdf(low) == pytest.approx(sigma, rel=1e-9)
    assert law.expect(lb=low, ub=high, conditional=True) == pytest.approx(1, rel=1e-7)
    assert law.expect(lambda v: (v - 1) ** 2, lb=low, ub=high, conditional=True) == pytest.approx(variance, rel=1e-6)


def test_targets_by_hand():
    values = np.ones((7, 8), np.float32)
    values[1:4, 1:3] = 9  # six together: a target
    values[4:6, 5:7] = 9  # four: not
    marked = np.ones((7, 8), bool) & (values == 9)
    marked[4:6, 5:7] = False
    assert np.array_equal(find_targets(values, 5.0), marked)
    assert not find_targets(values, 9.0).any()


@pytest.mark.parametrize("window", [3, 7, 9])
def test_it_is_the_slow_one(scene, window):
    bounds = sigma_range(LOOKS, 0.8)
    expected = by_pixel(
        scene, window + 2 * (window == 3), lambda value, pixels, _: estimate(value, pixels, window, bounds)
    )
    kept = targets(scene, 50.0)
    assert kept.sum() == 9 - np.isnan(scene[20:23, 20:23]).sum()
    out = filter_speckle(scene, SpeckleFilter("lee_sigma", window=window, looks=LOOKS, sigma=0.8, target_level=50.0))
    np.testing.assert_allclose(out, np.where(kept, scene, expected), rtol=1e-5)


def estimate(value, pixels, window, bounds):
    inner = pixels[1:-1, 1:-1] if window < pixels.shape[0] else pixels
    return lee_sigma(value, inner, LOOKS, bounds)


def test_a_bright_point_survives(speckle):
    values = speckle[:200, :200].copy()
    point = (slice(99, 102), slice(99, 102))
    values[point] += np.float32(100) * np.outer([0.5, 1, 0.5], [0.5, 1, 0.5]).astype(np.float32)
    options = {"window": 7, "looks": LOOKS}
    assert np.array_equal(filter_speckle(values, SpeckleFilter("lee_sigma", **options))[point], values[point])
    assert filter_speckle(values, SpeckleFilter("boxcar", **options))[100, 100] < 0.1 * values[100, 100]


def test_the_level_of_targets():
    values = np.arange(101, dtype=np.float32).reshape(1, 101)
    assert target_level(values) == 98
    assert target_level(np.where(values > 50, np.nan, values)) == 49
    assert target_level(np.full((2, 2), np.nan, np.float32)) == np.inf
