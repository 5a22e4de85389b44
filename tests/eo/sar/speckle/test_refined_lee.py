import numpy as np
import pytest
from slow_speckle import by_pixel, refined_lee

from eo.sar.speckle.filters import SpeckleFilter, filter_speckle
from eo.sar.speckle.refined_lee import sides

LOOKS = 4.4


def filtered(values, name="refined_lee"):
    return filter_speckle(values, SpeckleFilter(name, window=7, looks=LOOKS))


def test_each_side_has_28_pixels_the_middle_and_its_opposite():
    members = [{n for n in range(49) if side >> n & 1} for side in sides().tolist()]
    assert [len(side) for side in members] == [28] * 8
    assert all(24 in side for side in members)
    for one, other in zip(members[::2], members[1::2], strict=True):
        assert len(one & other) == 7
        assert {48 - n for n in one} == other
    assert members[0] == {n for n in range(49) if n % 7 >= 3}
    assert members[4] == {n for n in range(49) if n % 7 >= n // 7}  # upper right


def test_it_is_the_slow_one(scene):
    expected = by_pixel(scene, 7, lambda value, pixels, _: refined_lee(value, pixels, LOOKS))
    np.testing.assert_allclose(filtered(scene), expected, rtol=1e-5)


@pytest.mark.parametrize("flip", [lambda a: a, lambda a: a.T, lambda a: a[:, ::-1], lambda a: a[::-1].T])
@pytest.mark.parametrize("slope", [0, 1])
def test_a_clean_edge_stays(flip, slope):
    down, right = np.mgrid[:30, :30]
    beyond = np.ascontiguousarray(flip(right - slope * down - 14 * (1 - slope)))
    values = np.where(beyond > 0, 4, 1).astype(np.float32)
    near = (abs(beyond - 0.5) < 4)[5:-5, 5:-5]
    assert np.array_equal(filtered(values)[5:-5, 5:-5][near], values[5:-5, 5:-5][near])
    assert not np.allclose(filtered(values, "lee")[5:-5, 5:-5][near], values[5:-5, 5:-5][near], rtol=0.05)


def test_an_edge_in_speckle_is_kept_better_than_by_a_mean():
    rng = np.random.default_rng(5)
    truth = np.where(np.arange(400) < 200, 1, 4)
    values = (truth * rng.gamma(LOOKS, 1 / LOOKS, (400, 400))).astype(np.float32)
    near = slice(197, 203)
    error = {
        name: np.sqrt(np.mean(((filtered(values, name) - truth) / truth)[:, near] ** 2))
        for name in ("boxcar", "refined_lee")
    }
    assert error["refined_lee"] < 0.4 * error["boxcar"]  # 0.22 and 0.68 of the truth, three pixels to each side
