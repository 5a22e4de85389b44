from dataclasses import replace

import numpy as np
import pytest
import rasterio
from scipy.ndimage import median_filter, uniform_filter
from scipy.stats import gamma
from slow_speckle import by_pixel, frost, gamma_map, lee

from eo.errors import InvalidOption, InvalidWindow
from eo.sar.multilook import equivalent_looks
from eo.sar.speckle.filters import NAMES, SpeckleFilter, check, filter_speckle, margin_of
from eo.sar.speckle.lee_sigma import target_level

LOOKS = 4.4
NAN = np.nan
FILTERS = [SpeckleFilter(name, window=7, looks=LOOKS) for name in NAMES] + [
    SpeckleFilter(name, window=window, looks=LOOKS)
    for name in NAMES
    for window in (3, 11)
    if name not in ("none", "refined_lee")
]


def image(*rows):
    return np.array(rows, np.float32)


def label(speckle):
    return f"{speckle.name}-{speckle.window}"


def filtered(values, name, window=7, **options):
    return filter_speckle(values, SpeckleFilter(name, window=window, **{"looks": LOOKS, **options}))


def test_the_window_shrinks_at_edges_and_around_no_data():
    values = image([1, 2, 3], [4, NAN, 6], [7, 8, 15])
    assert filtered(values, "boxcar", 3).tolist()[0] == [
        pytest.approx(7 / 3),
        pytest.approx(16 / 5),
        pytest.approx(11 / 3),
    ]
    assert filtered(values, "median", 3)[[0, 0, 2], [0, 1, 2]].tolist() == [2, 3, 8]  # of 1 2 4 | 1 2 3 4 6 | 6 8 15
    assert np.isnan(filtered(values, "boxcar", 3)[1, 1])


def test_a_median_of_an_even_number_lies_between():
    assert filtered(image([1, 2, 5], [9, 3, 4], [NAN, 8, 7]), "median", 3)[1, 1] == 4.5  # 1 2 3 4 | 5 7 8 9


def test_lee_by_hand():
    # Around the 9: mean 2, mean square (8 · 1.125² + 81) / 9 = 10.125, variance 6.125. With 2 looks: signal
    # (6.125 - 0.5 · 4) / 1.5 = 2.75, weight 2.75 / (0.5 · 4 + 2.75) = 0.5789.
    values = np.full((3, 3), 1.125, np.float32)
    values[1, 1] = 9
    assert filtered(values, "lee", 3, looks=2)[1, 1] == pytest.approx(2 + 2.75 / 4.75 * 7, rel=1e-6)


def test_gamma_map_by_hand():
    # Eight of 2 and a 5: mean m = 7/3, variance 8/9, C² = 8/49 = 0.1633. Between 1/8 and 2/8 (8 looks) the estimate r
    # solves a r² - (a - 9) m r - 8 · 5 m = 0 with a = 1.125 / (0.1633 - 0.125) = 29.4.
    values = np.full((3, 3), 2, np.float32)
    values[1, 1] = 5
    r = float(filtered(values, "gamma_map", 3, looks=8)[1, 1])
    assert 29.4 * r**2 - 20.4 * 7 / 3 * r - 40 * 7 / 3 == pytest.approx(0, abs=1e-3)
    assert filtered(values, "gamma_map", 3, looks=5)[1, 1] == pytest.approx(7 / 3)  # no more varied than speckle
    assert filtered(values, "gamma_map", 3, looks=13)[1, 1] == 5  # over √2 times as varied


def test_frost_by_hand():
    # Eight of 2 and a 5: C² = 8/49; weights 1, four of exp(-C²), four of exp(-√2 C²) at damping 1.
    values = np.full((3, 3), 2, np.float32)
    values[1, 1] = 5
    around = 4 * np.exp(-8 / 49) + 4 * np.exp(-np.sqrt(2) * 8 / 49)
    assert filtered(values, "frost", 3, damping=1)[1, 1] == pytest.approx((5 + 2 * around) / (1 + around), rel=1e-6)


@pytest.mark.parametrize("window", [3, 7, 17])
@pytest.mark.parametrize(("name", "theirs"), [("boxcar", uniform_filter), ("median", median_filter)])
def test_means_and_medians_are_scipy_s(speckle, name, theirs, window):
    values = speckle[:80, :90]
    inside = (slice(window // 2, -(window // 2)),) * 2
    np.testing.assert_allclose(filtered(values, name, window)[inside], theirs(values, window)[inside], rtol=1e-5)


@pytest.mark.parametrize("window", [3, 7])
@pytest.mark.parametrize("shift", [0, 1])
def test_medians_are_those_of_valid_pixels_of_either_sign(scene, shift, window):
    values = scene - np.float32(shift)
    expected = by_pixel(values, window, lambda value, pixels, _: np.nanmedian(pixels))
    assert np.array_equal(filtered(values, "median", window), expected.astype(np.float32), equal_nan=True)


@pytest.mark.parametrize("window", [3, 7])
@pytest.mark.parametrize(
    ("name", "estimate", "option"), [("lee", lee, LOOKS), ("gamma_map", gamma_map, LOOKS), ("frost", frost, 2.0)]
)
def test_statistics_are_those_of_valid_pixels(scene, name, estimate, option, window):
    expected = by_pixel(scene, window, lambda value, pixels, _: estimate(value, pixels, option))
    np.testing.assert_allclose(filtered(scene, name, window), expected, rtol=1e-5)


@pytest.mark.parametrize("speckle_filter", FILTERS, ids=label)
def test_blocks_are_the_whole_bit_for_bit(scene, speckle_filter):
    whole_filter = replace(speckle_filter, target_level=target_level(scene))
    margin = margin_of(whole_filter.name, whole_filter.window)
    whole, pieces = filter_speckle(scene, whole_filter), np.empty_like(scene)
    for i in range(0, scene.shape[0], 17):
        for j in range(0, scene.shape[1], 27):  # the last blocks are narrower than a window
            top, left = max(i - margin, 0), max(j - margin, 0)
            block = scene[top : i + 17 + margin, left : j + 27 + margin]
            out = filter_speckle(block, whole_filter, image_shape=scene.shape)
            pieces[i : i + 17, j : j + 27] = out[i - top : i - top + 17, j - left : j - left + 27]
    assert np.array_equal(pieces.view(np.uint32), whole.view(np.uint32))


@pytest.mark.parametrize("speckle_filter", FILTERS, ids=label)
def test_no_data_is_where_it_was(scene, speckle_filter):
    assert np.array_equal(np.isnan(filter_speckle(scene, speckle_filter)), np.isnan(scene))
    endless = np.where(np.isnan(scene), np.inf, scene)
    assert np.array_equal(
        filter_speckle(endless, speckle_filter), filter_speckle(scene, speckle_filter), equal_nan=True
    )
    assert np.isnan(filter_speckle(np.full((12, 12), NAN), speckle_filter)).all()


@pytest.mark.parametrize("speckle_filter", FILTERS, ids=label)
def test_a_constant_stays(speckle_filter):
    for constant in (0, 0.25, -3e-4, 1e9):
        values = np.full((15, 15), constant, np.float32)
        assert np.array_equal(filter_speckle(values, speckle_filter), values)


@pytest.mark.parametrize("speckle_filter", FILTERS, ids=label)
def test_the_unit_does_not_matter(scene, speckle_filter):
    scaled = filter_speckle(scene * np.float32(2**20), speckle_filter)
    np.testing.assert_array_equal(scaled, filter_speckle(scene, speckle_filter) * np.float32(2**20))


MEDIAN = gamma(LOOKS, scale=1 / LOOKS).median()
MEDIAN_LOOKS = MEDIAN**2 * 4 * 49 * gamma(LOOKS, scale=1 / LOOKS).pdf(MEDIAN) ** 2
_DISTANCE = np.hypot(*np.mgrid[-3:4, -3:4])
_WEIGHTS = np.exp(-2.0 / LOOKS * _DISTANCE)
FROST_LOOKS = LOOKS * _WEIGHTS.sum() ** 2 / (_WEIGHTS**2).sum()


@pytest.mark.parametrize(
    ("name", "mean", "looks", "tolerance"),
    [
        ("none", 1, LOOKS, 0.02),
        ("boxcar", 1, 49 * LOOKS, 0.03),  # 215.6
        ("median", MEDIAN, MEDIAN_LOOKS, 0.05),  # 0.925; 128.8: the variance of a sample median is 1 / (4 n f²)
        ("frost", 1, FROST_LOOKS, 0.03),  # 171.7: weights of C² = 1 / looks
        # No formula: below 215.6 (below 28 · 4.4 = 123.2 for refined Lee), as measured on another sample.
        ("lee", 1, 134.7, 0.05),
        ("refined_lee", 1, 65.6, 0.05),
        ("lee_sigma", 1, 74.6, 0.05),
        ("gamma_map", 0.987, 125.1, 0.05),  # the likeliest value lies below the mean
    ],
)
def test_homogeneous_speckle(speckle, name, mean, looks, tolerance):
    out = filtered(speckle, name)[10:-10, 10:-10]
    assert out.mean(dtype=float) / speckle.mean(dtype=float) == pytest.approx(mean, rel=0.005)
    assert equivalent_looks(out) == pytest.approx(looks, rel=tolerance)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "gain"),
    [
        ("boxcar", 4.5),
        ("median", 4.0),
        ("lee", 4.5),
        ("refined_lee", 3.0),
        ("lee_sigma", 3.5),
        ("gamma_map", 4.5),
        ("frost", 4.5),
    ],
)
def test_a_calm_patch_of_a_real_image(shared_data, name, gain):
    path = next(shared_data.glob("s1/grd_imagery_decimated/GRD/2018/**/iw-vv.tiff"))
    with rasterio.open(path) as source:
        intensity = source.read(1, window=((520, 620), (1100, 1200))).astype(np.float32) ** 2
    patch = (slice(28, 72), slice(28, 72))
    looks = equivalent_looks(intensity[patch])  # 142: the image was made smaller by averaging
    out = filtered(intensity, name, looks=looks)[patch]
    assert equivalent_looks(out) > gain * looks
    assert out.mean() == pytest.approx(intensity[patch].mean(), rel=0.005)


@pytest.mark.parametrize(
    ("speckle_filter", "message"),
    [
        (
            SpeckleFilter("leee"),
            "There is no speckle filter 'leee'; there are: none, boxcar, median, lee, refined_lee,",
        ),
        (SpeckleFilter("lee", window=4), "The window is 4; an odd number of pixels, 3 or more, is allowed."),
        (SpeckleFilter("lee", window=1), "The window is 1; an odd number of pixels, 3 or more, is allowed."),
        (SpeckleFilter("refined_lee", window=5), "The window is 5; refined_lee has 7."),
        (
            SpeckleFilter("boxcar", window=13),
            "The window is 13 pixels wide and the image has 20 rows and 12 columns; at",
        ),
        (SpeckleFilter("lee", looks=0), "looks is 0; it has to be a number above 0."),
        (SpeckleFilter("lee", looks=NAN), "looks is nan; it has to be a number above 0."),
        (SpeckleFilter("frost", damping=-1), "damping is -1; it has to be a number above 0."),
        (SpeckleFilter("lee_sigma", sigma=0.95), "sigma is 0.95; 0.5 to 0.9 is allowed."),
    ],
)
def test_what_cannot_be_is_refused(speckle_filter, message):
    with pytest.raises(InvalidWindow if "window is" in message else InvalidOption) as error:
        filter_speckle(np.ones((20, 12), np.float32), speckle_filter)
    assert error.value.message.startswith(message)


def test_a_block_may_be_narrower_than_the_window():
    check(SpeckleFilter("lee", window=7), (7, 7))
    narrow = np.ones((4, 30), np.float32)
    assert filter_speckle(narrow, SpeckleFilter("lee", window=7), image_shape=(40, 30)).tolist() == narrow.tolist()


@pytest.mark.parametrize(
    ("name", "window", "margin"),
    [("none", 7, 0), ("lee", 7, 3), ("frost", 17, 8), ("lee_sigma", 3, 2), ("lee_sigma", 9, 4)],
)
def test_margins(name, window, margin):
    assert margin_of(name, window) == margin
