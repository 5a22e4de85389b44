"""Coherence: by hand, against a plain estimate, and on made pairs of known coherence."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from eo.errors import InvalidWindow
from eo.io.sentinel1_annotation import Spectrum
from eo.sar.coherence import correct_bias, estimate_coherence, expected_coherence
from eo.sar.effective_looks import effective_looks, speckle_intensity
from eo.sar.multilook import equivalent_looks


def pair(coherence: float, shape: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Circular Gaussian speckle of two dates with a known coherence."""
    random = np.random.default_rng(seed)
    a, b = random.standard_normal((2, 2, *shape))
    first, other = a[0] + 1j * a[1], b[0] + 1j * b[1]
    second = coherence * first + np.sqrt(1 - coherence**2) * other
    return first.astype(np.complex64), second.astype(np.complex64)


def plain(first: np.ndarray, second: np.ndarray, phase: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    """The definition, with SciPy's means (odd windows)."""
    product = first.astype(complex) * second.conj() * np.exp(-1j * phase)

    def mean(values: np.ndarray) -> np.ndarray:
        return uniform_filter(values, window, mode="constant")

    top = mean(product.real) + 1j * mean(product.imag)
    return np.abs(top) / np.sqrt(mean(np.abs(first.astype(complex)) ** 2) * mean(np.abs(second.astype(complex)) ** 2))


def test_by_hand() -> None:
    first = np.array([[1, 1j, 2]], np.complex64)
    second = np.array([[1, 1, 0]], np.complex64)
    # Products 1 and j over the first two; the third has no partner. |1 + j| / sqrt(2 · 2) = 0.7071.
    found = estimate_coherence(first, second, None, (1, 3))
    assert found[0, :2] == pytest.approx([np.sqrt(2) / 2, np.sqrt(2) / 2])
    # With the second turned back by a quarter, they add up.
    turned = estimate_coherence(first, second, np.array([[0, np.pi / 2, 0]], np.float32), (1, 3))
    assert turned[0, 0] == pytest.approx(1)
    assert np.isnan(found[0, 2])  # one of three


@pytest.mark.parametrize("window", [(3, 3), (3, 11), (1, 5), (9, 1)])
def test_it_is_what_the_definition_says(window: tuple[int, int]) -> None:
    first, second = pair(0.6, (40, 50))
    phase = np.linspace(0, 20, 2_000, dtype=np.float32).reshape(40, 50)
    found = estimate_coherence(first, second, phase, window)
    inner = (slice(window[0], -window[0]), slice(window[1], -window[1]))
    assert np.abs(found - plain(first, second, phase, window))[inner].max() < 1e-5


def test_an_even_window_reaches_one_further_right_and_down() -> None:
    first = np.ones((6, 8), np.complex64)
    second = np.ones((6, 8), np.complex64)
    second[4, 5] = -1
    found = estimate_coherence(first, second, None, (2, 4))
    touched = np.argwhere(found < 0.99)
    assert (touched.min(axis=0).tolist(), touched.max(axis=0).tolist()) == ([3, 3], [4, 6])
    assert found[3, 4] == pytest.approx(6 / 8)


def test_blocks_with_a_margin_make_no_difference() -> None:
    first, second = pair(0.4, (64, 80))
    whole = estimate_coherence(first, second, None, (3, 12))
    part = estimate_coherence(first[20:44], second[20:44], None, (3, 12))
    assert np.abs(part[1:-1] - whole[21:43]).max() < 1e-6


def test_the_flat_earth_phase_matters() -> None:
    first, second = pair(0.9, (60, 120))
    phase = np.broadcast_to(np.arange(120) * 0.5, (60, 120)).astype(np.float32)
    turned = (second * np.exp(-1j * phase)).astype(np.complex64)
    assert np.nanmean(estimate_coherence(first, turned, phase, (3, 12))) > 0.88
    assert np.nanmean(estimate_coherence(first, turned, None, (3, 12))) < 0.35


def test_mean_of_noise_is_what_the_literature_says() -> None:
    # Touzi et al. 1999, figure 1; by Monte Carlo: 9 looks 0.30, 20 0.20, 36 0.148, 64 0.111.
    for looks, mean in ((9, 0.30), (20, 0.20), (36, 0.148), (64, 0.111)):
        assert expected_coherence(looks)[0] == pytest.approx(mean, abs=0.003)
        assert (np.diff(expected_coherence(looks)) > 0).all()


@pytest.mark.parametrize("truth", [0.2, 0.4, 0.6, 0.8, 0.9])
def test_known_coherence_is_recovered_within_a_hundredth(truth: float) -> None:
    first, second = pair(truth, (600, 600), seed=3)
    found = estimate_coherence(first, second, None, (3, 12))[5:-5, 10:-10]
    assert found.mean() == pytest.approx(np.interp(truth, np.linspace(0, 1, 257), expected_coherence(36)), abs=0.005)
    assert np.interp(found.mean(), expected_coherence(36), np.linspace(0, 1, 257)) == pytest.approx(truth, abs=0.01)
    corrected = correct_bias(found, 36)
    assert abs(corrected.mean() - truth) < abs(found.mean() - truth) + 0.002


def test_effective_looks_of_iw2() -> None:
    # Simulated on the spectrum of IW2: 2×10 pixels hold 9.6 looks, 3×12 15.4, 4×16 25.9, 5×20 38.9.
    azimuth, range_ = Spectrum(0.6434, 0.75), Spectrum(0.7506, 0.75)
    for window, looks in (((2, 10), 9.6), ((3, 12), 15.4), ((4, 16), 25.9), ((5, 20), 38.9)):
        assert effective_looks(window, azimuth, range_) == pytest.approx(looks, rel=0.03)
    assert effective_looks((3, 12), Spectrum(1, 1), Spectrum(1, 1)) == pytest.approx(36, rel=1e-3)


def test_windows_that_do_not_fit() -> None:
    first, second = pair(0.5, (4, 10))
    for window in ((5, 1), (0, 3), (1, 11)):
        with pytest.raises(InvalidWindow, match="does not fit into 4 × 10 pixels"):
            estimate_coherence(first, second, None, window)


def test_speckle_made_for_an_image_has_its_looks() -> None:
    """Of averaged samples: as many as the eigenvalues of their correlation say."""
    azimuth, range_ = Spectrum(0.67, 0.7), Spectrum(0.88, 0.75)
    for looks in ((1, 1), (1, 4), (3, 12)):
        made = speckle_intensity((256, 256), looks, azimuth, range_)
        assert made.mean() == pytest.approx(1, abs=1e-5)
        assert equivalent_looks(made) == pytest.approx(effective_looks(looks, azimuth, range_), rel=0.08)
