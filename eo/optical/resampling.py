"""Finer and coarser by whole factors, with pixels of no data left out; the kernels of the common case.

Bilinear weights are those of the four nearest pixel centres, renormalised over the valid ones; a pixel whose own source
pixel holds no data stays without (both as GDAL's warper does).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel

_NOWHERE = -(1 << 30)
"""A number that no pixel of 16 bits has."""


def repeat(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Return each pixel `factor` times along rows and columns."""
    return np.repeat(np.repeat(values, factor, 0), factor, 1)


def refine_bilinear(values: NDArray[Any], factor: int, nodata: float, out: NDArray[Any]) -> None:
    """Interpolate onto a grid `factor` times as fine.

    Args:
        values: integers, (rows + 2, columns + 2): one more pixel on each side than the output covers.
        nodata: value that is left out; NaN where none is.
        out: (rows · factor, columns · factor), filled.
    """
    if factor == 2 and values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
        _refine_twice(values, nodata, _NOWHERE if np.isnan(nodata) else int(nodata), out)
    else:
        _refine(values, factor, nodata, out)


@kernel
def _refine(values: Any, factor: int, nodata: float, out: Any) -> None:
    for i in range(out.shape[0]):
        _refine_row(values, factor, nodata, i, 0, out.shape[1], out[i])


@kernel
def _refine_row(values: Any, factor: int, nodata: float, i: int, first: int, end: int, out: Any) -> None:
    y = (i + 0.5) / factor + 0.5
    top = int(y)
    down = np.float32(y - top)
    for j in range(first, end):
        x = (j + 0.5) / factor + 0.5
        left = int(x)
        right = np.float32(x - left)
        if values[i // factor + 1, j // factor + 1] == nodata:
            out[j] = nodata
            continue
        a, b = values[top, left], values[top, left + 1]
        c, d = values[top + 1, left], values[top + 1, left + 1]
        wa = np.float32(0) if a == nodata else (1 - down) * (1 - right)
        wb = np.float32(0) if b == nodata else (1 - down) * right
        wc = np.float32(0) if c == nodata else down * (1 - right)
        wd = np.float32(0) if d == nodata else down * right
        total = wa + wb + wc + wd
        out[j] = np.floor((wa * a + wb * b + wc * c + wd * d) / total + np.float32(0.5))


@kernel
def _refine_twice(values: Any, nodata: float, hidden: int, out: Any) -> None:
    """Weights are 9, 3, 3 and 1 sixteenths: whole numbers do, column by column and then along the row."""
    rows, columns = out.shape
    width = values.shape[1]
    column = np.empty(width, np.int32)
    for i in range(rows):
        own = values[i // 2 + 1]
        other = values[i // 2 if i % 2 == 0 else i // 2 + 2]
        gaps = 0
        for c in range(width):
            a, b = np.int32(own[c]), np.int32(other[c])
            column[c] = 3 * a + b
            gaps += 1 if (a == hidden) | (b == hidden) else 0
        for c in range(columns // 2):
            middle = 3 * column[c + 1] + 8
            out[i, 2 * c] = (middle + column[c]) >> 4
            out[i, 2 * c + 1] = (middle + column[c + 2]) >> 4
        if gaps == 0:
            continue
        for c in range(width):
            if own[c] == hidden or other[c] == hidden:
                _refine_row(values, 2, nodata, i, max(2 * c - 3, 0), min(2 * c + 1, columns), out[i])


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
