"""Windows of a radar image: the part of it that a block of a map needs."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel


class ImageWindow(NamedTuple):
    """A part of a radar image."""

    first_line: int
    first_sample: int
    lines: int
    samples: int

    def grown(self, margin: int, shape: tuple[int, int]) -> "ImageWindow":
        """Return the window with a margin all around, as far as an image of a shape goes."""
        top, left = max(self.first_line - margin, 0), max(self.first_sample - margin, 0)
        bottom = min(self.first_line + self.lines + margin, shape[0])
        right = min(self.first_sample + self.samples + margin, shape[1])
        return ImageWindow(top, left, bottom - top, right - left)


def window_around(line: NDArray[np.float64], sample: NDArray[np.float64], shape: tuple[int, int]) -> ImageWindow | None:
    """Return the part of an image that positions fall on, None where they all miss it."""
    bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
    _bounds(line, sample, shape[0] - 1, shape[1] - 1, bounds)
    if not np.isfinite(bounds).all():
        return None
    top, left = (math.floor(value) for value in bounds[:2])
    bottom, right = (math.ceil(value) for value in bounds[2:])
    return ImageWindow(top, left, max(bottom - top, 1) + 1, max(right - left, 1) + 1)


@kernel
def _bounds(
    line: NDArray[np.float64], sample: NDArray[np.float64], last_line: int, last_sample: int, out: NDArray[np.float64]
) -> Any:
    for r in range(line.shape[0]):
        for c in range(line.shape[1]):
            y, x = line[r, c], sample[r, c]
            if y >= 0 and y <= last_line and x >= 0 and x <= last_sample:
                out[0], out[1] = min(out[0], y), min(out[1], x)
                out[2], out[3] = max(out[2], y), max(out[3], x)
