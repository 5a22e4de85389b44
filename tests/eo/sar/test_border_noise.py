"""Border noise: where it ends, with a known end, and that true pixels as dark as noise stay."""

import numpy as np

from eo.sar.border_noise import clean_from


def made(lines: int, samples: int, border: int, power: float, noise: float) -> np.ndarray:
    """Numbers: small ones of a tenth of the noise in the border, then speckle over noise."""
    rng = np.random.default_rng(1)
    mean = np.where(np.arange(samples) < border, 0.02 * noise, power + noise)
    return np.sqrt(mean * rng.gamma(4.4, 1 / 4.4, (lines, samples))).astype(np.uint16)


def test_the_border_ends_where_it_ends() -> None:
    numbers = made(200, 600, 137, 4000.0, 900.0)
    found = clean_from(numbers, np.full(numbers.shape, 900.0))
    assert np.abs(found - 137).max() <= 2
    assert np.median(found) == 137


def test_pixels_as_dark_as_the_noise_stay() -> None:
    """Calm water shows the noise alone: of the first pixels hardly any is lost."""
    numbers = made(200, 600, 0, 0.0, 900.0)
    found = clean_from(numbers, np.full(numbers.shape, 900.0))
    assert found.max() <= 3
    assert (found == 0).mean() > 0.8


def test_zeros_are_border_and_a_line_of_them_has_no_end() -> None:
    numbers = made(4, 100, 0, 4000.0, 0.0)
    numbers[:, :40] = 0
    numbers[2] = 0
    assert list(clean_from(numbers, np.zeros(numbers.shape))) == [40, 40, 100, 40]
