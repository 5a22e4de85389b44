"""A made set of labelled series (`made_model`) under a made sky (`made_sky`), the same for the same seed."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from eo.timeseries.crop_looks import TileLooks
from eo.timeseries.made_model import (
    ANGLE,
    HAZE,
    NOISE,
    SHARES,
    channels,
    loadings_at,
    mean_at,
    residual_memory,
    shared_factors,
)
from eo.timeseries.made_sky import draw_sky, see_through
from eo.timeseries.timesen2crop import BANDS, SCALE, is_other_year

SOURCE = "Made by Groundwork (eo.timeseries.made_crops): no real observation is in it"
LICENCE = "CC0-1.0"
BLOCK = 4096
"""Samples made at once: how many does not change with it, what they are does."""
_LOWEST, _HIGHEST = -900, 30_000


def season_start(tile: str) -> date:
    """Return the first of September that a tile's season begins at: 2017, or the year before that of its name."""
    return date(int(tile[:4]) - 1 if is_other_year(tile) else 2017, 9, 1)


def make_tile(
    tile: str, count: int, seed: int, *, shares: NDArray[np.float64] = SHARES, first_number: int = 0
) -> TileLooks:
    """Make the samples of one tile.

    Args:
        tile: its name; it settles dates, sky and what its samples share.
        count: how many.
        seed: of the whole set.
        shares: (16) share of each class; those of TimeSen2Crop by default.
        first_number: number of the first sample, which settles what further ones are drawn.
    """
    days, _ = draw_sky(tile, seed)
    name = tile.encode()
    shared = np.random.default_rng([seed, *name, 1]).standard_normal(shared_factors(tile))
    random = np.random.default_rng([seed, *name, 2, first_number])
    labels = random.choice(len(shares), count, p=shares).astype(np.uint8)
    values = np.empty((count, len(days), len(BANDS)), np.int16)
    flags = np.empty(values.shape[:2], np.uint8)
    for start in range(0, count, BLOCK):
        block = slice(start, min(start + BLOCK, count))
        clear = _draw(labels[block], days.astype(np.float64), tile, shared, random)
        seen, flags[block] = see_through(clear, tile, seed, random)
        values[block] = np.clip(np.round(seen * SCALE), _LOWEST, _HIGHEST)
    first = season_start(tile)
    dates = tuple(first + timedelta(days=int(day)) for day in days)
    numbers = np.arange(first_number, first_number + count, dtype=np.int32)
    return TileLooks(tile, dates, labels, numbers, values, flags)


def _draw(
    labels: NDArray[np.uint8],
    days: NDArray[np.float64],
    tile: str,
    shared: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float32]:
    """Return (samples, looks, 9) reflectance without clouds."""
    out = np.empty((len(labels), len(days), len(BANDS)), np.float32)
    for position in map(int, np.unique(labels)):
        members = np.flatnonzero(labels == position)
        load = loadings_at(position, days, tile).astype(np.float32)
        z = np.empty((len(members), load.shape[2]), np.float32)
        own = load.shape[2] - len(shared)
        z[:, :own] = random.standard_normal((len(members), own), np.float32)
        z[:, own:] = shared
        part = (z @ load.reshape(-1, load.shape[2]).T).reshape(len(members), *out.shape[1:])
        out[members] = part + mean_at(position, days).astype(np.float32)
    return out + _residual(len(labels), days, random) + _noise(out.shape[:2], random)


def _residual(count: int, days: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float32]:
    """Return (count, looks, 9) what fields do that no calendar says."""
    mixing, variances = channels()
    unmix = (np.linalg.inv(mixing) * np.sqrt(variances)).astype(np.float32)
    state = random.standard_normal((count, len(days), len(variances)), np.float32)
    for look, memory in enumerate(residual_memory(days).astype(np.float32)):
        if look:
            state[:, look] = memory * state[:, look - 1] + np.sqrt(1 - memory**2) * state[:, look]
    return state @ unmix.T


def _noise(shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float32]:
    """Return (samples, looks, 9) what differs from look to look."""
    noise = random.standard_normal((*shape, len(BANDS)), np.float32) * np.float32(NOISE)
    for direction in (HAZE, ANGLE):
        noise += random.standard_normal((*shape, 1), np.float32) * direction.astype(np.float32)
    return noise
