"""Features over a mask: how many of its pixels each touches."""

from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]


def touched_pixels(mask: Mask, transform: Affine, geometries: NDArray[Any]) -> tuple[Counts, Counts]:
    """Return for each geometry the pixels of the mask that it touches, and all pixels that it touches.

    A pixel is touched where geometry and pixel share a place, their edges included; pixels beside the mask count for
    nothing. Only geometries with anything of the mask inside their bounds are drawn: the others are told from sums
    over rectangles (Crow 1984, Summed-area tables for texture mapping).

    Args:
        mask: (row, column).
        transform: from pixel (column, row) to map coordinates.
        geometries: shapely geometries in map coordinates.
    """
    inside = np.zeros(len(geometries), np.int64)
    every = np.zeros(len(geometries), np.int64)
    windows = _windows(mask, transform, geometries)
    sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), np.int64)
    np.cumsum(np.cumsum(mask, axis=0, dtype=np.int64), axis=1, out=sums[1:, 1:])
    top, left, bottom, right = windows.T
    within = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    for number in np.flatnonzero(within):
        rows, columns = slice(top[number], bottom[number]), slice(left[number], right[number])
        burned = rasterize(
            [geometries[number]],
            out_shape=(rows.stop - rows.start, columns.stop - columns.start),
            transform=transform * Affine.translation(columns.start, rows.start),
            all_touched=True,
            dtype="uint8",
        ).astype(bool)
        every[number] = int(burned.sum())
        inside[number] = int((burned & mask[rows, columns]).sum())
    return inside, every


def _windows(mask: Mask, transform: Affine, geometries: NDArray[Any]) -> NDArray[np.int64]:
    """Return top, left, bottom, right of the pixels around each geometry, a pixel wider, within the mask."""
    west, south, east, north = shapely.bounds(geometries).T
    corners = [~transform * (x, y) for x in (west, east) for y in (south, north)]
    columns, rows = np.array([c[0] for c in corners]), np.array([c[1] for c in corners])
    height, width = mask.shape
    with np.errstate(invalid="ignore"):
        edges = (rows.min(0) - 1, columns.min(0) - 1, rows.max(0) + 2, columns.max(0) + 2)
        limited = [np.clip(np.floor(e), 0, limit) for e, limit in zip(edges, (height, width) * 2, strict=True)]
    found: NDArray[np.int64] = np.nan_to_num(np.stack(limited, axis=1)).astype(np.int64)
    return found
