"""Temperature scaling finds what the logits were multiplied by; calibration errors by hand."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from eo.learning.calibration import expected_calibration_error, fit_temperature, reliability, softmax


def drawn(rng: np.random.Generator, samples: int, classes: int):
    """Logits, and truth drawn by their probabilities: calibrated by construction."""
    logits = rng.normal(0, 2, (samples, classes))
    ends = softmax(logits).cumsum(1)
    truth = np.minimum((rng.random((samples, 1)) > ends).sum(1), classes - 1)
    return logits, truth


@pytest.mark.parametrize("factor", [0.2, 1.0, 4.0])
def test_the_temperature_is_what_was_multiplied(factor: float) -> None:
    logits, truth = drawn(np.random.default_rng(1), 40_000, 5)
    found = fit_temperature(logits * factor, truth)
    assert found == pytest.approx(factor, rel=0.03)
    assert expected_calibration_error(softmax(logits * factor / found), truth) < 0.01


def test_the_temperature_is_the_likeliest() -> None:
    logits, truth = drawn(np.random.default_rng(2), 500, 4)

    def nll(log_t: float) -> float:
        return -np.log(softmax(3 * logits / np.exp(log_t))[np.arange(len(truth)), truth]).mean()

    expected = np.exp(minimize_scalar(nll, bounds=(-3, 3), method="bounded", options={"xatol": 1e-8}).x)
    assert fit_temperature(3 * logits, truth) == pytest.approx(expected, rel=1e-4)


def test_samples_all_right_end_at_the_coldest() -> None:
    logits = np.eye(3) * 5
    assert 0.05 <= fit_temperature(logits, np.arange(3)) < 0.2
    assert fit_temperature(logits, np.array([1, 2, 0])) == pytest.approx(20)


def test_reliability_by_hand() -> None:
    probabilities = np.array([[1.0, 0.0], [0.95, 0.05], [0.45, 0.55], [0.3, 0.7]])
    told = reliability(probabilities, np.array([0, 1, 1, 0]), bins=10)
    assert told.count.tolist() == [0, 0, 0, 0, 0, 1, 1, 0, 0, 2]
    assert told.confidence[9] == pytest.approx(0.975)
    assert told.accuracy[[5, 6, 9]].tolist() == [1.0, 0.0, 0.5]
    assert np.isnan(told.accuracy[0])
    assert told.expected_calibration_error == pytest.approx((0.45 + 0.7 + 2 * 0.475) / 4)
