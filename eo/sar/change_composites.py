"""Amplitude change detection (ACD) and multi-temporal coherence (MTC): bands, significance, colours.

Sources: ACD and MTC as SatCen's BETTER and NextGEOSS chains define them (red, green, blue: first date, second date, and
second date or coherence); the ratio of two multi-looked intensities follows Fisher's F with 2L and 2L degrees of
freedom (Oliver and Quegan, Understanding Synthetic Aperture Radar Images, 2004, §12.3).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fisher

from eo.kernel import kernel

Floats = NDArray[np.float32]
Colours = Literal["red_cyan", "yellow_blue"]
NO_CHANGE, INCREASE, DECREASE, NO_DATA = 0, 1, 2, 255
CO_POLARISED_DB, CROSS_POLARISED_DB = (-20.0, 0.0), (-27.0, -7.0)


def log_ratio_db(first: Floats, second: Floats) -> Floats:
    """Return 10 log10(second / first) of linear backscatter; NaN where either is not positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 10 * np.log10(second / first)
    return np.where((first > 0) & (second > 0), ratio, np.nan).astype(np.float32)


def threshold_db(looks: float, significance: float) -> float:
    """Return the log ratio that unchanged speckle exceeds, up or down, with the given probability.

    Args:
        looks: independent ones in each date's pixels.
        significance: 0.01 means that one unchanged pixel in a hundred is taken for changed.
    """
    return float(10 * np.log10(fisher.isf(significance / 2, 2 * looks, 2 * looks)))


def change_mask(log_ratio: Floats, looks: float, significance: float) -> NDArray[np.uint8]:
    """Return 0 no change, 1 brighter, 2 darker, 255 no data."""
    least = threshold_db(looks, significance)
    mask = np.full(log_ratio.shape, NO_CHANGE, np.uint8)
    mask[log_ratio >= least] = INCREASE
    mask[log_ratio <= -least] = DECREASE
    mask[np.isnan(log_ratio)] = NO_DATA
    return mask


def acd_colours(
    first: Floats, second: Floats, colours: Colours, limits_db: tuple[float, float] = CO_POLARISED_DB
) -> NDArray[np.uint8]:
    """Return red, green, blue of two dates of linear backscatter, shape (3, rows, columns).

    With `red_cyan` what lost backscatter is red and what gained cyan; with `yellow_blue` yellow and blue.

    Args:
        limits_db: backscatter that is drawn darkest (1) and brightest (255); 0 is no data.
    """
    one, two = (stretched(_decibels(date), *limits_db) for date in (first, second))
    bands = (one, two, two) if colours == "red_cyan" else (one, one, two)
    return _without_gaps(np.stack(bands))


def mtc_colours(
    first: Floats, second: Floats, coherence: Floats, limits_db: tuple[float, float] = CO_POLARISED_DB
) -> NDArray[np.uint8]:
    """Return red first date, green second date, blue coherence (0 to 1), shape (3, rows, columns); 0 is no data."""
    one, two = (stretched(_decibels(date), *limits_db) for date in (first, second))
    return _without_gaps(np.stack([one, two, stretched(coherence, 0.0, 1.0)]))


def stretched(values: Floats, low: float, high: float) -> NDArray[np.uint8]:
    """Return 1 for low and below, 255 for high and above, rounded between; 0 for NaN."""
    out = np.empty(values.shape, np.uint8)
    _stretch(np.ascontiguousarray(values, np.float32).ravel(), low, 254.0 / (high - low), out.ravel())
    return out


@kernel
def _stretch(values: Floats, low: float, scale: float, out: NDArray[np.uint8]) -> None:
    for k in range(len(values)):
        value = values[k]
        out[k] = 0 if np.isnan(value) else int(np.rint(1.0 + min(max((value - low) * scale, 0.0), 254.0)))


def _decibels(backscatter: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(backscatter > 0, 10 * np.log10(backscatter), np.nan).astype(np.float32)


def _without_gaps(bands: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Leave a pixel empty where any band has no data."""
    bands *= np.minimum(np.minimum(bands[0], bands[1]), bands[2]) > 0
    return bands
