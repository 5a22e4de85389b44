"""Calibration and noise, pixel by pixel against the formula."""

from pathlib import Path

import numpy as np
import pytest

from eo.io.sentinel1 import read_sentinel1
from eo.io.sentinel1_tables import AzimuthNoise, Noise, Table
from eo.sar.calibration import azimuth_factors, calibrate

TABLE = Table(np.array([0.0, 10.0]), np.array([0.0, 4.0]), np.array([[100.0, 200.0], [300.0, 400.0]]))


def test_by_hand() -> None:
    numbers = np.array([[50, 50, 0], [50, 50, 50]], np.uint16)
    found = calibrate(numbers, 5, 1, TABLE)
    # Line 5 lies half-way: the table is 200 at pixel 0 and 300 at pixel 4, so 225, 250, 275 at 1, 2, 3.
    assert found[0, :2] == pytest.approx([(50 / 225) ** 2, (50 / 250) ** 2], rel=1e-6)
    assert np.isnan(found[0, 2])
    assert found[1] == pytest.approx([(50 / gain) ** 2 for gain in (245, 270, 295)], rel=1e-6)


def test_noise_is_taken_off_before_the_division() -> None:
    range_table = Table(np.array([0.0]), np.array([0.0, 4.0]), np.array([[400.0, 800.0]]))
    part = AzimuthNoise("IW1", 5, 5, 0, 2, np.array([0.0, 10.0]), np.array([1.0, 2.0]))
    numbers = np.array([[50, 10, 50]], np.uint16)
    kept = calibrate(numbers, 5, 1, TABLE, Noise(range_table, (part,)), clip=False)
    # Range noise 500, 600, 700 at samples 1, 2, 3; the factor is 1.5 at line 5 up to sample 2, 1 beyond.
    expected = [(2500 - 750) / 225**2, (100 - 900) / 250**2, (2500 - 700) / 275**2]
    assert kept[0] == pytest.approx(expected, rel=1e-6)
    assert calibrate(numbers, 5, 1, TABLE, Noise(range_table, (part,)))[0, 1] == 0


def test_a_real_product_within_a_hundredth_of_a_decibel_of_the_formula(shared_data: Path) -> None:
    found = read_sentinel1(next((shared_data / "s1/grd_safe").glob("*.SAFE")))
    image = found.images["IW", "VV"]
    table, noise = found.calibration(image, "sigma0"), found.noise(image)
    numbers = np.random.default_rng(1).integers(150, 400, (300, 500)).astype(np.uint16)
    first_line, first_sample = 5_000, 8_700  # the seam of IW1 and IW2, at sample 8889, runs through
    window = calibrate(numbers, first_line, first_sample, table, noise)
    lines, samples = first_line + np.arange(300), first_sample + np.arange(500)

    def at(record: Table) -> np.ndarray:
        along = np.array([np.interp(samples, record.pixels, row) for row in record.values])
        return np.array([[np.interp(line, record.lines, along[:, c]) for c in range(500)] for line in lines])

    swath = {part.swath: np.interp(lines, part.lines, part.factors) for part in noise.azimuth}
    factor = np.where(samples <= 8_889, swath["IW1"][:, None], swath["IW2"][:, None])
    expected = (numbers.astype(float) ** 2 - at(noise.range_table) * factor) / at(table) ** 2
    assert np.abs(10 * np.log10(window / expected)).max() < 0.01


def test_every_swath_has_its_own_factors(shared_data: Path) -> None:
    found = read_sentinel1(next((shared_data / "s1/grd_safe").glob("*.SAFE")))
    parts = found.noise(found.images["IW", "VV"]).azimuth
    assert [(p.swath, p.first_sample, p.last_sample, len(p.lines)) for p in parts] == [
        ("IW1", 0, 8889, 1689),
        ("IW2", 8890, 17700, 1688),
        ("IW3", 17701, 26101, len(parts[2].lines)),
    ]
    factors = azimuth_factors(parts, 0, 0, 1, 26_102)[0]
    assert (factors[8889], factors[8890]) == pytest.approx((1.091791, 1.001713))


def test_before_ipf_2_9_there_is_range_noise_only(shared_data: Path) -> None:
    found = read_sentinel1(next((shared_data / "s1/grd_safe").glob("*CEAB.zip")))
    noise = found.noise(found.images["IW", "VH"])
    assert found.ipf_version == (2, 36)
    assert noise.azimuth == ()
    assert noise.range_table.lines[:3].tolist() == [0, 667, 1334]
    assert noise.range_table.values.shape == (27, 635)
