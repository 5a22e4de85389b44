"""The azimuth phase of bursts, on the annotations of real products."""

from pathlib import Path

import numpy as np
import pytest
from numpy.polynomial.polynomial import polyval

from eo.io.sentinel1 import read_sentinel1
from eo.io.sentinel1_annotation import Annotation
from eo.sar.orbit import Orbit, fit_orbit
from eo.sar.topsar import burst_ramp, deramp, ramp_phase


def swath(shared_data: Path, product: str, name: str) -> tuple[Annotation, Orbit]:
    found = read_sentinel1(next((shared_data / "s1/slc_safe").glob(product)))
    annotation = found.annotation(found.images[name, "VV" if (name, "VV") in found.images else "VH"])
    vectors = annotation.state_vectors
    return annotation, fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)


def test_rate_by_hand(shared_data: Path) -> None:
    annotation, orbit = swath(shared_data, "*20230904*", "IW1")
    ramp = burst_ramp(annotation, orbit, annotation.bursts[4])
    speed = np.linalg.norm(orbit.velocity_m_s(annotation.bursts[4].time_s + 1.55))
    assert speed == pytest.approx(7_590, abs=15)
    # k_s = 2 v / c · f · steering rate; k_t = k_a k_s / (k_a − k_s).
    k_s = 2 * speed / 299_792_458 * 5.405000454334350e9 * np.deg2rad(1.590368784)
    k_a = -2_326.0  # at near range, to a part in a thousand
    assert ramp.rate_hz_s[0] == pytest.approx(k_a * k_s / (k_a - k_s), rel=2e-3)
    assert ramp.reference_s[0] == 0
    assert np.abs(ramp.centroid_hz).max() < 60


def test_an_error_of_a_twentieth_of_a_line_turns_the_phase_at_the_edge_by_1_8_rad(shared_data: Path) -> None:
    annotation, orbit = swath(shared_data, "*20230904*", "IW1")
    ramp = burst_ramp(annotation, orbit, annotation.bursts[0])
    lines, sample = np.array([1_505.0, 1_505.05]), np.array([10_000.0, 10_000.0])
    phase = ramp_phase(ramp, lines, sample)
    # 2π k_t t δt with k_t = 1,780 Hz/s, t = 1.546 s, δt = 0.103 ms.
    assert abs(phase[1] - phase[0]) == pytest.approx(1.78, abs=0.06)


def test_each_record_counts_from_its_own_t0(shared_data: Path) -> None:
    annotation, _ = swath(shared_data, "*20210401*", "IW2")
    records = annotation.doppler_centroid
    tau = annotation.slant_range_time_s + np.arange(annotation.samples) / annotation.range_sampling_rate_hz
    # 302 µs apart in IW2; whoever counted from the first sample would be off by hertz.
    assert records.t0_s[0] - annotation.slant_range_time_s == pytest.approx(-302e-6, abs=3e-6)
    off = [
        np.abs(polyval(tau - t0, row) - polyval(tau - annotation.slant_range_time_s, row)).max()
        for t0, row in zip(records.t0_s, records.coefficients, strict=True)
    ]
    assert max(off) > 1.5


def test_a_window_is_deramped_as_the_whole_and_the_phase_can_be_put_back(shared_data: Path) -> None:
    annotation, orbit = swath(shared_data, "*20230904*", "IW3")
    ramp = burst_ramp(annotation, orbit, annotation.bursts[2])
    random = np.random.default_rng(2)
    burst = (random.standard_normal((60, 80)) + 1j * random.standard_normal((60, 80))).astype(np.complex64)
    flat = deramp(burst, ramp, 700, 9_000)
    part = deramp(burst[20:30, 15:40], ramp, 720, 9_015)
    assert np.abs(part - flat[20:30, 15:40]).max() < 1e-5
    rows, columns = np.mgrid[700:760, 9_000:9_080].astype(float)
    back = flat * np.exp(1j * ramp_phase(ramp, rows, columns))
    assert np.abs(back - burst).max() < 1e-4
    assert np.abs(np.abs(flat) - np.abs(burst)).max() < 1e-5


def test_a_burst_with_the_ramp_has_its_spectrum_in_the_middle_afterwards(shared_data: Path) -> None:
    """Band-limited noise, turned by the ramp, wanders through the band; deramped it stays."""
    annotation, orbit = swath(shared_data, "*20230904*", "IW2")
    ramp = burst_ramp(annotation, orbit, annotation.bursts[1])
    random = np.random.default_rng(4)
    lines = annotation.lines_per_burst
    noise = random.standard_normal((lines, 8)) + 1j * random.standard_normal((lines, 8))
    spectrum = np.fft.fft(noise, axis=0)
    frequency = np.fft.fftfreq(lines, annotation.line_interval_s)
    spectrum[np.abs(frequency) > 20] = 0
    narrow = np.fft.ifft(spectrum, axis=0)
    rows, columns = np.mgrid[:lines, 12_000:12_008].astype(float)
    turned = (narrow * np.exp(1j * ramp_phase(ramp, rows, columns))).astype(np.complex64)

    def spread_hz(image: np.ndarray) -> float:
        power = (np.abs(np.fft.fft(image, axis=0)) ** 2).sum(axis=1)
        return float(np.sqrt((power * frequency**2).sum() / power.sum()))

    assert spread_hz(turned) > 100
    assert spread_hz(deramp(turned, ramp, 0, 12_000)) < 13
