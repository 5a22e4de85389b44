"""Years of composites whose NDVI goes up and down with the seasons, each pixel in its own measure."""

from datetime import date
from pathlib import Path

import numpy as np
from affine import Affine
from predictable import write_stack

from eo.io.grid import Grid

GRID = Grid("EPSG:32631", Affine(10, 0, 600_000, 0, -10, 5_400_000), 24, 16)
FIRST = date(2016, 1, 1)


def green_ndvi(months: int, seed: int = 0) -> np.ndarray:
    """Return NDVI (months, rows, columns): a level and a swing of each pixel's own, and a little noise."""
    rng = np.random.default_rng(seed)
    level, swing = rng.uniform(0.35, 0.6, GRID.shape), rng.uniform(0.1, 0.3, GRID.shape)
    month = np.arange(months)[:, None, None]
    return level + swing * np.sin(2 * np.pi * (month - 3) / 12) + rng.normal(0, 0.02, (months, *GRID.shape))


def write_green_years(folder: Path, months: int = 54, *, gaps: float = 0.0, **options) -> Path:
    """Write a stack of red and near infrared with that NDVI; a share of the looks is missing."""
    index = green_ndvi(months)
    total = 0.4
    scene = np.stack([total * (1 - index) / 2, total * (1 + index) / 2], axis=1)
    hidden = np.random.default_rng(1).random((months, *GRID.shape)) < gaps
    scene = np.where(hidden[:, None], np.nan, scene)
    return write_stack(folder, scene, grid=GRID, first=FIRST, **options)
