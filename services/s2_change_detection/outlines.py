"""The vector file of change: one polygon per patch of one kind."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io.grid import Grid
from eo.optical.change_vector import COUNTS_PER_DEGREE, COUNTS_PER_REFLECTANCE
from eo.optical.patches import label_patches, patch_sizes, sum_by_patch
from eo.vector.files import VectorFormat, write_polygons
from eo.vector.polygons import ground_pixel_area_m2, outline

MAX_POLYGONS = 500_000
"""More are not drawn, the smallest being left out: no map and few programs take more."""
LAYER = "changes"

Polar = Callable[[Window], tuple[NDArray[np.integer], ...]]


def write_outlines(
    path: Path, format: VectorFormat, classes: NDArray[np.uint8], grid: Grid, windows: Iterable[Window], polar: Polar
) -> tuple[int, int]:
    """Write the polygons with kind, area and means; return how many there are and how many were left out.

    Args:
        classes: 0 no change, 1… kinds, 255 nodata.
        polar: gives magnitude, direction and percent of a window.
    """
    labels, count = label_patches(classes)
    sizes = patch_sizes(labels, count)
    left_out = max(count - MAX_POLYGONS, 0)
    if left_out:
        kept = np.zeros(count + 1, bool)
        kept[1 + np.argsort(-sizes[1:], kind="stable")[:MAX_POLYGONS]] = True
        labels *= kept[labels]
    sums = _sums(labels, count, classes, windows, polar)
    drawn = outline(labels, grid.transform)
    fields = _fields(drawn.labels, drawn.polygons, sizes, sums, grid)
    write_polygons(path, format, drawn.polygons, fields, grid.pyproj_crs, LAYER)
    return len(drawn.labels), left_out


def _sums(
    labels: NDArray[np.int32], count: int, classes: NDArray[np.uint8], windows: Iterable[Window], polar: Polar
) -> NDArray[np.int64]:
    """Return sums of magnitude, direction, percent and class per label."""
    sums = np.zeros((4, count + 1), np.int64)
    for window in windows:
        block = np.ascontiguousarray(labels[window.toslices()])
        if block.any():
            for values, total in zip((*polar(window), classes[window.toslices()]), sums, strict=True):
                sum_by_patch(block, values, total)
    return sums


def _fields(
    labels: NDArray[np.int64],
    polygons: NDArray[Any],
    sizes: NDArray[np.int64],
    sums: NDArray[np.int64],
    grid: Grid,
) -> dict[str, NDArray[Any]]:
    pixels = sizes[labels]
    magnitude, direction, percent, kind = sums[:, labels] / pixels
    centres = shapely.centroid(polygons)
    area_m2 = pixels * ground_pixel_area_m2(
        shapely.get_x(centres), shapely.get_y(centres), grid.transform, grid.pyproj_crs
    )
    return {
        "id": np.arange(1, len(labels) + 1, dtype=np.int32),
        "kind": kind.astype(np.int32),
        "area_m2": np.round(area_m2, 1),
        "pixels": pixels.astype(np.int32),
        "magnitude_mean": np.round(magnitude / COUNTS_PER_REFLECTANCE, 4),
        "direction_mean_deg": np.round(direction / COUNTS_PER_DEGREE, 2),
        "posterior_mean": np.round(percent / 100, 3),
    }
