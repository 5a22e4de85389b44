"""A known gain and offset are found again in spite of change."""

import numpy as np
import pytest

from eo.errors import NotEnoughData
from eo.optical.normalisation import fit_normalisation, no_change_probability, no_normalisation


def scenes(changed: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return before, after = (before − 0.02) / 1.1 + noise, and which pixels changed, of 20 000."""
    rng = np.random.default_rng(5)
    cover = rng.dirichlet([1, 1, 1, 1], 20_000).T
    before = np.array([[0.05, 0.1, 0.2, 0.03], [0.04, 0.15, 0.25, 0.02], [0.4, 0.2, 0.3, 0.01]]) @ cover
    before = before + rng.normal(0, 0.002, before.shape)
    after = (before - 0.02) / 1.1 + rng.normal(0, 0.002, before.shape)
    which = rng.random(20_000) < changed
    after[:, which] += np.array([[0.1], [0.12], [-0.2]])
    return before, after, which


@pytest.mark.parametrize("changed", [0.0, 0.1, 0.3])
def test_gain_and_offset_are_recovered(changed: float) -> None:
    before, after, _ = scenes(changed)
    found = fit_normalisation(before, after)
    np.testing.assert_allclose(found.gain, 1.1, atol=0.01)
    np.testing.assert_allclose(found.offset, 0.02, atol=0.002)
    assert found.unchanged_pixels > 300


def test_changed_pixels_are_improbable() -> None:
    before, after, which = scenes(0.1)
    probability = no_change_probability(before, after)
    assert probability[which].max() < 1e-6
    assert probability[~which].max() > 0.99


def test_pixels_with_a_gap_are_left_out() -> None:
    before, after, _ = scenes(0.0)
    before[0, ::2] = np.nan
    after[:, ::2] = 9.0
    np.testing.assert_allclose(fit_normalisation(before, after).gain, 1.1, atol=0.02)


def test_too_little_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="Only 0 pixels look unchanged between the dates; 50 are needed"):
        fit_normalisation(np.full((3, 100), np.nan), np.zeros((3, 100)))


def test_none_leaves_everything() -> None:
    found = no_normalisation(2)
    assert (found.gain.tolist(), found.offset.tolist(), found.unchanged_pixels) == ([1, 1], [0, 0], 0)
