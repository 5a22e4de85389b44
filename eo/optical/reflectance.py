"""Reflectance as stored numbers: one packing for every baseline, so that scenes can be compared number by number.

Stored = (reflectance + 0.1) / 0.0001, as products store it from baseline 04.00 on: slightly negative reflectance has
its place, 0 means no data.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel

SCALE = 0.0001
OFFSET = -0.1
NODATA = 0
SATURATED = 65535


def repack(
    stored: NDArray[Any], scale: float, offset: float, nodata: float | None, saturated: float | None
) -> NDArray[np.uint16]:
    """Return reflectance in this library's packing.

    Args:
        stored: numbers of a product; reflectance = stored · scale + offset.
        nodata: stored number for no data, which becomes 0.
        saturated: stored number for saturated, which becomes 65535.

    Returns:
        As `stored`; reflectance outside of what can be held becomes 1 or 65534.
    """
    gain, bias = scale / SCALE, (offset - OFFSET) / SCALE
    if stored.dtype == np.uint16 and abs(gain - 1) < 1e-9 and abs(bias) < 1e-6 and nodata == NODATA:
        return stored
    out = np.empty(stored.shape, np.uint16)
    _repack(stored, gain, bias, _or_nan(nodata), _or_nan(saturated), out)
    return out


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


@kernel
def _repack(stored: Any, gain: float, bias: float, nodata: float, saturated: float, out: Any) -> None:
    rows, columns = stored.shape
    for i in range(rows):
        for j in range(columns):
            value = stored[i, j]
            if value == nodata:
                out[i, j] = NODATA
            elif value == saturated:
                out[i, j] = SATURATED
            else:
                out[i, j] = min(max(np.floor(value * gain + bias + 0.5), 1.0), SATURATED - 1.0)
