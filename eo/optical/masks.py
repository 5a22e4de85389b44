"""Masks of what hides the ground: classes out of scene classifications, probabilities and bit masks; wider margins.

Sources: Sentinel-2 Level-2A Algorithm Theoretical Basis Document (scene classification); THEIA, MUSCATE format, cloud
mask CLM and geophysical mask MG2.
"""

import math
from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel

Mask = NDArray[np.uint8]


class MaskClass(IntEnum):
    """What a pixel of a mask is."""

    NO_DATA = 0
    CLEAR = 1
    CLOUD = 2
    CLOUD_SHADOW = 3
    CIRRUS = 4
    OTHER = 5
    LAND = 6
    SEA = 7


MASK_TITLES: Mapping[int, str] = {
    MaskClass.NO_DATA: "No data",
    MaskClass.CLEAR: "Clear",
    MaskClass.CLOUD: "Cloud, with its margin",
    MaskClass.CLOUD_SHADOW: "Cloud shadow",
    MaskClass.CIRRUS: "Thin cirrus",
    MaskClass.OTHER: "Other class that was left out",
    MaskClass.LAND: "Land, left out",
    MaskClass.SEA: "Sea, left out",
}
MASK_COLOURS: Mapping[int, tuple[int, int, int]] = {
    MaskClass.NO_DATA: (0, 0, 0),
    MaskClass.CLEAR: (120, 180, 110),
    MaskClass.CLOUD: (245, 245, 245),
    MaskClass.CLOUD_SHADOW: (90, 75, 60),
    MaskClass.CIRRUS: (170, 205, 230),
    MaskClass.OTHER: (230, 150, 60),
    MaskClass.LAND: (200, 180, 140),
    MaskClass.SEA: (50, 95, 160),
}
SCL_TITLES: Mapping[int, str] = {
    0: "No data",
    1: "Saturated or defective",
    2: "Dark area",
    3: "Cloud shadow",
    4: "Vegetation",
    5: "Not vegetated",
    6: "Water",
    7: "Unclassified",
    8: "Cloud, medium probability",
    9: "Cloud, high probability",
    10: "Thin cirrus",
    11: "Snow or ice",
}
SCL_COLOURS: Mapping[int, tuple[int, int, int]] = {
    0: (0, 0, 0),
    1: (255, 0, 0),
    2: (47, 47, 47),
    3: (100, 50, 0),
    4: (0, 160, 0),
    5: (255, 230, 90),
    6: (0, 0, 255),
    7: (128, 128, 128),
    8: (192, 192, 192),
    9: (255, 255, 255),
    10: (100, 200, 255),
    11: (255, 150, 255),
}
SCL_CLOUD_CLASSES = (3, 8, 9, 10)
SCL_WATER = 6
_SCL_MEANING = {
    3: MaskClass.CLOUD_SHADOW,
    8: MaskClass.CLOUD,
    9: MaskClass.CLOUD,
    10: MaskClass.CIRRUS,
}
SCL_SNOW = 11
_MG2_SNOW = 0b0000_0100
_CLM_CLOUD, _CLM_CIRRUS, _CLM_SHADOW = 0b0000_1110, 0b1001_0000, 0b0110_0000


def from_scene_classification(scl: Mask, masked: Collection[int]) -> Mask:
    """Return the mask class of each pixel of an SCL raster; CLEAR for classes that are not to be masked."""
    table = np.full(256, MaskClass.CLEAR, np.uint8)
    for value in masked:
        table[value] = _SCL_MEANING.get(value, MaskClass.OTHER)
    return table[scl]


def from_probability(percent: Mask, threshold_percent: float) -> Mask:
    """Return CLOUD where the cloud probability reaches the threshold, else CLEAR."""
    return np.where(percent >= threshold_percent, MaskClass.CLOUD, MaskClass.CLEAR).astype(np.uint8)


def from_classification(opaque: Mask, cirrus: Mask) -> Mask:
    """Return the mask of Level-1C's two cloud layers (MSK_CLASSI, from baseline 04.00)."""
    mask = np.where(cirrus > 0, MaskClass.CIRRUS, MaskClass.CLEAR).astype(np.uint8)
    mask[opaque > 0] = MaskClass.CLOUD
    return mask


def from_theia_bits(clm: Mask, geophysical: Mask | None = None) -> Mask:
    """Return the mask of THEIA's cloud bits: clouds over cirrus over shadows over snow.

    Args:
        geophysical: bits of MG2, where snow is to be masked.
    """
    mask = np.full(clm.shape, MaskClass.CLEAR, np.uint8)
    if geophysical is not None:
        mask[geophysical & _MG2_SNOW > 0] = MaskClass.OTHER
    mask[clm & _CLM_SHADOW > 0] = MaskClass.CLOUD_SHADOW
    mask[clm & _CLM_CIRRUS > 0] = MaskClass.CIRRUS
    mask[clm & _CLM_CLOUD > 0] = MaskClass.CLOUD
    return mask


def is_cloud(mask: Mask) -> NDArray[np.bool_]:
    """Say which pixels are cloud, shadow or cirrus."""
    return np.isin(mask, (MaskClass.CLOUD, MaskClass.CLOUD_SHADOW, MaskClass.CIRRUS))


def widen_clouds(mask: Mask, radius_m: float, pixel_size_m: tuple[float, float]) -> Mask:
    """Return the mask with a margin of CLOUD around clouds, shadows and cirrus.

    Args:
        radius_m: a pixel belongs to the margin when its centre is no farther than this from the centre of a cloudy one.
        pixel_size_m: width and height of a pixel.
    """
    clouds = is_cloud(mask)
    if radius_m <= 0 or not clouds.any():
        return mask
    near = dilate(clouds, radius_m / pixel_size_m[0], radius_m / pixel_size_m[1])
    return np.where(near & ~clouds, np.uint8(MaskClass.CLOUD), mask)


def dilate(mask: NDArray[np.bool_], columns: float, rows: float) -> NDArray[np.bool_]:
    """Return the mask grown by an ellipse whose half axes are given in pixels (a disk on square pixels).

    Equal to thresholding the Euclidean distance to the nearest pixel of the mask.
    """
    out = np.zeros(mask.shape, np.bool_)
    reach = _column_reach(mask, rows, columns, math.floor(rows))
    _spread_along_rows(reach, out)
    return out


@kernel
def _column_reach(mask: Any, rows: float, columns: float, steps: int) -> Any:
    """Return how many pixels to either side each pixel covers, for the nearest masked pixel of its column; −1: none."""
    height, width = mask.shape
    nearest = np.full((height, width), steps + 1, np.int32)
    for j in range(width):
        gap = steps + 1
        for i in range(height):
            gap = 0 if mask[i, j] else min(gap + 1, steps + 1)
            nearest[i, j] = gap
    for i in range(height - 2, -1, -1):
        for j in range(width):
            nearest[i, j] = min(nearest[i, j], nearest[i + 1, j] + 1)
    reach = np.empty(steps + 2, np.int32)
    for k in range(steps + 1):
        reach[k] = (
            int(np.floor(columns * np.sqrt(max(0.0, 1.0 - (k / rows) ** 2)) + 1e-9)) if rows > 0 else int(columns)
        )
    reach[steps + 1] = -1
    for i in range(height):
        for j in range(width):
            nearest[i, j] = reach[min(nearest[i, j], steps + 1)]
    return nearest


@kernel
def _spread_along_rows(reach: Any, out: Any) -> None:
    """Mark every pixel that lies within the reach of one in its row: two sweeps, one each way."""
    height, width = reach.shape
    for i in range(height):
        until = -1
        for j in range(width):
            until = max(until, j + reach[i, j])
            out[i, j] = until >= j
        until = width
        for j in range(width - 1, -1, -1):
            until = min(until, j - reach[i, j]) if reach[i, j] >= 0 else until
            if until <= j:
                out[i, j] = True
