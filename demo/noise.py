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
    stretched = sum(row_weights[k][:, None] * lattice[rows + k] for k in range(4))
    field = sum(column_weights[k][None, :] * stretched[:, columns + k] for k in range(4))  # type: ignore[index]
    return np.asarray(field / np.float32(0.48), dtype=np.float32)


def fractal(
    rng: np.random.Generator, shape: tuple[int, int], wavelength_px: float, octaves: int = 5, gain: float = 0.5
) -> Field:
    """Draw a random field with detail at every scale: octaves of halved wavelength, each `gain` times as strong.

    Returns:
        (y, x), zero mean, unit variance over many draws.
    """
    total = np.zeros(shape, dtype=np.float32)
    power = 0.0
    for octave in range(octaves):
        wavelength = max(wavelength_px / 2**octave, 1.0)
        total += np.float32(gain**octave) * smooth(rng, shape, wavelength)
        power += gain ** (2 * octave)
    return total / np.float32(np.sqrt(power))


def smoothstep(low: float, high: float, value: Field) -> Field:
    """Rise from 0 at `low` to 1 at `high` with level ends."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def _spline(size: int, wavelength_px: float) -> tuple[NDArray[np.intp], list[Field]]:
    """The first lattice point and the four weights of the uniform cubic B-spline at every pixel."""
    position = (np.arange(size) + 0.5) / wavelength_px
    first = np.floor(position).astype(np.intp)
    t = (position - first).astype(np.float32)
    weights = [(1 - t) ** 3 / 6, (3 * t**3 - 6 * t**2 + 4) / 6, (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6, t**3 / 6]
    return first, weights
