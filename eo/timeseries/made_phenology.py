"""The years of sixteen made crops: how green, dry and bare their fields are, and what that looks like in nine bands.

Everything here is made, after the calendars of the Austrian lowlands; no number was fitted to TimeSen2Crop. Days count
from 1 September.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DAYS = np.arange(-60.0, 440.0)
"""Days that curves are tabulated for: a season, and what shifts may reach."""
SOIL = np.array([0.075, 0.105, 0.140, 0.165, 0.185, 0.200, 0.220, 0.290, 0.240])
GREEN = np.array([0.022, 0.055, 0.025, 0.090, 0.310, 0.390, 0.430, 0.190, 0.090])
DRY = np.array([0.075, 0.115, 0.165, 0.205, 0.245, 0.270, 0.300, 0.360, 0.260])
YELLOW = np.array([0.005, 0.070, 0.060, 0.060, 0.020, 0.010, 0.010, 0.000, 0.000])
TINT = 0.14
"""How far the leaves of the crops of one kind differ, each in a pattern of its own over the bands."""
WHITE = np.array([0.040, 0.050, 0.045, 0.040, 0.020, 0.010, 0.010, 0.000, 0.000])


@dataclass(frozen=True)
class Crop:
    """A crop's year.

    Args:
        growth: (day of half growth, days of growing, day of half decline, days of declining, cover) of each growth.
        dry_until: day of harvest; dry straw stands from the last decline until then. 0 for none.
        cuts: (day, depth) of each mowing.
        flower: (day, width in days, strength), yellow.
        blossom: the same, white.
        near: factor of the near infrared of its leaves.
        shortwave: factor of the shortwave infrared.
        visible: factor of the visible.
    """

    growth: tuple[tuple[float, float, float, float, float], ...]
    dry_until: float = 0.0
    cuts: tuple[tuple[float, float], ...] = ()
    flower: tuple[float, float, float] = (0.0, 1.0, 0.0)
    blossom: tuple[float, float, float] = (0.0, 1.0, 0.0)
    near: float = 1.0
    shortwave: float = 1.0
    visible: float = 1.0


CROPS = (
    Crop(((-80, 9, 85, 22, 0.62), (206, 9, 460, 20, 0.92)), cuts=((262, 0.55), (303, 0.50), (342, 0.42)), near=1.06),
    Crop(((-80, 9, 95, 25, 0.66), (204, 11, 460, 20, 0.84)), cuts=((270, 0.30), (326, 0.26)), visible=1.10),
    Crop(((281, 8, 378, 9, 0.88),), near=0.96, shortwave=0.93),
    Crop(((266, 7, 334, 10, 0.84),), near=1.05, shortwave=1.02, blossom=(293, 8, 0.35)),
    Crop(((268, 8, 333, 9, 0.80),), dry_until=368, flower=(309, 8, 0.45), near=0.98, shortwave=1.08),
    Crop(((281, 9, 356, 7, 0.93),), near=1.16, visible=0.92),
    Crop(((42, 8, 100, 25, 0.38), (197, 9, 270, 6, 0.90)), dry_until=299),
    Crop(((14, 9, 95, 22, 0.48), (203, 9, 288, 9, 0.80)), dry_until=314, blossom=(257, 8, 0.9)),
    Crop(((38, 9, 100, 25, 0.36), (193, 9, 286, 8, 0.82)), dry_until=327, near=0.90, shortwave=1.06),
    Crop(((12, 8, 100, 25, 0.70), (197, 9, 287, 8, 0.90)), dry_until=318, flower=(238, 9, 1.0), near=1.05),
    Crop(((270, 9, 420, 15, 0.90),), near=1.12, shortwave=0.88),
    Crop(((229, 8, 293, 7, 0.86),), dry_until=326, near=0.98),
    Crop(((62, 10, 105, 25, 0.26), (207, 9, 295, 7, 0.92)), dry_until=328, near=1.01, shortwave=0.97),
    Crop(((46, 10, 102, 25, 0.32), (200, 9, 289, 8, 0.89)), dry_until=325, near=0.97, shortwave=1.01),
    Crop(((-80, 10, 460, 20, 0.26), (236, 12, 400, 14, 0.34)), near=0.94, shortwave=1.04),
    Crop(((288, 9, 351, 10, 0.64),), flower=(310, 9, 0.2), near=1.02),
)
KINDS = ((0, 1, 14), (2, 3, 4, 5, 10, 15), (6, 7, 8, 9, 11, 12, 13))
"""Perennial, summer and winter crops (spring cereals among these): fields look somewhat like others of their kind."""


def _rise(day: Array, middle: float, width: float) -> Array:
    return 1.0 / (1.0 + np.exp(-np.clip((day - middle) / (width / 1.8), -40, 40)))


def bump(day: Array, middle: float, width: float) -> Array:
    """Return a bell of height 1."""
    bell: Array = np.exp(-0.5 * ((day - middle) / width) ** 2)
    return bell


@lru_cache(maxsize=32)
def cover(position: int) -> tuple[Array, Array]:
    """Return (days of `DAYS`) shares of the ground that are green, and dry, for the crop at `position`."""
    crop = CROPS[position]
    green = np.zeros_like(DAYS)
    for on, growing, off, declining, height in crop.growth:
        green += height * (_rise(DAYS, on, growing) - _rise(DAYS, off, declining))
    for day, depth in crop.cuts:
        green -= depth * _rise(DAYS, day, 3) * np.exp(-np.maximum(DAYS - day, 0) / 14)
    dry = np.zeros_like(DAYS)
    if crop.dry_until:
        _, _, off, declining, height = crop.growth[-1]
        dry = 0.85 * height * (_rise(DAYS, off, declining) - _rise(DAYS, crop.dry_until, 5))
    return green, dry


def leaf(position: int) -> Array:
    """Return (9) the spectrum of a closed canopy of the crop."""
    crop = CROPS[position]
    factor = np.repeat([crop.visible, crop.near, crop.shortwave], [4, 3, 2])
    place = next(kind.index(position) for kind in KINDS if position in kind)
    tint = np.cos(np.pi * (np.arange(len(GREEN)) + 0.5) * (place + 1) / len(GREEN))
    spectrum: Array = GREEN * factor * (1.0 + TINT * tint)
    return spectrum


@lru_cache(maxsize=32)
def mean_spectrum(position: int) -> Array:
    """Return (days of `DAYS`, 9) the mean reflectance of the crop."""
    crop = CROPS[position]
    green, dry = cover(position)
    bare = 1.0 - green - dry
    spectrum: Array = bare[:, None] * SOIL + green[:, None] * leaf(position) + dry[:, None] * DRY
    for (day, width, strength), colour in ((crop.flower, YELLOW), (crop.blossom, WHITE)):
        spectrum += (strength * bump(DAYS, day, width))[:, None] * colour
    return spectrum


def at_days(curve: Array, day: Array) -> Array:
    """Return (days, …) a tabulated curve at whole days."""
    position = np.round(day).astype(np.int64) - int(DAYS[0])
    values: Array = curve[position]
    return values
