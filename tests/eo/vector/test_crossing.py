"""Pixels of a mask under geometries: counted by hand, and by another way of counting."""

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray

from eo.vector.crossing import touched_pixels

GRID = Affine(10, 0, 1000, 0, -10, 2000)


def counted(mask: NDArray[np.bool_], *geometries: shapely.Geometry) -> list[tuple[int, int]]:
    inside, every = touched_pixels(mask, GRID, np.array(geometries, object))
    return [(int(a), int(b)) for a, b in zip(inside, every, strict=True)]


def test_by_hand() -> None:
    """A square of 2 by 2 pixels, half of it changed; a point on a changed pixel, one beside; a line through a row."""
    mask = np.zeros((6, 8), bool)
    mask[2:4, 3] = True
    square = shapely.box(1021, 1961, 1039, 1979)  # columns 2 and 3, rows 2 and 3
    on, beside = shapely.Point(1035, 1975), shapely.Point(1065, 1975)
    along = shapely.LineString([(1005, 1975), (1075, 1975)])
    assert counted(mask, square, on, beside, along) == [(2, 4), (1, 1), (0, 0), (1, 8)]


def test_what_lies_beside_the_raster() -> None:
    mask = np.ones((6, 8), bool)
    far = shapely.box(0, 0, 10, 10)
    across = shapely.box(1070, 1990, 5000, 5000)  # one pixel of the raster's corner
    assert counted(mask, far, across, shapely.Polygon()) == [(0, 0), (1, 1), (0, 0)]


def test_nothing_changed_touches_nothing() -> None:
    assert counted(np.zeros((6, 8), bool), shapely.box(1000, 1940, 1080, 2000)) == [(0, 0)]


def test_against_shapely() -> None:
    """Random polygons over random masks: the changed pixels that shapely finds, but for those touched at an edge."""
    random = np.random.default_rng(5)
    mask = random.random((60, 60)) < 0.2
    pixels = np.array([[shapely.box(*_edges(r, c)) for c in range(60)] for r in range(60)], object)
    middles = random.uniform((1050, 1450), (1550, 1950), (40, 2))
    shapes = [shapely.Point(x, y).buffer(random.uniform(8, 60), 3) for x, y in middles]
    for shape, (inside, _) in zip(shapes, counted(mask, *shapes), strict=True):
        shared = shapely.area(shapely.intersection(pixels[mask], shape))
        assert np.sum(shared > 1.0) <= inside <= np.sum(shapely.intersects(pixels[mask], shape))


def _edges(row: int, column: int) -> tuple[float, float, float, float]:
    west, north = GRID * (column, row)
    return west, north - 10, west + 10, north
