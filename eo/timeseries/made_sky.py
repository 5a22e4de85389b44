"""The sky over a made tile: when it is looked at, how cloudy it is, where snow lies; and what is seen through it."""

import numpy as np
from numpy.typing import NDArray

from eo.timeseries.timesen2crop import Flag

Array = NDArray[np.float64]
REVISIT_DAYS = 5
SECOND_ORBIT_AFTER_DAYS = 2
MOST_CLOUD = 0.8
"""Images with more cloud are left out, as in TimeSen2Crop."""
SNOW = np.array([0.72, 0.74, 0.74, 0.73, 0.72, 0.70, 0.66, 0.10, 0.08])
SHADOW = np.array([0.62, 0.52, 0.45, 0.42, 0.40, 0.38, 0.38, 0.36, 0.36])


def draw_sky(tile: str, seed: int) -> tuple[NDArray[np.int64], Array]:
    """Return (looks) the days since 1 September of the looks, and (looks, 2) shares of cloud and snow."""
    random = np.random.default_rng([seed, *tile.encode(), 0])
    first = int(random.integers(REVISIT_DAYS))
    days = np.arange(first, 365, REVISIT_DAYS)
    if random.random() < 0.35:
        days = np.sort(np.concatenate([days, np.arange(first + SECOND_ORBIT_AFTER_DAYS, 365, REVISIT_DAYS)]))
    winter = np.cos(2 * np.pi * (days - 125) / 365)
    overcast = random.random(len(days)) < 0.40 + 0.15 * winter
    cloud = np.where(overcast, random.beta(6.0, 1.0, len(days)), random.beta(0.6, 3.0, len(days)))
    depth = np.clip(np.exp(-0.5 * ((days - 135) / 28.0) ** 2) * random.uniform(0.1, 0.6), 0, 1)
    snow = np.where(random.random(len(days)) < depth, random.beta(4.0, 2.0, len(days)), 0.0)
    kept = cloud <= MOST_CLOUD
    return days[kept], np.stack([cloud, snow], axis=1)[kept]


def see_through(
    clear: NDArray[np.float32], tile: str, seed: int, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return what is seen of the ground through clouds, shadows and snow, and the flags that say so.

    Args:
        clear: (samples, looks, 9) reflectance of the ground; overwritten.
    """
    _, shares = draw_sky(tile, seed)
    chance = random.random(clear.shape[:2], np.float32)
    cloud, shadow = shares[:, 0], 0.22 * shares[:, 0] * (1 - shares[:, 0])
    flags = np.where(chance < cloud, Flag.CLOUD, np.where(chance < cloud + shadow, Flag.SHADOW, Flag.CLEAR))
    snowy = (flags == Flag.CLEAR) & (random.random(clear.shape[:2], np.float32) < shares[:, 1])
    flags = np.where(snowy, Flag.SNOW, flags).astype(np.uint8)
    shaded = flags == Flag.SHADOW
    clear[shaded] *= SHADOW.astype(np.float32)
    white = flags == Flag.CLOUD
    thickness = random.uniform(0.25, 0.95, (int(white.sum()), 1)).astype(np.float32)
    clear[white] = clear[white] * (1 - thickness) + thickness * np.float32(0.62)
    flakes = random.normal(1.0, 0.08, (int(snowy.sum()), 1)).astype(np.float32)
    clear[snowy] = flakes * SNOW.astype(np.float32)
    return clear, flags
