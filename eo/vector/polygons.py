"""Polygons out of a labelled raster, and their true size on the ground."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from rasterio.features import shapes

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outlines:
    """Polygons and the label of each, in the order of the labels."""

    labels: NDArray[np.int64]
    polygons: NDArray[Any]


def outline(labels: NDArray[np.int32], transform: Affine) -> Outlines:
    """Draw one polygon along the pixel edges of each patch.

    Args:
        labels: number of the patch of each pixel, 0 for none; the pixels of a patch are connected by edges.
        transform: from pixel (column, row) to map coordinates.
    """
    drawn = [(int(v), shapely.geometry.shape(g)) for g, v in shapes(labels, labels > 0, 4, transform)]
    drawn.sort(key=lambda pair: pair[0])
    return Outlines(np.array([v for v, _ in drawn], np.int64), np.array([g for _, g in drawn], object))


def ground_pixel_area_m2(x: Array, y: Array, transform: Affine, crs: CRS) -> Array:
    """Return the area on the ellipsoid of the pixel centred on map coordinates `x`, `y`.

    The pixel's two sides are taken to longitude and latitude, where the ellipsoid's area per square degree is the
    product of its radii of curvature and the cosine of the latitude.
    """
    to_degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform
    along = _side(to_degrees, transform.a, transform.d, x, y)
    down = _side(to_degrees, transform.b, transform.e, x, y)
    _, latitude = to_degrees(x, y)
    return np.asarray(np.abs(along[0] * down[1] - along[1] * down[0]) * _square_degree_m2(latitude, crs), np.float64)


def _side(to_degrees: Callable[[Array, Array], tuple[Array, Array]], dx: float, dy: float, x: Array, y: Array) -> Array:
    """Return a pixel's side through its centre, in degrees of longitude and latitude."""
    ahead, behind = to_degrees(x + dx / 2, y + dy / 2), to_degrees(x - dx / 2, y - dy / 2)
    return np.asarray(np.subtract(ahead, behind), np.float64)


def _square_degree_m2(latitude: Array, crs: CRS) -> Array:
    geod = crs.get_geod() or Geod(ellps="WGS84")
    sine = np.sin(np.radians(latitude))
    root = 1 - geod.es * sine**2
    meridian, normal = geod.a * (1 - geod.es) / root**1.5, geod.a / np.sqrt(root)
    return np.asarray(meridian * normal * np.sqrt(1 - sine**2) * np.radians(1.0) ** 2)
