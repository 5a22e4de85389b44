"""Range-Doppler terrain correction of one block of a map: from the map's pixels into the radar image.

Source: Small and Schubert, Guide to Sentinel-1 Geocoding, UZH-S1-GC-AD 1.12 (2022), §4 (backward geocoding).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eo.io.grid import Grid
from eo.sar.geocoding import ImageGeometry, image_positions
from eo.sar.sampling import sample_bilinear


class ImageWindow(NamedTuple):
    """A part of a radar image."""

    first_line: int
    first_sample: int
    lines: int
    samples: int


ReadImage = Callable[[ImageWindow], NDArray[np.float32]]


def correct_block(
    geometry: ImageGeometry, shape: tuple[int, int], read: ReadImage, grid: Grid, heights_m: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return a block of the map.

    Args:
        shape: lines and samples of the whole image.
        read: gives a window of the image, NaN for no data; called once at the most.
        grid: the block.
        heights_m: above the ellipsoid, of the grid's pixels; NaN where unknown.

    Returns:
        (rows, columns), NaN where the image says nothing.
    """
    line, sample = image_positions(geometry, grid, heights_m)
    window = window_around(line, sample, shape)
    if window is None:
        return np.full(heights_m.shape, np.nan, np.float32)
    line -= window.first_line
    sample -= window.first_sample
    return sample_bilinear(read(window), line, sample)


def window_around(line: NDArray[np.float64], sample: NDArray[np.float64], shape: tuple[int, int]) -> ImageWindow | None:
    """Return the part of an image that positions fall on, None where they all miss it."""
    inside = (line >= 0) & (line <= shape[0] - 1) & (sample >= 0) & (sample <= shape[1] - 1)
    if not inside.any():
        return None
    top, bottom = math.floor(line[inside].min()), math.ceil(line[inside].max())
    left, right = math.floor(sample[inside].min()), math.ceil(sample[inside].max())
    return ImageWindow(top, left, max(bottom - top, 1) + 1, max(right - left, 1) + 1)
