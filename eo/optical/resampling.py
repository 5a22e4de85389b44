"""Finer and coarser by whole factors, with pixels of no data left out; the kernels of the common case.

Bilinear weights are those of the four nearest pixel centres, renormalised over the valid ones; a pixel whose own source
pixel holds no data stays without (both as GDAL's warper does).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel


def repeat(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Return each pixel `factor` times along rows and columns."""
    return np.repeat(np.repeat(values, factor, 0), factor, 1)


@kernel
def refine_bilinear(values: NDArray[Any], factor: int, nodata: float, out: NDArray[Any]) -> None:
    """Interpolate onto a grid `factor` times as fine.

    Args:
        values: integers, (rows + 2, columns + 2): one more pixel on each side than the output covers.
        nodata: value that is left out.
        out: (rows · factor, columns · factor), filled.
    """
    rows, columns = out.shape
    for i in range(rows):
        y = (i + 0.5) / factor + 0.5
        top = int(y)
        down = np.float32(y - top)
        for j in range(columns):
            x = (j + 0.5) / factor + 0.5
            left = int(x)
            right = np.float32(x - left)
            if values[i // factor + 1, j // factor + 1] == nodata:
                out[i, j] = nodata
                continue
            a, b = values[top, left], values[top, left + 1]
            c, d = values[top + 1, left], values[top + 1, left + 1]
            wa = np.float32(0) if a == nodata else (1 - down) * (1 - right)
            wb = np.float32(0) if b == nodata else (1 - down) * right
            wc = np.float32(0) if c == nodata else down * (1 - right)
            wd = np.float32(0) if d == nodata else down * right
            total = wa + wb + wc + wd
            out[i, j] = np.floor((wa * a + wb * b + wc * c + wd * d) / total + np.float32(0.5))


@kernel
def coarsen_mean(values: NDArray[Any], factor: int, nodata: float, out: NDArray[Any]) -> None:
    """Average blocks of `factor`×`factor` pixels.

    Args:
        values: integers, (rows · factor, columns · factor).
        nodata: value that is left out.
        out: (rows, columns), filled; nodata where no pixel of the block is valid.
    """
    rows, columns = out.shape
    for i in range(rows):
        for j in range(columns):
            total, count = 0.0, 0
            for k in range(factor):
                for m in range(factor):
                    value = values[i * factor + k, j * factor + m]
                    if value != nodata:
                        total += value
                        count += 1
            out[i, j] = np.floor(total / count + 0.5) if count else nodata
