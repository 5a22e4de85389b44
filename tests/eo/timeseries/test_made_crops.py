"""The made set: the same for the same seed, its moments those of the model, its posterior exact."""

from datetime import date

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from eo.timeseries.crop_looks import TileLooks, clear_looks
from eo.timeseries.made_crops import make_tile
from eo.timeseries.made_model import (
    RESIDUAL_DAYS,
    SHARES,
    loadings_at,
    mean_at,
    noise_covariance,
    residual_covariance,
)
from eo.timeseries.made_posterior import bayes_posteriors
from eo.timeseries.timesen2crop import Flag


@pytest.fixture(scope="module")
def looks() -> TileLooks:
    return make_tile("33UVP", 2000, seed=7)


def _days(looks: TileLooks) -> np.ndarray:
    return np.array([(d - date(2017, 9, 1)).days for d in looks.dates], float)


def _covariance(position: int, day: np.ndarray, tile: str) -> np.ndarray:
    """The covariance of all looks, written out: factors, residual and noise, band by band within look by look."""
    load = loadings_at(position, day, tile)
    flat = load.reshape(-1, load.shape[2])
    correlation = np.exp(-np.abs(day[:, None] - day[None, :]) / RESIDUAL_DAYS)
    looks = len(day)
    return flat @ flat.T + np.kron(correlation, residual_covariance()) + np.kron(np.eye(looks), noise_covariance())


def test_the_same_seed_makes_the_same_samples(looks: TileLooks) -> None:
    again = make_tile("33UVP", 2000, seed=7)
    assert (again.values == looks.values).all() and (again.flags == looks.flags).all()
    assert (make_tile("33UVP", 2000, seed=8).values[:, :5] != looks.values[:, :5]).any()
    assert looks.dates[0] >= date(2017, 9, 1) and looks.dates[-1] <= date(2018, 8, 31)
    assert make_tile("2019_33UVP", 1, seed=7).dates[0].year == 2018


def test_classes_have_the_shares_of_the_real_set(looks: TileLooks) -> None:
    counts = np.bincount(looks.labels, minlength=16)
    assert np.abs(counts - 2000 * SHARES).max() < 4 * np.sqrt(2000 * SHARES.max())
    assert (np.bincount(looks.flags.ravel()) / looks.flags.size)[Flag.CLEAR] == pytest.approx(0.72, abs=0.12)


@pytest.mark.parametrize("tile", ["33UVP", "2019_33UVP"])
def test_the_posterior_is_that_of_the_written_out_gaussians(tile: str) -> None:
    made = make_tile(tile, 4, seed=3)
    looks = TileLooks(tile, made.dates[::4], made.labels, made.numbers, made.values[:, ::4], made.flags[:, ::4])
    start = date(2018 if tile.startswith("2019") else 2017, 9, 1)
    day = np.array([(d - start).days for d in looks.dates], float)
    found = bayes_posteriors(looks)
    for i in range(len(looks)):
        seen = clear_looks(looks.values, looks.flags)[i]
        x = (looks.values[i][seen] / 10_000).ravel()
        logs = [
            multivariate_normal(mean_at(c, day[seen]).ravel(), _covariance(c, day[seen], tile)).logpdf(x)
            + np.log(SHARES[c])
            for c in range(16)
        ]
        expected = np.exp(np.array(logs) - max(logs))
        assert found[i] == pytest.approx(expected / expected.sum(), abs=1e-6)


def test_the_bayes_rate_is_what_the_posteriors_promise(looks: TileLooks) -> None:
    posterior = bayes_posteriors(looks, threads=2)
    right = posterior.argmax(axis=1) == looks.labels
    promised = posterior.max(axis=1)
    error = np.sqrt((promised * (1 - promised)).sum()) / len(looks)
    assert right.mean() == pytest.approx(promised.mean(), abs=4 * error)
    assert 0.90 < promised.mean() < 0.96


def test_clear_looks_have_the_mean_and_spread_of_the_model() -> None:
    shares = np.eye(16)[12]
    tiles = [make_tile(f"33U{c}P", 60, seed=5, shares=shares) for c in "ABCDEFGHJKLMNPQRSTUVWXYZ"]
    z = []
    for looks in tiles:
        day = _days(looks)
        spread = np.sqrt(np.diag(_covariance(12, day, looks.tile))).reshape(-1, 9)
        seen = clear_looks(looks.values, looks.flags)
        z.append(((looks.values / 10_000 - mean_at(12, day)) / spread)[seen])
    values = np.concatenate(z)
    assert np.abs(values.mean(axis=0)).max() < 0.12
    assert values.std(axis=0) == pytest.approx(1.0, abs=0.08)
