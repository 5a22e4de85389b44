"""Floats with fewer digits: the last bits of a measured value are noise, which no compression makes smaller."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel

FULL_BITS = 23
"""Of the mantissa of a 32-bit float (IEEE 754)."""


def rounded(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Return values whose mantissa keeps so many bits, rounded to the nearest: relative error up to 2^−(bits + 1).

    Args:
        values: any shape, C order; NaN and infinities stay what they are.
        bits: 1 to 22.
    """
    source = np.ascontiguousarray(values, np.float32)
    out = np.empty_like(source)
    _round(source.view(np.uint32).ravel(), np.uint32(FULL_BITS - bits), out.view(np.uint32).ravel())
    return out


@kernel
def _round(source: NDArray[np.uint32], dropped: np.uint32, out: NDArray[np.uint32]) -> Any:
    half, mask = np.uint32(1) << (dropped - np.uint32(1)), ~((np.uint32(1) << dropped) - np.uint32(1))
    for k in range(source.size):
        special = (source[k] & np.uint32(0x7F800000)) == np.uint32(0x7F800000)
        out[k] = source[k] if special else (source[k] + half) & mask
