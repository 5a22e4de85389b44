"""How the ground faces the radar: local incidence, layover and shadow of a block of a map.

A facet of the ground with heights z over map coordinates x, y has the normal N = n₀ + z_x n₁ + z_y n₂, where n₀, n₁, n₂
follow from the map's axes and the vertical in the Earth-fixed frame. Their products with the direction to the satellite
change slowly: they are computed on the nodes of the coarse grid and interpolated.

Source: Kropatsch and Strobl, The Generation of SAR Layover and Shadow Maps
from Digital Elevation Models, IEEE TGRS 28(1), 1990 (active layover and shadow; neighbours that only share in them are
not marked by shadow, and are by layover).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from eo.io.grid import Grid
from eo.kernel import kernel
from eo.sar.geocoding import NODE_PIXELS, ImageGeometry, solve_nodes, to_image
from eo.sar.zero_doppler import earth_fixed

Floats = NDArray[np.float64]
Heights = NDArray[np.float32]
CLEAR, LAYOVER, SHADOW, BOTH, NO_DATA = 1, 2, 3, 4, 0


@dataclass(frozen=True)
class Facing:
    """How a flat facet and its slopes face the radar, on the nodes of a block (see `eo.sar.geocoding`).

    Args:
        products: (3, rows, columns): n₀·l, n₁·l, n₂·l over |n₀|, where l points to the satellite; slopes in m a pixel.
        squares: |n₁|², |n₂|² over |n₀|², of slopes in m a pixel.
        stretch: (rows, columns), area of a map pixel on the ellipsoid in pixels of the image.
        sine: (rows, columns), of the incidence angle on the ellipsoid.
        towards: (2,), columns and rows that lead one metre towards the satellite along the ground.
        cotangent: of the incidence angle in the middle of the block.
    """

    products: Floats
    squares: tuple[float, float]
    stretch: Floats
    sine: Floats
    towards: tuple[float, float]
    cotangent: float


def facing(geometry: ImageGeometry, grid: Grid, height_m: float) -> Facing:
    """Return how a block at a height faces the radar."""
    nodes = solve_nodes(geometry.orbit, grid, height_m, height_m)
    time_s = nodes.time_s[1]
    axes = _axes(grid, time_s.shape, height_m)
    point, east, north, up = axes
    line_of_sight = geometry.orbit.position_m(time_s) - point
    line_of_sight /= np.linalg.norm(line_of_sight, axis=-1, keepdims=True)
    normals = np.stack([np.cross(east, north), np.cross(up, north), np.cross(east, up)])
    sizes = np.linalg.norm(normals, axis=-1)
    products = np.einsum("kijx,ijx->kij", normals, line_of_sight) / sizes[0]
    # East is a pixel to the right, north a pixel up; slopes are taken to the right and down.
    products[2] *= -1
    middle = tuple(n // 2 for n in time_s.shape)
    ratio = sizes[:, middle[0], middle[1]] / sizes[0, middle[0], middle[1]]
    sine = np.sqrt(np.clip(1 - products[0] ** 2, 1e-6, 1))
    positions = np.stack([time_s, nodes.slant_m[1]])
    to_image(geometry, positions)
    return Facing(
        products,
        (float(ratio[1] ** 2), float(ratio[2] ** 2)),
        _stretch(positions),
        sine,
        _towards(east[middle], north[middle], line_of_sight[middle]),
        float(products[0][middle] / sine[middle]),
    )


def incidence_deg(facing: Facing, heights_m: Heights) -> NDArray[np.float32]:
    """Return the angle between the direction to the satellite and the ground's normal.

    Args:
        heights_m: of the block and one pixel around it, (rows + 2, columns + 2).

    Returns:
        (rows, columns), degrees; above 90 where the ground faces away; NaN where a height is.
    """
    out = np.empty((heights_m.shape[0] - 2, heights_m.shape[1] - 2), np.float32)
    _incidence(facing.products, *facing.squares, NODE_PIXELS, heights_m, out)
    return out


def layover_shadow(facing: Facing, heights_m: Heights, margin: tuple[int, int], pixel_m: float) -> NDArray[np.uint8]:
    """Return 1 clear, 2 layover, 3 shadow, 4 both; 0 where there is no height.

    Args:
        heights_m: of the block and `margin` (rows, columns) around it.
        margin: far enough for what the tallest ground casts, see `reach_m`.
        pixel_m: size of a pixel.
    """
    rows, columns = (heights_m.shape[i] - 2 * margin[i] for i in (0, 1))
    out = np.empty((rows, columns), np.uint8)
    known = heights_m[np.isfinite(heights_m)]
    if not known.size:
        return np.zeros((rows, columns), np.uint8)
    limits = float(known.min()), float(known.max())
    _layover_shadow(heights_m, *margin, *facing.towards, facing.cotangent, pixel_m, *limits, out)
    return out


def reach_m(relief_m: float, cotangent: float) -> float:
    """Return how far from a point other ground may share its slant range, or shade it."""
    return relief_m * max(cotangent, 1 / max(cotangent, 1e-3))


def _axes(grid: Grid, shape: tuple[int, ...], height_m: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return point, and Earth-fixed vectors of one pixel right, one pixel up, and one metre higher, on the nodes."""
    columns = (np.arange(shape[1]) - 1) * NODE_PIXELS + 0.5
    rows = (np.arange(shape[0]) - 1) * NODE_PIXELS + 0.5
    x = grid.transform.c + columns * grid.transform.a
    y = grid.transform.f + rows * grid.transform.e
    x, y = np.meshgrid(x, y)
    to_lonlat = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    width, height = grid.pixel_size

    def at(dx: float, dy: float, dz: float) -> Floats:
        longitude, latitude = to_lonlat.transform(x + dx, y + dy)
        return earth_fixed(longitude, latitude, np.full(x.shape, height_m + dz))

    point = at(0, 0, 0)
    return point, at(width, 0, 0) - point, at(0, height, 0) - point, at(0, 0, 1) - point


def _stretch(positions: Floats) -> Floats:
    """Return the area of one map pixel in pixels of the image: the determinant of the Jacobian, between nodes."""
    down, right = (np.gradient(positions, NODE_PIXELS, axis=axis) for axis in (1, 2))
    return np.asarray(np.abs(down[0] * right[1] - down[1] * right[0]), np.float64)


def _towards(east: Floats, north: Floats, sight: Floats) -> tuple[float, float]:
    x, y = (float(sight @ axis / (axis @ axis)) for axis in (east, north))
    metres = math.hypot(x * float(np.linalg.norm(east)), y * float(np.linalg.norm(north)))
    return x / metres, -y / metres


@kernel
def at_node(table: Floats, i: int, j: int, wy: float, wx: float) -> Any:
    upper = table[i, j] + wx * (table[i, j + 1] - table[i, j])
    lower = table[i + 1, j] + wx * (table[i + 1, j + 1] - table[i + 1, j])
    return upper + wy * (lower - upper)


@kernel
def _incidence(
    products: Floats, square_x: float, square_y: float, step: int, heights: Heights, out: NDArray[np.float32]
) -> Any:
    rows, columns = out.shape
    for r in range(rows):
        i, wy = r // step + 1, (r % step) / step
        for c in range(columns):
            j, wx = c // step + 1, (c % step) / step
            zx = 0.5 * (heights[r + 1, c + 2] - heights[r + 1, c])
            zy = 0.5 * (heights[r + 2, c + 1] - heights[r, c + 1])
            seen = at_node(products[0], i, j, wy, wx)
            seen += zx * at_node(products[1], i, j, wy, wx) + zy * at_node(products[2], i, j, wy, wx)
            cosine = seen / np.sqrt(1.0 + zx * zx * square_x + zy * zy * square_y)
            out[r, c] = np.rad2deg(np.arccos(min(max(cosine, -1.0), 1.0)))


@kernel
def _layover_shadow(
    heights: Heights,
    margin_rows: int,
    margin_columns: int,
    column_per_m: float,
    row_per_m: float,
    cotangent: float,
    pixel_m: float,
    lowest: float,
    highest: float,
    out: NDArray[np.uint8],
) -> Any:
    rows, columns = out.shape
    # Slant range is the same where the ground rises by the tangent of the incidence angle a metre away from the radar.
    tangent = 1.0 / cotangent
    for r in range(rows):
        for c in range(columns):
            h = heights[r + margin_rows, c + margin_columns]
            if np.isnan(h):
                out[r, c] = 0
                continue
            layover, shadow = False, False
            # Towards the radar: higher ground shades, higher ground or lower may share the range.
            farthest = max((highest - h) * tangent, (h - lowest) * cotangent)
            distance = pixel_m
            while distance <= farthest and not (layover and shadow):
                y = round(r + margin_rows + row_per_m * distance)
                x = round(c + margin_columns + column_per_m * distance)
                if not (0 <= y < heights.shape[0] and 0 <= x < heights.shape[1]):
                    break
                other = heights[y, x]
                shadow = shadow or other - h > distance * cotangent
                layover = layover or h - other > distance * tangent
                distance += pixel_m
            distance = pixel_m
            farthest = (highest - h) * cotangent
            while distance <= farthest and not layover:
                y = round(r + margin_rows - row_per_m * distance)
                x = round(c + margin_columns - column_per_m * distance)
                if not (0 <= y < heights.shape[0] and 0 <= x < heights.shape[1]):
                    break
                layover = heights[y, x] - h > distance * tangent
                distance += pixel_m
            out[r, c] = 4 if layover and shadow else 3 if shadow else 2 if layover else 1
