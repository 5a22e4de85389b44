import pytest
import shapely
from affine import Affine

from eo.errors import NoOverlap
from eo.io.grid import Grid, output_grid, reproject_geometry

UTM = Grid("EPSG:32633", Affine(10, 0, 600_000, 0, -10, 5_000_040), 240, 240)


def lonlat(west, south, east, north, crs="EPSG:32633"):
    return reproject_geometry(shapely.box(west, south, east, north), crs, "EPSG:4326")


def test_the_source_s_own_resolution_is_its_own_grid():
    assert output_grid(UTM, 10) == UTM


def test_a_coarser_resolution_covers_the_whole_source():
    grid = output_grid(UTM, 70)
    assert (grid.width, grid.height) == (35, 35)  # 2400 / 70 = 34.3
    assert (grid.transform.c, grid.transform.f) == (600_000, 5_000_040)


def test_an_area_is_enclosed_by_whole_pixels_of_the_source_s_lattice():
    grid = output_grid(UTM, 20, area=lonlat(600_115, 4_999_001, 600_399, 4_999_499))
    west, south, east, north = grid.bounds
    assert (west, east) == (600_100, 600_400)
    assert (south, north) == (4_999_000, 4_999_500)
    assert UTM.same_lattice(output_grid(UTM, 10, area=lonlat(600_115, 4_999_001, 600_399, 4_999_499)))


def test_an_area_is_cut_at_the_edge_of_the_scene():
    grid = output_grid(UTM, 10, area=lonlat(599_000, 4_999_000, 600_100, 4_999_500))
    assert grid.bounds[0] == 600_000


def test_another_projection_counts_from_zero():
    grid = output_grid(UTM, 10, "EPSG:3035")
    assert grid.crs == "EPSG:3035"
    assert grid.transform.c % 10 == 0 and grid.transform.f % 10 == 0


def test_metres_become_degrees_at_the_latitude_of_the_area():
    grid = output_grid(UTM, 10, "EPSG:4326")
    assert grid.pixel_size_m == pytest.approx((10, 10), rel=1e-4)
    assert grid.pixel_size[0] > grid.pixel_size[1]  # 45° N: a degree of longitude is shorter


def test_an_area_outside_names_both():
    with pytest.raises(NoOverlap) as caught:
        output_grid(UTM, 10, area=shapely.box(20, 50, 21, 51))
    assert caught.value.message == (
        "The area (20.000…21.000° E, 50.000…51.000° N) lies outside of the scene (16.272…16.303° E, 45.125…45.147° N)."
    )


def test_blocks_cover_each_pixel_once():
    windows = list(Grid("EPSG:32633", Affine.identity(), 250, 130).blocks(100))
    assert sum(w.width * w.height for w in windows) == 250 * 130
    assert [(w.col_off, w.row_off) for w in windows] == [(c, r) for r in (0, 100) for c in (0, 100, 200)]


def test_a_footprint_across_the_antimeridian_is_split():
    grid = Grid("EPSG:32601", Affine(60, 0, 140_000, 0, -60, 1_000_000), 1000, 500)
    assert grid.footprint().geom_type == "MultiPolygon"
