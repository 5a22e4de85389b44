"""Outlines along pixel edges; areas against the geodesic area of the same polygon."""

import numpy as np
import pytest
from affine import Affine
from pyproj import CRS, Geod, Transformer
from shapely.geometry import box

from eo.optical.patches import label_patches, patch_sizes
from eo.vector.polygons import ground_pixel_area_m2, outline

UTM = Affine(10, 0, 600_000, 0, -10, 5_000_000)


def test_two_pixels_by_hand() -> None:
    found = outline(np.array([[0, 1], [0, 1]], np.int32), UTM)
    assert found.labels.tolist() == [1]
    assert found.polygons[0].equals(box(600_010, 4_999_980, 600_020, 5_000_000))


def test_a_hole_is_a_hole() -> None:
    labels = np.ones((3, 3), np.int32)
    labels[1, 1] = 0
    polygon = outline(labels, UTM).polygons[0]
    assert (polygon.area, len(polygon.interiors)) == (800, 1)


def test_nothing_gives_nothing() -> None:
    found = outline(np.zeros((3, 3), np.int32), UTM)
    assert (len(found.labels), len(found.polygons)) == (0, 0)


def test_one_valid_polygon_per_patch_with_the_area_of_its_pixels() -> None:
    classes = np.random.default_rng(6).choice(np.array([0, 1, 2], np.uint8), (120, 90), p=[0.4, 0.4, 0.2])
    labels, count = label_patches(classes)
    found = outline(labels, UTM)
    assert found.labels.tolist() == list(range(1, count + 1))
    assert [p.area for p in found.polygons] == (patch_sizes(labels, count)[1:] * 100).tolist()
    assert all(p.is_valid for p in found.polygons)


@pytest.mark.parametrize("epsg", [32631, 3857, 3035, 4326, 2154])
def test_pixel_area_is_geodesic(epsg: int) -> None:
    crs = CRS.from_epsg(epsg)
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform(4.2, 48.7)
    size = 0.001 if crs.is_geographic else 100.0
    corners = box(x - size / 2, y - size / 2, x + size / 2, y + size / 2).segmentize(size / 50)
    longitude, latitude = Transformer.from_crs(crs, 4326, always_xy=True).transform(*corners.exterior.xy)
    geodesic_m2 = abs(Geod(ellps="WGS84").polygon_area_perimeter(longitude, latitude)[0])
    found = ground_pixel_area_m2(np.array([x]), np.array([y]), Affine(size, 0, 0, 0, -size, 0), crs)
    assert found[0] == pytest.approx(geodesic_m2, rel=1e-4)
