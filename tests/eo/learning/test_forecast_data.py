"""Windows, baselines and scores of forecasts, by hand."""

import numpy as np
import pytest

from eo.errors import NotEnoughData
from eo.learning.forecast_data import climatology, last_seen, middle_of, ndvi, score, windows

NAN = np.nan


def array(*rows) -> np.ndarray:
    return np.array(rows, np.float32)


def test_ndvi_by_hand() -> None:
    found = ndvi(array([0.1, 0.0, NAN, -0.01]), array([0.3, 0.0, 0.3, 0.3]))
    np.testing.assert_allclose(found, [[0.5, NAN, NAN, 1.0]], rtol=1e-6)


def test_windows_slide_over_the_series() -> None:
    series = array([0.1, 0.2, 0.3, 0.4, 0.5], [0.1, NAN, NAN, NAN, 0.9])
    found = windows(series, np.arange(5), past=2, horizon=1)
    # of the second series the last window has no past, the others nothing ahead
    np.testing.assert_allclose(found.past, array([0.1, 0.2], [0.2, 0.3], [0.3, 0.4]))
    np.testing.assert_allclose(found.ahead[:, 0], [0.3, 0.4, 0.5])
    np.testing.assert_allclose(found.last, [0.2, 0.3, 0.4])
    assert found.season[:, 0].tolist() == [2, 3, 4]
    late = windows(series, np.arange(5), 2, 1, first_ahead=4)
    np.testing.assert_allclose(late.ahead, [[0.5]])
    early = windows(series, np.arange(5), 2, 1, end=3)
    np.testing.assert_allclose(early.ahead, [[0.3]])
    assert len(windows(series, np.arange(5), 5, 1).past) == 0
    assert found.some(2, seed=0).past.shape == (2, 2)


def test_the_last_value_seen() -> None:
    np.testing.assert_allclose(last_seen(array([0.1, 0.2, NAN], [NAN, NAN, NAN], [1, 2, 3])), [0.2, NAN, 3])


def test_climatology_is_the_mean_of_the_month() -> None:
    series = array([0.2, 0.6, 0.4, NAN])
    np.testing.assert_allclose(climatology(series, np.array([0, 1, 0, 3]), 5), [0.3, 0.6, 0.4, 0.4, 0.4], rtol=1e-6)


def test_scores_by_hand() -> None:
    series = array([0.2, 0.2, 0.6], [0.4, 0.4, 0.5])
    found = windows(series, np.array([0, 0, 1]), past=2, horizon=1)
    quantiles = array([[0.4, 0.5, 0.55]], [[0.4, 0.5, 0.6]])
    metrics = score(quantiles, (0.05, 0.5, 0.95), found, array(0.3, 0.4))
    assert metrics.rmse[0] == pytest.approx(np.sqrt((0.1**2 + 0) / 2), rel=1e-5)
    assert metrics.mae[0] == pytest.approx(0.05, rel=1e-5)
    assert metrics.rmse_persistence[0] == pytest.approx(np.sqrt((0.4**2 + 0.1**2) / 2), rel=1e-5)
    assert metrics.rmse_climatology[0] == pytest.approx(np.sqrt((0.2**2 + 0.1**2) / 2), rel=1e-5)
    assert (metrics.coverage, metrics.nominal_coverage) == (0.5, 0.9)
    assert middle_of((0.1, 0.4, 0.9)) == 1


def test_a_period_ahead_that_was_never_seen_is_said() -> None:
    found = windows(array([0.2, 0.2, 0.6, NAN]), np.zeros(4, np.int64), past=2, horizon=2)
    with pytest.raises(NotEnoughData, match="period 2 ahead was never seen"):
        score(np.zeros((1, 2, 3), np.float32), (0.05, 0.5, 0.95), found, array(0.3))
