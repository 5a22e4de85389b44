"""Relief and water of the landscape: coast, hills, a river in its valley, a reservoir.

Positions are fractions of the extent (from the west, from the north), so that a small extent holds the same landscape
in small; sizes of things are metres.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.ndimage import distance_transform_edt
from shapely.geometry import LineString

from demo.averaging import enlarge
from demo.grid import Grid
from demo.noise import Field, fractal, smooth, smoothstep

COAST = (0.375, 0.0), (1.0, 0.6)  # the straight line that the coast wanders about
RIVER = (0.0, 0.80), (0.16, 0.70), (0.33, 0.55), (0.50, 0.46), (0.60, 0.33), (0.72, 0.20)
LAKE = (0.20, 0.36)
LAKE_SHARE = 0.036  # radius of the lake, as a share of the extent
COARSE = 2  # distances are measured on pixels this many times coarser

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Terrain:
    """Rasters over the grid, (y, x).

    `height_m`: above the sea, 0 on it. `coast_m`: distance to the shore, positive on land. `river_m`: distance to the
    river's middle line. `sea`, `lake`, `river`: where water stands all year.
    """

    height_m: Field
    coast_m: Field
    river_m: Field
    sea: Mask
    lake: Mask
    river: Mask
    river_line: LineString

    @property
    def water(self) -> Mask:
        """All permanent water."""
        return np.asarray(self.sea | self.lake | self.river)

    def slope(self, resolution_m: float) -> Field:
        """Height gained per metre in the steepest direction."""
        south, east = np.gradient(self.height_m, np.float32(resolution_m))
        return np.asarray(np.hypot(south, east), dtype=np.float32)


def make_terrain(grid: Grid, rng: np.random.Generator) -> Terrain:
    """Shape the land."""
    coast_m = _coast_distance(grid, rng)
    line = _river_line(grid, rng)
    river_m = distance_to(line, grid)
    sea = coast_m < 0
    u, v = _fractions(grid)
    radius = LAKE_SHARE * np.hypot(grid.width_m, grid.height_m) / 1.41
    across = np.hypot((u - LAKE[0]) * grid.width_m / 1.5, (v - LAKE[1]) * grid.height_m).astype(np.float32)
    lake = across < radius * (0.95 + 0.55 * fractal(rng, grid.shape, 90 * radius / 800, 4))
    height_m = _height(grid, rng, coast_m, river_m, across / np.float32(radius))
    width_m = 16 + 26 * smoothstep(6000, 0, coast_m)
    river = (river_m < width_m * (1 + 0.25 * smooth(rng, grid.shape, 25))) & ~sea
    return Terrain(height_m, coast_m, river_m, sea, lake & ~sea, river, line)


def distance_to(line: LineString, grid: Grid) -> Field:
    """Measure the distance of every pixel from a line, in metres, to about one pixel."""
    coarse = grid.coarser(COARSE)
    drawn = rasterize([line], out_shape=coarse.shape, transform=coarse.transform, all_touched=True)
    distance = distance_transform_edt(drawn == 0).astype(np.float32)
    return enlarge(distance, COARSE) * np.float32(coarse.resolution_m)


def _fractions(grid: Grid) -> tuple[Field, Field]:
    """The position of pixel centres as fractions of the extent, as a row and a column."""
    u = (np.arange(grid.width, dtype=np.float32) + 0.5) / grid.width
    v = (np.arange(grid.height, dtype=np.float32) + 0.5) / grid.height
    return u[None, :].astype(np.float32), v[:, None].astype(np.float32)


def _coast_distance(grid: Grid, rng: np.random.Generator) -> Field:
    """Signed distance from the straight coast line, bent by noise into bays and capes."""
    (x0, y0), (x1, y1) = (grid.at(*point) for point in COAST)
    length = np.hypot(x1 - x0, y1 - y0)
    u, v = _fractions(grid)
    x, y = grid.left_m + u * grid.width_m, grid.top_m - v * grid.height_m
    straight = ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / -length
    bend = 0.026 * grid.width_m * fractal(rng, grid.shape, 0.24 * grid.width, 5, 0.42)
    return np.asarray(straight + bend + 14 * fractal(rng, grid.shape, 40, 4, 0.6), dtype=np.float32)


def _river_line(grid: Grid, rng: np.random.Generator) -> LineString:
    """Lay a meandering line through the river's fixed points."""
    points = np.array([grid.at(*point) for point in RIVER])
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    steps = np.arange(0, along[-1], 40.0)
    path = np.stack([np.interp(steps, along, points[:, axis]) for axis in (0, 1)], axis=1)
    kernel = np.hanning(61)
    padded = np.pad(path, ((30, 30), (0, 0)), mode="edge")
    path = np.stack([np.convolve(padded[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)], axis=1)
    normal = np.gradient(path, axis=0)[:, ::-1] * (-1, 1)
    normal /= np.hypot(*normal.T)[:, None]
    phase = np.cumsum(0.14 + 0.05 * rng.standard_normal(len(steps)))
    swing = 95 * np.sin(phase) * (1 + 0.35 * np.sin(0.31 * phase)) + 45 * np.sin(0.37 * phase + 1)
    scale = min(1.0, grid.width_m / 12000)
    return LineString(path + normal * (swing * scale)[:, None])


def _height(grid: Grid, rng: np.random.Generator, coast_m: Field, river_m: Field, lake: Field) -> Field:
    """Hills that rise inland, cut by the valley and hollowed for the lake."""
    relief = min(1.0, grid.width_m / 15000)
    ridges = 1 - np.abs(fractal(rng, grid.shape, 260 * relief, 5, 0.5))
    swell = 0.5 + 0.25 * fractal(rng, grid.shape, 700 * relief, 2)
    inland = smoothstep(300, 9000 * relief, coast_m)
    hills = relief * inland * np.maximum(30 + 210 * ridges + 190 * swell + 130 * inland, 5)
    floor = 0.004 * np.maximum(coast_m, 0)
    valley = smoothstep(150, 1900 * relief, (river_m + 90 * relief * ridges).astype(np.float32))
    height = floor + hills * valley + 2.0
    level = float(np.median(height[(lake > 0.8) & (lake < 1.2)]))
    height += (level - height) * smoothstep(2.6, 1.5, lake)
    return np.asarray(np.where(coast_m < 0, 0, height), dtype=np.float32)
