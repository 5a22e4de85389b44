"""Lay heights from a lattice of longitude and latitude onto a block of a map, with the geoid beneath."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel

Floats = NDArray[np.float64]


@kernel
def lay_heights(
    lattice: NDArray[np.float32],
    rows: Floats,
    columns: Floats,
    geoid: Floats,
    step: int,
    above_geoid: bool,
    out: NDArray[np.float32],
) -> Any:
    """Fill `out` with heights above the ellipsoid.

    Args:
        lattice: stored heights, NaN where unknown: there lies the geoid.
        rows, columns: position in the lattice of every `step`-th pixel of `out`; linear between, which on 32 pixels
            of a UTM grid errs by less than a thousandth of an arc second.
        geoid: its height at the same pixels.
        above_geoid: whether stored heights count from the geoid.
    """
    height, width = lattice.shape
    for r in range(out.shape[0]):
        i, v = r // step, (r % step) / step
        for c in range(out.shape[1]):
            j, u = c // step, (c % step) / step
            a, b, d, e = (1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u
            y = a * rows[i, j] + b * rows[i, j + 1] + d * rows[i + 1, j] + e * rows[i + 1, j + 1]
            x = a * columns[i, j] + b * columns[i, j + 1] + d * columns[i + 1, j] + e * columns[i + 1, j + 1]
            sea = a * geoid[i, j] + b * geoid[i, j + 1] + d * geoid[i + 1, j] + e * geoid[i + 1, j + 1]
            top, left = int(np.floor(y)), int(np.floor(x))
            fy, fx = y - top, x - left
            total = weight = 0.0
            for m in range(2):
                for n in range(2):
                    k, q = top + m, left + n
                    if 0 <= k < height and 0 <= q < width and not np.isnan(lattice[k, q]):
                        w = (fy if m else 1 - fy) * (fx if n else 1 - fx)
                        total += w * lattice[k, q]
                        weight += w
            if weight < 1e-6:
                out[r, c] = sea
            elif above_geoid:
                out[r, c] = total / weight + sea
            else:
                out[r, c] = total / weight
