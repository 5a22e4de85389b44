"""Coregistration on the geometry of a real pair, and of a burst pair made with known shifts and coherence."""

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import Transformer
from scipy.ndimage import map_coordinates

from eo.io.grid import Grid
from eo.io.sentinel1 import read_sentinel1
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S, Spectrum
from eo.sar.baseline import baseline
from eo.sar.coherence import correct_bias, estimate_coherence
from eo.sar.coregistration import STEP_SAMPLES, Registration, register, resample, sinc_table
from eo.sar.effective_looks import effective_looks
from eo.sar.geocoding import ImageGeometry
from eo.sar.image_window import ImageWindow
from eo.sar.orbit import fit_orbit
from eo.sar.topsar import Ramp
from eo.sar.zero_doppler import earth_fixed, solve_zero_doppler

WAVELENGTH_M = 0.0554658
RANGE, AZIMUTH = Spectrum(0.752, 0.75), Spectrum(0.644, 0.7)
SHIFT = (3.37, -2.61)


@pytest.fixture(scope="module")
def annotations(shared_data: Path) -> list:
    products = [read_sentinel1(path) for path in sorted((shared_data / "s1/slc_safe").glob("S1A*.zip"))]
    return [p.annotation(p.images["IW2", "VV"]) for p in products]


def geometry(annotation) -> ImageGeometry:  # type: ignore[no-untyped-def]
    vectors = annotation.state_vectors
    orbit = fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)
    near_m = annotation.slant_range_time_s * SPEED_OF_LIGHT_M_S / 2
    return ImageGeometry(orbit, annotation.line_interval_s, near_m, annotation.slant_spacing_m)


def test_every_fourth_sample_knows_its_place_in_the_other_image(annotations: list) -> None:
    """Against exact solutions of points on hills of 0 to 1200 m: 0.01 samples, 0.005 lines, a tenth of a radian."""
    first, second = (geometry(a) for a in annotations)
    x, y = Transformer.from_crs(4326, 32629, always_xy=True).transform(-9.0, 31.0)
    grid = Grid("EPSG:32629", Affine(20, 0, round(x), 0, -20, round(y)), 500, 500)
    rows, columns = np.mgrid[:500, :500]
    heights = (600 + 600 * np.sin(rows / 60) * np.cos(columns / 50)).astype(np.float32)

    def exact(geometry: ImageGeometry, r: np.ndarray, c: np.ndarray) -> np.ndarray:
        lonlat = Transformer.from_crs(32629, 4326, always_xy=True).transform(
            grid.transform.c + 20 * (c + 0.5), grid.transform.f - 20 * (r + 0.5)
        )
        points = earth_fixed(*lonlat, heights[r, c].astype(float))
        time_s, slant_m = solve_zero_doppler(geometry.orbit, points)
        return np.stack([time_s / geometry.line_interval_s, (slant_m - geometry.near_m) / geometry.spacing_m, slant_m])

    rng = np.random.default_rng(3)
    r, c = rng.integers(60, 440, (2, 400))
    line, sample, slant_m = exact(first, r, c)
    window = ImageWindow(int(line.min()), int(sample.min()), int(np.ptp(line)) + 2, int(np.ptp(sample)) + 8)
    found = register(first, second, grid, heights, window)
    at = line - window.first_line, (sample - window.first_sample) / STEP_SAMPLES
    other = exact(second, r, c)
    tables = found.line, found.sample, found.range_difference_m
    errors = [
        map_coordinates(t, at, order=1) - e for t, e in zip(tables, (*other[:2], other[2] - slant_m), strict=True)
    ]
    assert np.nanmedian(np.abs(errors[0])) < 5e-4
    assert np.nanpercentile(np.abs(errors[0]), 98) < 5e-3
    assert np.nanpercentile(np.abs(errors[1]), 98) < 1e-2
    assert np.nanpercentile(np.abs(errors[2]), 98) * 4 * np.pi / WAVELENGTH_M < 0.1


def speckle(rng: np.random.Generator, lines: int, samples: int) -> np.ndarray:
    """Complex noise with the band and the weighting of an IW2 image."""

    def weights(spectrum: Spectrum, n: int) -> np.ndarray:
        f = np.fft.fftfreq(n) / spectrum.bandwidth_share
        return np.where(np.abs(f) < 0.5, spectrum.hamming + (1 - spectrum.hamming) * np.cos(2 * np.pi * f), 0)

    noise = rng.normal(size=(lines, samples)) + 1j * rng.normal(size=(lines, samples))
    shaped = np.fft.ifft2(np.fft.fft2(noise) * weights(AZIMUTH, lines)[:, None] * weights(RANGE, samples))
    return shaped / np.sqrt(np.mean(np.abs(shaped) ** 2))


def shifted(image: np.ndarray, lines: float, samples: float) -> np.ndarray:
    """Shift an image, periodic, by the Fourier theorem."""
    y, x = np.fft.fftfreq(image.shape[0])[:, None], np.fft.fftfreq(image.shape[1])
    return np.fft.ifft2(np.fft.fft2(image) * np.exp(-2j * np.pi * (y * lines + x * samples)))


def made_pair(gamma: float, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """A burst of each date, deramped: the second shifted, partly decorrelated, with the phase of a fringe pattern."""
    rng = np.random.default_rng(seed)
    first, other = speckle(rng, 512, 1024), speckle(rng, 512, 1024)
    second = gamma * first + np.sqrt(1 - gamma**2) * other
    phase = 4 * np.pi / WAVELENGTH_M * range_difference_m(np.arange(1024))
    return first, shifted(second * np.exp(-1j * phase), *SHIFT)


def range_difference_m(sample: np.ndarray) -> np.ndarray:
    return 12.0 + 2.5e-4 * sample  # about a fringe every hundred samples


def resampled(second: np.ndarray, ramp: Ramp | None) -> np.ndarray:
    lines, samples = second.shape
    line = np.arange(lines)[:, None] + np.zeros(samples // STEP_SAMPLES + 2)
    sample = np.zeros((lines, 1)) + np.arange(samples // STEP_SAMPLES + 2) * STEP_SAMPLES
    registration = Registration(line + SHIFT[0], sample + SHIFT[1], range_difference_m(sample))
    window = ImageWindow(0, 0, lines, samples)
    return resample(second.astype(np.complex64), ramp, window, registration, WAVELENGTH_M, samples)


def test_weights_of_the_sinc() -> None:
    table = sinc_table()
    assert table.shape == (513, 8)
    assert table[0] == pytest.approx([0, 0, 0, 1, 0, 0, 0, 0], abs=1e-6)
    assert table[256] == pytest.approx(table[256][::-1], abs=1e-6)


def test_known_shifts_are_undone() -> None:
    """What is left, told from the slope of the cross spectrum's phase."""
    first, second = made_pair(0.95)
    inner = np.s_[16:-16, 16:-16]
    cross = np.fft.fft2(first[inner]) * np.conj(np.fft.fft2(resampled(second, None)[inner]))
    y, x = np.fft.fftfreq(cross.shape[0])[:, None] + 0 * cross.real, np.fft.fftfreq(cross.shape[1]) + 0 * cross.real
    inside = (np.abs(y) < 0.25) & (np.abs(x) < 0.3)
    slopes = np.stack([2 * np.pi * y[inside], 2 * np.pi * x[inside], np.ones(inside.sum())], 1)
    weight = np.sqrt(np.abs(cross[inside]))
    lines, samples, _ = np.linalg.lstsq(slopes * weight[:, None], np.angle(cross[inside]) * weight, rcond=None)[0]
    assert abs(lines) < 0.005
    assert abs(samples) < 0.01


@pytest.mark.parametrize("gamma", [0.2, 0.4, 0.6, 0.8, 0.9])
def test_coherence_comes_back(gamma: float) -> None:
    first, second = made_pair(gamma)
    inner = np.s_[16:-16, 16:-16]
    a, b = first[inner], resampled(second, None)[inner]
    whole = np.abs(np.sum(a * np.conj(b))) / np.sqrt(np.sum(np.abs(a) ** 2) * np.sum(np.abs(b) ** 2))
    assert whole == pytest.approx(gamma, abs=0.01)
    window = (3, 12)
    found = estimate_coherence(a.astype(np.complex64), b, None, window)[8:-8, 8:-8]
    corrected = correct_bias(found, effective_looks(window, AZIMUTH, RANGE))
    tolerance = 0.01 if gamma >= 0.6 else 0.04  # single estimates below the bias become 0: their mean keeps some
    assert corrected.mean() == pytest.approx(gamma, abs=tolerance)


def test_the_ramp_of_the_antenna_goes_and_comes_back() -> None:
    """A pair of bursts with the phase of TOPS on them is as coherent as without."""
    gamma = 0.8
    first, second = made_pair(gamma)
    samples = np.arange(1024)

    def ramp(middle: float, shift: float) -> Ramp:
        at = samples - shift
        return Ramp(-5200 + 0.02 * at, 30 + 1e-3 * at, 1e-6 * at, middle, 0.0020555563)

    def phase(ramp: Ramp) -> np.ndarray:
        time = (np.arange(512)[:, None] - ramp.middle_line) * ramp.line_interval_s - ramp.reference_s
        return np.pi * (ramp.rate_hz_s * time + 2 * ramp.centroid_hz) * time

    one, two = ramp(255.5, 0.0), ramp(255.5 + SHIFT[0], SHIFT[1])
    inner = np.s_[16:-16, 16:-16]
    a, b = (first * np.exp(1j * phase(one)))[inner], resampled(second, two)[inner]
    whole = np.abs(np.sum(a * np.conj(b))) / np.sqrt(np.sum(np.abs(a) ** 2) * np.sum(np.abs(b) ** 2))
    assert whole == pytest.approx(gamma, abs=0.01)


def test_baseline_of_a_real_pair_changes_sign_with_the_order(annotations: list) -> None:
    there, back = baseline(*annotations), baseline(*annotations[::-1])
    assert there.perpendicular_m == pytest.approx(28.7, abs=0.1)
    assert back.perpendicular_m == pytest.approx(-there.perpendicular_m, abs=0.01)
    assert there.days == pytest.approx(12, abs=1e-3)
