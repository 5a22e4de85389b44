"""Known mixtures are found again; without change there is none."""

import numpy as np
import pytest
from scipy import stats

from eo.errors import NotEnoughData
from eo.optical.expectation_maximisation import Mixture, fit_mixture

STEP = 1e-4
MAGNITUDES = np.arange(20_000) * STEP


def pixels_of(*parts: tuple[float, object], total: float = 1e10) -> np.ndarray:
    """Return expected pixels per bin of a mixture of (weight, scipy distribution), without any sampling."""
    edges = np.concatenate([[-1.0], MAGNITUDES + STEP / 2])
    density = sum(weight * np.diff(law.cdf(edges)) for weight, law in parts)  # type: ignore[attr-defined]
    return np.round(total * density).astype(np.int64)


def threshold(mixture: Mixture, level: float) -> float:
    return float(MAGNITUDES[np.argmax(mixture.posterior >= level)])


def test_gaussian_mixture_is_recovered() -> None:
    pixels = pixels_of((0.8, stats.norm(0.05, 0.01)), (0.2, stats.norm(0.2, 0.03)))
    mixture = fit_mixture(MAGNITUDES, pixels, "gaussian")
    assert mixture.unchanged == pytest.approx((0.8, 0.05, 0.01), rel=2e-3)
    assert mixture.changed == pytest.approx((0.2, 0.2, 0.03), rel=2e-3)


def test_posterior_is_bayes_rule() -> None:
    pixels = pixels_of((0.7, stats.norm(0.05, 0.015)), (0.3, stats.norm(0.12, 0.015)))
    mixture = fit_mixture(MAGNITUDES, pixels, "gaussian")
    x = MAGNITUDES[900]
    changed, unchanged = 0.3 * stats.norm(0.12, 0.015).pdf(x), 0.7 * stats.norm(0.05, 0.015).pdf(x)
    assert mixture.posterior[900] == pytest.approx(changed / (changed + unchanged), abs=1e-3)


def test_equal_widths_put_even_odds_where_the_closed_form_does() -> None:
    pixels = pixels_of((0.5, stats.norm(0.05, 0.01)), (0.5, stats.norm(0.15, 0.01)))
    assert threshold(fit_mixture(MAGNITUDES, pixels, "gaussian"), 0.5) == pytest.approx(0.10, abs=2e-4)


@pytest.mark.parametrize("bands", [2, 4, 6])
def test_noise_of_several_bands_and_gaussian_change_are_recovered(bands: int) -> None:
    noise = stats.chi(bands, scale=0.01)
    pixels = pixels_of((0.95, noise), (0.05, stats.norm(0.15, 0.03)))
    mixture = fit_mixture(MAGNITUDES, pixels)
    assert mixture.unchanged == pytest.approx((0.95, noise.mean(), noise.std()), rel=0.02)
    assert mixture.changed == pytest.approx((0.05, 0.15, 0.03), rel=0.02)


@pytest.mark.parametrize("weight", [1e-4, 1e-3, 1e-2, 0.3])
def test_rare_and_common_change_are_found(weight: float) -> None:
    pixels = pixels_of((1 - weight, stats.rayleigh(scale=0.01)), (weight, stats.norm(0.15, 0.03)))
    assert fit_mixture(MAGNITUDES, pixels).changed.weight == pytest.approx(weight, rel=0.05)


@pytest.mark.parametrize("law", ["nakagami", "gaussian"])
@pytest.mark.parametrize("noise", [stats.rayleigh(scale=0.01), stats.chi(4, scale=0.01), stats.norm(0.05, 0.01)])
def test_one_population_is_no_change(law: str, noise: object) -> None:
    mixture = fit_mixture(MAGNITUDES, pixels_of((1.0, noise)), law)
    assert mixture.changed.weight == 0
    assert mixture.posterior.max() == 0
    assert mixture.separation < 3.5


def test_identical_scenes_are_no_change() -> None:
    pixels = np.zeros(100, np.int64)
    pixels[0] = 5000
    assert fit_mixture(MAGNITUDES[:100], pixels).posterior.max() == 0


@pytest.mark.parametrize("law", ["nakagami", "gaussian"])
def test_posterior_never_falls_with_the_magnitude(law: str) -> None:
    wide_then_narrow = pixels_of((0.9, stats.norm(0.08, 0.02)), (0.1, stats.norm(0.25, 0.008)))
    narrow_then_wide = pixels_of((0.9, stats.norm(0.08, 0.008)), (0.1, stats.norm(0.25, 0.08)))
    for pixels in (wide_then_narrow, narrow_then_wide):
        posterior = fit_mixture(MAGNITUDES, pixels, law).posterior
        assert (np.diff(posterior) >= 0).all()
        assert posterior[0] < 2e-3
        assert posterior[-1] > 0.999


def test_one_saturated_pixel_does_not_hide_the_change() -> None:
    pixels = pixels_of((0.99, stats.rayleigh(scale=0.01)), (0.01, stats.norm(0.15, 0.03)))
    pixels[-1] += 1
    assert fit_mixture(MAGNITUDES, pixels).changed.weight == pytest.approx(0.01, rel=0.05)


def test_too_few_pixels_are_refused() -> None:
    pixels = np.zeros(100, np.int64)
    pixels[:9] = 11
    with pytest.raises(NotEnoughData) as refused:
        fit_mixture(MAGNITUDES[:100], pixels)
    assert refused.value.message == (
        "Only 99 pixels are valid on both dates; at least 100 are needed to tell change from none."
    )
