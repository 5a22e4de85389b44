"""Where the pixels of a map grid lie in a radar image: exact on a coarse grid at three heights, interpolated between.

On a coarse grid over a block of the map, and at three heights that span the block's terrain, time of zero Doppler and
slant range are solved exactly. Between, both are bilinear across the map and quadratic in height. With nodes 32 pixels
of 10 m apart that errs by less than 0.01 pixel of the image up to heights of 8,900 m (tests hold it to that).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from pyproj import Transformer

from eo.io.grid import Grid
from eo.io.sentinel1_annotation import GroundRange
from eo.sar.orbit import Orbit
from eo.sar.zero_doppler import earth_fixed, solve_zero_doppler

Floats = NDArray[np.float64]
NODE_PIXELS = 32
_HEIGHT_MARGIN_M = 50.0


@dataclass(frozen=True)
class ImageGeometry:
    """How times and ranges become lines and samples of one image.

    Args:
        near_m: slant range of the first sample.
        spacing_m: of samples, in slant range, or in ground range where `ground_range` is given.
        first_line_s: time of the first line, counted as the orbit counts.
        looks: lines and samples that were averaged to one; positions are of the averaged image then.
    """

    orbit: Orbit
    line_interval_s: float
    near_m: float
    spacing_m: float
    ground_range: GroundRange | None = None
    first_line_s: float = 0.0
    looks: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class Nodes:
    """Exact solutions on the coarse grid of one block.

    Args:
        heights_m: (3,), lowest, middle, highest.
        time_s, slant_m: (3, rows, columns).
    """

    heights_m: Floats
    time_s: Floats
    slant_m: Floats


def image_positions(geometry: ImageGeometry, grid: Grid, heights_m: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return line and sample, shape (2, rows, columns), of every pixel centre of a grid.

    Args:
        grid: the block.
        heights_m: above the ellipsoid, (rows, columns); NaN where unknown.

    Returns:
        Fractional, from 0 at the centre of the first line and sample; NaN where the height is, and where the satellite
        never was abeam.
    """
    out = radar_coordinates(geometry.orbit, grid, heights_m)
    to_image(geometry, out)
    return out


def radar_coordinates(orbit: Orbit, grid: Grid, heights_m: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return time of zero Doppler in s and slant range in m, (2, rows, columns); otherwise as `image_positions`."""
    known = heights_m[np.isfinite(heights_m)]
    out = np.full((2, *heights_m.shape), np.nan)
    if known.size:
        nodes = solve_nodes(orbit, grid, float(known.min()), float(known.max()))
        _interpolate(nodes.heights_m, nodes.time_s, nodes.slant_m, NODE_PIXELS, heights_m, out)
    return out


def solve_nodes(orbit: Orbit, grid: Grid, lowest_m: float, highest_m: float) -> Nodes:
    """Return the exact solutions on nodes that reach one cell beyond the grid."""
    low, high = lowest_m - _HEIGHT_MARGIN_M, highest_m + _HEIGHT_MARGIN_M
    heights = np.array([low, (low + high) / 2, high])
    columns = np.arange(-1, grid.width // NODE_PIXELS + 3) * NODE_PIXELS + 0.5
    rows = np.arange(-1, grid.height // NODE_PIXELS + 3) * NODE_PIXELS + 0.5
    x = grid.transform.c + columns * grid.transform.a
    y = grid.transform.f + rows * grid.transform.e
    longitude, latitude = _to_lonlat(grid.crs).transform(*np.meshgrid(x, y))
    points = np.stack([earth_fixed(longitude, latitude, np.full(longitude.shape, h)) for h in heights])
    time_s, slant_m = solve_zero_doppler(orbit, points.reshape(-1, 3))
    shape = (3, len(rows), len(columns))
    return Nodes(heights, time_s.reshape(shape), slant_m.reshape(shape))


def to_image(geometry: ImageGeometry, positions: NDArray[np.float64]) -> None:
    """Turn time and slant range (2, rows, columns) into line and sample, in place."""
    ground = geometry.ground_range
    if ground is None:
        positions[1] = (positions[1] - geometry.near_m) / geometry.spacing_m
    else:
        _to_ground(ground.time_s, ground.slant_origin_m, ground.to_ground, geometry.spacing_m, positions)
    positions[0] -= geometry.first_line_s
    positions[0] /= geometry.line_interval_s
    for axis, looks in enumerate(geometry.looks):
        if looks > 1:
            positions[axis] -= (looks - 1) / 2
            positions[axis] /= looks


@lru_cache(maxsize=64)
def _to_lonlat(crs: str) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _interpolate(
    heights: Floats, times: Floats, slants: Floats, step: int, terrain: NDArray[np.float32], out: Floats
) -> Any:
    rows, columns = terrain.shape
    low, mid, high = heights[0], heights[1], heights[2]
    d0, d1, d2 = (low - mid) * (low - high), (mid - low) * (mid - high), (high - low) * (high - mid)
    time, slant = np.empty(3), np.empty(3)
    for r in range(rows):
        i, wy = r // step + 1, (r % step) / step
        for c in range(columns):
            h = float(terrain[r, c])
            if np.isnan(h):
                continue
            j, wx = c // step + 1, (c % step) / step
            a, b, e, f = (1 - wy) * (1 - wx), (1 - wy) * wx, wy * (1 - wx), wy * wx
            for k in range(3):
                t, s = times[k], slants[k]
                time[k] = a * t[i, j] + b * t[i, j + 1] + e * t[i + 1, j] + f * t[i + 1, j + 1]
                slant[k] = a * s[i, j] + b * s[i, j + 1] + e * s[i + 1, j] + f * s[i + 1, j + 1]
            q0 = (h - mid) * (h - high) / d0
            q1 = (h - low) * (h - high) / d1
            q2 = (h - low) * (h - mid) / d2
            out[0, r, c] = q0 * time[0] + q1 * time[1] + q2 * time[2]
            out[1, r, c] = q0 * slant[0] + q1 * slant[1] + q2 * slant[2]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _to_ground(times: Floats, origins: Floats, coefficients: Floats, spacing_m: float, positions: Floats) -> Any:
    """Replace slant range by sample: the polynomials of the two records around the time, linear between."""
    _, rows, columns = positions.shape
    last = len(times) - 1
    k = 0
    for r in range(rows):
        for c in range(columns):
            t, slant = positions[0, r, c], positions[1, r, c]
            if np.isnan(t):
                continue
            while k < last - 1 and t >= times[k + 1]:
                k += 1
            while k > 0 and t < times[k]:
                k -= 1
            following = min(k + 1, last)
            span = times[following] - times[k]
            w = min(max((t - times[k]) / span, 0.0), 1.0) if span > 0 else 0.0
            g0 = g1 = 0.0
            d0, d1 = slant - origins[k], slant - origins[following]
            for n in range(coefficients.shape[1] - 1, -1, -1):
                g0 = g0 * d0 + coefficients[k, n]
                g1 = g1 * d1 + coefficients[following, n]
            positions[1, r, c] = (g0 + w * (g1 - g0)) / spacing_m
