"""The speckle filters by name, their options checked.

An image may be filtered block by block: a block with `margin_of` pixels more on each side, as far as the image goes,
gives bit for bit what the whole image gives (Lee sigma: with the `target_level` of the whole image). Beyond the image
there is no data, and no pixel is influenced by what is no data.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from eo.errors import InvalidOption, InvalidWindow
from eo.sar.speckle.frost import frost
from eo.sar.speckle.lee_sigma import REACH, lee_sigma, sigma_range, target_level
from eo.sar.speckle.local_statistics import BOXCAR, GAMMA_MAP, LEE, filter_by_moments
from eo.sar.speckle.median import filter_median
from eo.sar.speckle.moments import Image
from eo.sar.speckle.refined_lee import WINDOW as REFINED_LEE_WINDOW
from eo.sar.speckle.refined_lee import refined_lee, sides

Name = Literal["none", "boxcar", "median", "lee", "refined_lee", "lee_sigma", "gamma_map", "frost"]
NAMES: tuple[Name, ...] = get_args(Name)
SMALLEST_WINDOW = 3
SIGMA = (0.5, 0.9)


@dataclass(frozen=True)
class SpeckleFilter:
    """A filter with its options; those that a filter does not use are left aside.

    Args:
        window: pixels on a side, odd; refined Lee has 7.
        looks: equivalent number of looks of the intensity (Lee filters, gamma MAP).
        damping: how fast the weights of Frost fall.
        sigma: share of the speckle within the range of Lee sigma.
        target_level: intensity above which a pixel may belong to a target, which Lee sigma leaves as it is; None takes
            it from the array that is filtered.
    """

    name: Name
    window: int = 7
    looks: float = 1.0
    damping: float = 2.0
    sigma: float = 0.9
    target_level: float | None = None


def margin_of(name: Name, window: int) -> int:
    """Return how many pixels around a block the filter looks at.

    Raises:
        InvalidOption: no such filter.
        InvalidWindow: the filter has no such window.
    """
    _check_name(name)
    _check_window(name, window)
    if name == "none":
        return 0
    return max(window // 2, REACH) if name == "lee_sigma" else window // 2


def check(speckle: SpeckleFilter, shape: Sequence[int]) -> None:
    """Refuse a filter that cannot be applied to an image of this shape.

    Raises:
        InvalidOption: an unknown name; looks, damping or sigma outside what is allowed.
        InvalidWindow: an even window, or one larger than the image.
    """
    _check_name(speckle.name)
    if speckle.name == "none":
        return
    _check_window(speckle.name, speckle.window)
    if speckle.window > min(shape):
        raise InvalidWindow(
            f"The window is {speckle.window} pixels wide and the image has {shape[0]} rows and {shape[1]} columns; "
            f"at most {min(shape)} are allowed.",
            hint="Choose a smaller window or a larger area.",
        )
    for option in ("looks", "damping"):
        value = getattr(speckle, option)
        if not (value > 0 and math.isfinite(value)):
            raise InvalidOption(f"{option} is {value:g}; it has to be a number above 0.")
    low, high = SIGMA
    if not low <= speckle.sigma <= high:
        raise InvalidOption(f"sigma is {speckle.sigma:g}; {low:g} to {high:g} is allowed.")


def filter_speckle(
    intensity: NDArray[np.floating[Any]], speckle: SpeckleFilter, *, image_shape: Sequence[int] | None = None
) -> Image:
    """Filter the speckle of an intensity image, or of a block of one.

    Args:
        intensity: linear intensity, (rows, columns); NaN where there is no data, infinite values count as such.
        speckle: filter and options.
        image_shape: rows and columns of the image of which `intensity` is a block.

    Returns:
        (rows, columns), NaN exactly where `intensity` is.

    Raises:
        InvalidOption: as `check`, and so InvalidWindow.
    """
    check(speckle, intensity.shape if image_shape is None else image_shape)
    values = np.ascontiguousarray(intensity, np.float32)
    return _KERNELS[speckle.name](values, speckle)


def _lee_sigma(values: Image, speckle: SpeckleFilter) -> Image:
    level = target_level(values) if speckle.target_level is None else float(speckle.target_level)
    return lee_sigma(values, speckle.window, float(speckle.looks), level, *sigma_range(speckle.looks, speckle.sigma))


_KERNELS: dict[Name, Callable[[Image, SpeckleFilter], Image]] = {
    "none": lambda values, _: np.where(np.isfinite(values), values, np.float32(np.nan)),
    "boxcar": lambda values, s: filter_by_moments(values, BOXCAR, s.window, 1.0),
    "median": lambda values, s: filter_median(values, s.window),
    "lee": lambda values, s: filter_by_moments(values, LEE, s.window, float(s.looks)),
    "refined_lee": lambda values, s: refined_lee(values, float(s.looks), sides()),
    "lee_sigma": _lee_sigma,
    "gamma_map": lambda values, s: filter_by_moments(values, GAMMA_MAP, s.window, float(s.looks)),
    "frost": lambda values, s: frost(values, s.window, float(s.damping)),
}


def _check_name(name: str) -> None:
    if name not in NAMES:
        raise InvalidOption(f"There is no speckle filter {name!r}; there are: {', '.join(NAMES)}.")


def _check_window(name: Name, window: int) -> None:
    if name == "none":
        return
    if name == "refined_lee" and window != REFINED_LEE_WINDOW:
        raise InvalidWindow(f"The window is {window}; refined_lee has {REFINED_LEE_WINDOW}.")
    if window < SMALLEST_WINDOW or window % 2 == 0:
        raise InvalidWindow(f"The window is {window}; an odd number of pixels, {SMALLEST_WINDOW} or more, is allowed.")
