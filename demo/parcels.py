"""Cutting land into parcels: blocks between lanes, and the fields or yards inside a block."""

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPoint, voronoi_polygons
from shapely.geometry import Polygon

Ring = NDArray[np.float64]


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


def split(block: Polygon, area_m2: float, rng: np.random.Generator, *, skew_deg: float = 7.0) -> list[Polygon]:
    """Halve a convex block across its long side, again and again, until the parts are about as large as wanted.

    `skew_deg` is how far a cut may stray from square, as one standard deviation.
    """
    done, open_parts = [], [np.asarray(block.exterior.coords)[:-1]]
    while open_parts:
        ring = open_parts.pop()
        if _area(ring) < area_m2 * rng.uniform(0.7, 2.1):
            done.append(Polygon(ring))
        else:
            open_parts.extend(part for part in _halve(ring, rng, skew_deg) if len(part) > 2)
    return done


def _area(ring: Ring) -> float:
    x, y = ring.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _halve(ring: Ring, rng: np.random.Generator, skew_deg: float) -> tuple[Ring, Ring]:
    """Cut a convex ring square to its longest direction, near the middle."""
    centred = ring - ring.mean(axis=0)
    covariance = centred.T @ centred
    axis = np.linalg.eigh(covariance)[1][:, 1]
    turn = np.radians(rng.normal(0, skew_deg))
    axis = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ axis
    along = centred @ axis
    side = along - (along.min() + (along.max() - along.min()) * rng.uniform(0.38, 0.62))
    return _clip(ring, side), _clip(ring, -side)


def _clip(ring: Ring, side: Ring) -> Ring:
    """Keep the part of a convex ring whose `side` is positive (Sutherland and Hodgman 1974)."""
    kept = []
    for here, there, a, b in zip(ring, np.roll(ring, -1, axis=0), side, np.roll(side, -1), strict=True):
        if a >= 0:
            kept.append(here)
        if (a >= 0) != (b >= 0):
            kept.append(here + (there - here) * (a / (a - b)))
    return np.array(kept).reshape(-1, 2)
