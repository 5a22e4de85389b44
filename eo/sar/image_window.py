"""Windows of a radar image: the part of it that a block of a map needs."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


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
    inside = (line >= 0) & (line <= shape[0] - 1) & (sample >= 0) & (sample <= shape[1] - 1)
    if not inside.any():
        return None
    top, bottom = math.floor(line[inside].min()), math.ceil(line[inside].max())
    left, right = math.floor(sample[inside].min()), math.ceil(sample[inside].max())
    return ImageWindow(top, left, max(bottom - top, 1) + 1, max(right - left, 1) + 1)
