"""Random fields: their distribution, their smoothness, and that they repeat."""

import numpy as np
import pytest

from demo.noise import fractal, smooth, smoothstep


def test_smooth_has_zero_mean_and_unit_variance() -> None:
    field = smooth(np.random.default_rng(3), (1000, 900), 7)
    assert field.shape == (1000, 900) and field.dtype == np.float32
    assert abs(field.mean()) < 0.02
    assert field.std() == pytest.approx(1, abs=0.03)


def test_smooth_varies_over_its_wavelength() -> None:
    field = smooth(np.random.default_rng(3), (400, 400), 40)
    assert np.abs(np.diff(field, axis=0)).max() < 0.25  # 40 pixels a wave: no pixel leaps
    assert np.corrcoef(field[:-120].ravel(), field[120:].ravel())[0, 1] < 0.35


def test_fractal_keeps_the_variance_and_adds_detail() -> None:
    rng = np.random.default_rng(4)
    field = fractal(rng, (800, 800), 30, octaves=4)
    assert field.std() == pytest.approx(1, abs=0.08)
    steepness = np.diff(field, axis=0).std() / np.diff(smooth(rng, (800, 800), 30), axis=0).std()
    assert steepness == pytest.approx((4 / (1 + 1 / 4 + 1 / 16 + 1 / 64)) ** 0.5, rel=0.08)  # each octave is as steep


def test_same_seed_same_bytes() -> None:
    one, two = (fractal(np.random.default_rng(9), (300, 200), 25) for _ in range(2))
    assert one.tobytes() == two.tobytes()
    assert one.tobytes() != fractal(np.random.default_rng(10), (300, 200), 25).tobytes()


def test_smoothstep_by_hand() -> None:
    values = np.array([-1, 0, 1, 2, 3, 4, 9], dtype=np.float32)
    # t = v / 4: t²(3 - 2t)
    assert smoothstep(0, 4, values).tolist() == [0, 0, 0.15625, 0.5, 0.84375, 1, 1]
    assert smoothstep(4, 0, values).tolist() == [1, 1, 0.84375, 0.5, 0.15625, 0, 0]
