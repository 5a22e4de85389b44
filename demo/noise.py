"""Smooth random fields: what makes coasts, hills, fields and clouds look grown instead of drawn."""

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def smooth(rng: np.random.Generator, shape: tuple[int, int], wavelength_px: float) -> Field:
    """Draw a random field of one wavelength: a lattice of normal values, joined by cubic B-splines.

    Returns:
        (y, x), zero mean, unit variance over many draws.
    """
    rows, row_weights = _spline(shape[0], wavelength_px)
    columns, column_weights = _spline(shape[1], wavelength_px)
    lattice = rng.standard_normal((int(rows[-1]) + 4, int(columns[-1]) + 4), dtype=np.float32)
    lattice /= np.float32(0.48)  # the standard deviation that the splines leave, in two dimensions
    stretched = np.zeros((len(lattice), shape[1]), dtype=np.float32)
    for k, weights in enumerate(column_weights):
        stretched += weights * lattice[:, columns + k]
    field, line = np.zeros(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    for k, weights in enumerate(row_weights):
        np.take(stretched, rows + k, axis=0, out=line, mode="clip")
        line *= weights[:, None]
        field += line
    return field


def fractal(
    rng: np.random.Generator, shape: tuple[int, int], wavelength_px: float, octaves: int = 5, gain: float = 0.5
) -> Field:
    """Draw a random field with detail at every scale: octaves of halved wavelength, each `gain` times as strong.

    Returns:
        (y, x), zero mean, unit variance over many draws.
    """
    strengths = [gain**octave for octave in range(octaves)]
    total = np.zeros(shape, dtype=np.float32)
    for octave, strength in enumerate(strengths):
        detail = smooth(rng, shape, max(wavelength_px / 2**octave, 1.0))
        detail *= np.float32(strength)
        total += detail
    total /= np.float32(np.sqrt(sum(strength**2 for strength in strengths)))
    return total


def smoothstep(low: float, high: float, value: Field) -> Field:
    """Rise from 0 at `low` to 1 at `high` with level ends."""
    t: Field = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1, dtype=np.float32)
    level = 3 - 2 * t
    t *= t
    t *= level
    return t


def _spline(size: int, wavelength_px: float) -> tuple[NDArray[np.intp], list[Field]]:
    """The first lattice point and the four weights of the uniform cubic B-spline at every pixel."""
    position = (np.arange(size) + 0.5) / wavelength_px
    first = np.floor(position).astype(np.intp)
    t = (position - first).astype(np.float32)
    weights = [(1 - t) ** 3 / 6, (3 * t**3 - 6 * t**2 + 4) / 6, (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6, t**3 / 6]
    return first, weights
