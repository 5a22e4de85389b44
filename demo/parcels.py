"""Cutting land into parcels: blocks between lanes, and the fields or plots inside a block."""

import math
from itertools import pairwise

import numpy as np
from shapely import MultiPoint, voronoi_polygons
from shapely.geometry import Polygon

Point = tuple[float, float]


def blocks(extent: Polygon, spacing_m: float, rng: np.random.Generator) -> list[Polygon]:
    """Divide an extent into the Voronoi cells of a shaken hexagonal lattice, cut off at its border."""
    left, bottom, right, top = extent.bounds
    rows = np.arange(bottom - spacing_m, top + spacing_m, spacing_m * 0.87)
    columns = np.arange(left - spacing_m, right + spacing_m, spacing_m)
    x = columns[None, :] + (np.arange(len(rows)) % 2)[:, None] * spacing_m / 2
    y = np.broadcast_to(rows[:, None], x.shape)
    points = np.stack([x, y], axis=-1).reshape(-1, 2) + rng.normal(0, 0.22 * spacing_m, (x.size, 2))
    cells = voronoi_polygons(MultiPoint(points), extend_to=extent).geoms
    cut = [cell.intersection(extent) for cell in cells]
    return sorted((cell for cell in cut if isinstance(cell, Polygon) and cell.area > 0), key=lambda cell: cell.bounds)


def split(block: Polygon, area_m2: float, rng: np.random.Generator, *, skew_deg: float = 4.0) -> list[Polygon]:
    """Halve a convex block across its longer side, again and again, until the parts are about as large as wanted.

    All cuts run along or across the direction of the block's longest edge; `skew_deg` is how far one may stray from it,
    as one standard deviation.
    """
    heading = _heading(block)
    done, undone = [], [list(block.exterior.coords)[:-1]]
    while undone:
        ring = undone.pop()
        if _area(ring) < area_m2 * rng.uniform(0.7, 2.1):
            done.append(Polygon(ring))
        else:
            undone.extend(part for part in _halve(ring, heading, rng, skew_deg) if len(part) > 2)
    return done


def _heading(block: Polygon) -> float:
    """The direction of the longest edge, in radians."""
    points = list(block.exterior.coords)
    _, heading = max((math.dist(a, b), math.atan2(b[1] - a[1], b[0] - a[0])) for a, b in pairwise(points))
    return heading


def _area(ring: list[Point]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def _halve(
    ring: list[Point], heading: float, rng: np.random.Generator, skew_deg: float
) -> tuple[list[Point], list[Point]]:
    """Cut a convex ring near its middle, across the longer of its extents along and across the heading."""
    turn = heading + math.radians(skew_deg * rng.standard_normal())
    cosine, sine = math.cos(turn), math.sin(turn)
    along = [x * cosine + y * sine for x, y in ring]
    across = [y * cosine - x * sine for x, y in ring]
    place = along if max(along) - min(along) > max(across) - min(across) else across
    middle = min(place) + (max(place) - min(place)) * rng.uniform(0.36, 0.64)
    return _clip(ring, [p - middle for p in place]), _clip(ring, [middle - p for p in place])


def _clip(ring: list[Point], side: list[float]) -> list[Point]:
    """Keep the part of a convex ring whose `side` is positive (Sutherland and Hodgman 1974)."""
    kept = []
    for here, there, a, b in zip(ring, ring[1:] + ring[:1], side, side[1:] + side[:1], strict=True):
        if a >= 0:
            kept.append(here)
        if (a >= 0) != (b >= 0):
            t = a / (a - b)
            kept.append((here[0] + (there[0] - here[0]) * t, here[1] + (there[1] - here[1]) * t))
    return kept
