"""Where a raster of classes has one of some values; coarser where it would be too large."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import Resampling

MOST_PIXELS = 40_000_000


@dataclass(frozen=True)
class ClassMask:
    """A mask and where it lies.

    Args:
        pixels: (row, column).
        coarser: how many pixels of the raster a side of one of these is.
    """

    pixels: NDArray[np.bool_]
    transform: Affine
    crs: CRS
    coarser: int


def read_mask(path: Path, values: Collection[int], most_pixels: int = MOST_PIXELS) -> ClassMask:
    """Read where the first band of a GeoTIFF has one of the values, by the nearest pixel where it is coarser."""
    with rasterio.open(path, driver="GTiff") as raster:
        coarser = max(1, math.ceil(math.sqrt(raster.width * raster.height / most_pixels)))
        shape = (math.ceil(raster.height / coarser), math.ceil(raster.width / coarser))
        classes = raster.read(1, out_shape=shape, resampling=Resampling.nearest)
        transform = raster.transform * Affine.scale(raster.width / shape[1], raster.height / shape[0])
        crs = CRS.from_wkt(raster.crs.to_wkt())
    return ClassMask(np.isin(classes, list(values)), transform, crs, coarser)
