"""Periods without a clear look, filled from those before and after."""

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel


class Fill(IntEnum):
    """Where the value of a pixel in a period comes from."""

    NO_DATA = 0
    OBSERVED = 1
    INTERPOLATED = 2
    HELD = 3


FILL_TITLES = {
    Fill.NO_DATA: "No data",
    Fill.OBSERVED: "Clear looks",
    Fill.INTERPOLATED: "Interpolated in time",
    Fill.HELD: "Held from the nearest period",
}


def fill_gaps(
    stack: NDArray[np.uint16], middles: NDArray[np.float64], limit_days: float, *, hold: bool = True
) -> NDArray[np.uint8]:
    """Fill gaps in place by linear interpolation in time, band by band.

    Args:
        stack: (periods, bands, pixels) stored numbers; 0 is no data, and is what is filled.
        middles: (periods) middle of each period, in days, rising.
        limit_days: how far a period may lie from the observed one before it and after it, each.
        hold: whether periods before the first and after the last observed one take its value, within the limit.

    Returns:
        (periods, pixels) `Fill` of the first band, which stands for all: composites have all bands or none.
    """
    state = np.empty((stack.shape[0], stack.shape[2]), np.uint8)
    _fill(stack, np.asarray(middles, np.float64), float(limit_days), hold, state)
    return state


@kernel
def _fill(stack: Any, middles: Any, limit: float, hold: bool, state: Any) -> None:
    periods, bands, pixels = stack.shape
    for band in range(bands):
        for pixel in range(pixels):
            before = -1
            period = 0
            while period < periods:
                if stack[period, band, pixel] != 0:
                    before = period
                    if band == 0:
                        state[period, pixel] = 1
                    period += 1
                    continue
                after = period + 1
                while after < periods and stack[after, band, pixel] == 0:
                    after += 1
                for gap in range(period, after):
                    left = middles[gap] - middles[before] if before >= 0 else np.inf
                    right = middles[after] - middles[gap] if after < periods else np.inf
                    kind = 0
                    if left <= limit and right <= limit:
                        share = left / (left + right)
                        low = float(stack[before, band, pixel])
                        high = float(stack[after, band, pixel])
                        stack[gap, band, pixel] = np.uint16(np.floor(low + share * (high - low) + 0.5))
                        kind = 2
                    elif hold and before < 0 and right <= limit:
                        stack[gap, band, pixel] = stack[after, band, pixel]
                        kind = 3
                    elif hold and after >= periods and left <= limit:
                        stack[gap, band, pixel] = stack[before, band, pixel]
                        kind = 3
                    if band == 0:
                        state[gap, pixel] = kind
                before = -1 if after >= periods else after
                period = after
