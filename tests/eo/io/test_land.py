import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from pyproj import CRS
from rasterio.windows import Window
from small_safe import make_safe

import eo
from eo.errors import InvalidVector, MissingBand
from eo.io.grid import Grid, reproject_geometry
from eo.io.land import decode_topology, is_land, land_source, natural_earth_land, vector_land
from eo.io.products import open_product
from eo.vector.files import write_polygons

GRID = Grid("EPSG:32633", Affine(10, 0, 600_000, 0, -10, 5_000_040), 240, 240)
LEFT_HALF = shapely.box(600_000, 4_990_000, 601_200, 5_010_000)


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    scl = np.full((120, 120), 4, np.uint8)
    scl[:, 60:] = 6
    return open_product(make_safe(tmp_path_factory.mktemp("safe"), bands=["B02"], layers={"SCL": (scl, 20)}))


def test_the_carried_file_is_the_packaged_one():
    folder = Path(eo.__file__).parent / "data"
    packed = (folder / "land-10m.json.gz").read_bytes()
    digest = hashlib.sha256(gzip.decompress(packed)).hexdigest()
    assert digest == "9b9f584709c119d63fbadf484ce425260497697b7166be7a2fe360e8c0b171a8"
    assert digest in (folder / "README.md").read_text()


def test_topology_by_hand():
    # A square of two arcs, one of them run backwards, with a hole.
    topology = {
        "transform": {"scale": [0.5, 1.0], "translate": [10, 20]},
        "arcs": [[[0, 0], [8, 0], [0, 4]], [[0, 0], [0, 4], [8, 0]], [[2, 1], [1, 0], [0, 1], [-1, 0], [0, -1]]],
        "objects": {"land": {"geometries": [{"type": "Polygon", "arcs": [[0, -2], [2]]}]}},
    }
    (polygon,) = decode_topology(topology, "land")
    assert polygon.exterior.bounds == (10, 20, 14, 24)
    assert polygon.area == 4 * 4 - 0.5 * 1


@pytest.mark.parametrize(
    ("place", "west", "south", "land"),
    [("the Sahara", 10.0, 25.0, True), ("mid Atlantic", -40.0, 30.0, False), ("Bohemia", 14.0, 50.0, True)],
)
def test_natural_earth_knows(place, west, south, land):
    grid = Grid("EPSG:4326", Affine(0.01, 0, west, 0, -0.01, south), 20, 20)
    assert is_land(land_source("natural_earth", None, grid, 1000), grid, Window(0, 0, 20, 20)).all() == land, place


def test_natural_earth_agrees_with_the_original_coarser_one_along_a_coast(shared_data):
    import json

    document = json.loads((shared_data / "landmask/ne_50m_land.json").read_text())
    reference = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in document["features"]])
    grid = Grid("EPSG:4326", Affine(0.01, 0, 8, 0, -0.01, 45), 300, 200)  # Ligurian coast
    land = natural_earth_land(grid)
    here = shapely.box(*grid.bounds)
    both, either = reference & here & land, (reference | land) & here
    assert both.area / either.area > 0.97


def test_water_of_the_scene_classification_is_not_land(product):
    land = is_land(land_source("scl", product, GRID, 10), GRID, Window(0, 0, 240, 240))
    assert land[:, :120].all() and not land[:, 120:].any()


def test_a_user_s_polygons_in_another_projection(tmp_path):
    path = tmp_path / "land.gpkg"
    lonlat = reproject_geometry(shapely.segmentize(LEFT_HALF, 100), "EPSG:32633", "EPSG:4326")
    write_polygons(path, "GPKG", np.array([lonlat], object), {"a": np.array([1])}, CRS.from_epsg(4326), "land")
    land = is_land(land_source("vector", None, GRID, 10, str(path)), GRID, Window(100, 0, 40, 240))
    assert land[:, :20].all() and not land[:, 20:].any()


def test_what_cannot_be_used_is_named(tmp_path, product):
    with pytest.raises(InvalidVector, match="There is no vector file of land"):
        land_source("vector", product, GRID, 10)
    (tmp_path / "land.gpkg").write_bytes(b"no")
    with pytest.raises(InvalidVector, match=r"land\.gpkg cannot be read as a vector file"):
        vector_land(tmp_path / "land.gpkg", GRID)
    write_polygons(tmp_path / "none.gpkg", "GPKG", np.array([], object), {}, CRS.from_epsg(4326), "land")
    with pytest.raises(InvalidVector, match=r"none\.gpkg holds no polygons"):
        vector_land(tmp_path / "none.gpkg", GRID)


def test_without_a_scene_classification_it_says_so(tmp_path):
    product = open_product(make_safe(tmp_path, "1C", bands=["B02"]))
    with pytest.raises(MissingBand, match="has no scene classification"):
        land_source("scl", product, GRID, 10)
