"""Coarser and finer pixels over the same ground."""

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def block_mean(values: Field, factor: int) -> Field:
    """Average blocks of `factor` by `factor` pixels; both sizes must be divisible by it."""
    if factor == 1:
        return values
    height, width = values.shape
    rows = sum(values[k::factor] for k in range(1, factor)) + values[::factor]
    if height % factor or width % factor:
        raise ValueError(f"{height}x{width} pixels do not fall into blocks of {factor}")
    columns = sum(rows[:, k::factor] for k in range(1, factor)) + rows[:, ::factor]
    return np.asarray(columns / np.float32(factor**2), dtype=np.float32)


def enlarge(values: Field, factor: int) -> Field:
    """Repeat each pixel `factor` times in both directions."""
    return values.repeat(factor, axis=0).repeat(factor, axis=1)
