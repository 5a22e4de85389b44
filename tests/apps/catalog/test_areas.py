"""Areas of interest: checked, kept, imported."""

import json
import zipfile

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile

pytestmark = pytest.mark.django_db
SQUARE = {"type": "Polygon", "coordinates": [[[10, 0], [11, 0], [11, 1], [10, 1], [10, 0]]]}
SQUARE_KM2 = 12308.778  # one degree by one at the equator, WGS 84 (Karney)


def send(client, path: str, body: dict, method: str = "post"):
    return getattr(client, method)(path, json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(
    "body", [{"geometry": SQUARE}, {"wkt": "POLYGON((10 0,11 0,11 1,10 1,10 0))"}, {"bbox": [10, 0, 11, 1]}]
)
def test_three_spellings_of_one_area(browser, body):
    area = send(browser, "/api/aois/check", body).json()
    assert area["bbox"] == [10, 0, 11, 1]
    assert area["area_km2"] == pytest.approx(SQUARE_KM2, rel=1e-4)
    assert shapely.from_wkt(area["wkt"]).equals(shapely.geometry.shape(SQUARE))
    assert area["warnings"] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "The area is empty."),
        ({"wkt": "POLYGON((0 0, 1 1"}, "The area is not valid WKT"),
        ({"wkt": "POLYGON((0 0,1 1,1 0,0 1,0 0))"}, "The outline of the area crosses itself"),
        ({"wkt": "POINT(1 1)"}, "The area is a Point"),
        ({"bbox": [-10, 40, 40, 70]}, "The area is "),
        ({"bbox": [0, 1, 1, 0]}, "South (1.0) must be less than north (0.0)."),
        ({"geometry": {"type": "Polygon"}}, "The area is not a GeoJSON geometry"),
    ],
)
def test_areas_that_cannot_be_used(browser, body, words):
    answer = send(browser, "/api/aois/check", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_area")
    assert answer.json()["detail"].startswith(words)
    assert answer.json()["hint"]


def test_across_the_antimeridian(browser):
    area = send(browser, "/api/aois/check", {"bbox": [179, 0, -179, 1]}).json()
    assert area["geometry"]["type"] == "MultiPolygon"
    assert area["area_km2"] == pytest.approx(2 * SQUARE_KM2, rel=1e-3)
    assert area["warnings"] == ["The area crosses the antimeridian; it was split in two at 180°."]


def test_keep_show_change_forget(browser, other_browser):
    kept = send(browser, "/api/aois", {"name": "Farm", "geometry": SQUARE})
    assert kept.status_code == 201
    path = f"/api/aois/{kept.json()['id']}"
    assert [a["name"] for a in browser.get("/api/aois").json()] == ["Farm"]
    assert send(browser, path, {"name": "Field"}, "patch").json()["name"] == "Field"
    changed = send(browser, path, {"bbox": [10, 0, 12, 1]}, "patch").json()
    assert (changed["name"], changed["bbox"]) == ("Field", [10, 0, 12, 1])
    assert changed["area_km2"] == pytest.approx(2 * SQUARE_KM2, rel=1e-4)
    for method in ("get", "delete"):
        assert getattr(other_browser, method)(path).status_code == 404
    assert send(other_browser, path, {"name": "x"}, "patch").status_code == 404
    assert other_browser.get("/api/aois").json() == []
    assert browser.delete(path).status_code == 204
    assert browser.get(path).status_code == 404


def test_checking_needs_no_more_than_reading(program):
    assert send(program("read"), "/api/aois/check", {"bbox": [10, 0, 11, 1]}).status_code == 200
    assert send(program("read"), "/api/aois", {"name": "a", "bbox": [10, 0, 11, 1]}).status_code == 403


def imported(browser, content: bytes, name: str):
    return browser.post("/api/aois/import", {"file": SimpleUploadedFile(name, content)})


def written(tmp_path, name: str, crs: str = "EPSG:4326", **options) -> bytes:
    """Write two squares with pyogrio."""
    squares = [shapely.box(10, 0, 11, 1), shapely.box(12, 0, 13, 1)]
    path = tmp_path / name
    wkb, field = shapely.to_wkb(squares), np.array(["a", "b"], object)
    pyogrio.raw.write(path, wkb, [field], ["name"], crs=crs, geometry_type="Polygon", **options)
    return path.read_bytes()


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.fgb"])
def test_import(browser, tmp_path, name):
    answer = imported(browser, written(tmp_path, name), name)
    if name == "a.fgb":
        assert answer.status_code == 422
        return
    boxes = [area["bbox"] for area in answer.json()["geometries"]]
    assert boxes == [[10, 0, 11, 1], [12, 0, 13, 1]]


def test_import_a_zipped_shapefile_in_another_projection(browser, tmp_path):
    from pyproj import Transformer

    to_utm = Transformer.from_crs(4326, 32632, always_xy=True)
    square = shapely.transform(shapely.box(10, 50, 10.1, 50.1), to_utm.transform, interleaved=False)
    path = tmp_path / "field.shp"
    wkb = shapely.to_wkb([square])
    pyogrio.raw.write(path, wkb, [], [], crs="EPSG:32632", geometry_type="Polygon")
    with zipfile.ZipFile(tmp_path / "field.zip", "w") as archive:
        for part in tmp_path.glob("field.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    area = imported(browser, (tmp_path / "field.zip").read_bytes(), "field.zip").json()["geometries"][0]
    assert area["bbox"] == pytest.approx([10, 50, 10.1, 50.1], abs=1e-3)


KML = b"""<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Polygon>
<outerBoundaryIs><LinearRing><coordinates>10,0,5 11,0,5 11,1,5 10,0,5</coordinates></LinearRing></outerBoundaryIs>
</Polygon></Placemark></kml>"""


def test_import_kml(browser):
    assert imported(browser, KML, "a.kml").json()["geometries"][0]["bbox"] == [10, 0, 11, 1]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"garbage", "invalid_vector"),
        (b'{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,1]}}', "invalid_area"),
        (b'{"type":"FeatureCollection","features":[]}', "invalid_vector"),
        (b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0.1,0.1]]]}', "invalid_vector"),
        (b'{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}', "invalid_area"),
        (b'{"type":"Polygon","coordinates":[[[0,0],[1e999,1],[1,0],[0,0]]]}', "invalid_vector"),
        (b'{"type":"Polygon","coordinates":"x"}', "invalid_vector"),
        (b'{"a":' * 100_000, "invalid_vector"),
        (b"SQLite format 3\0" + b"\xff" * 4000, "invalid_vector"),
        (KML.replace(b"10,0,5 11", b"nan,0,5 x"), "invalid_vector"),
        (KML.replace(b"<kml", b"<!DOCTYPE kml><kml"), "invalid_vector"),
        (KML.replace(b"UTF-8", b"rot13"), "invalid_vector"),
        (KML[:150], "invalid_vector"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # GDAL says what it found odd before it gives up
def test_import_of_what_is_no_area(browser, content, code):
    answer = imported(browser, content, "a.json")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["hint"]
    assert "/tmp" not in answer.json()["detail"]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_open_ring_is_named(browser):
    ring = b'{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0.1,0.1]]]}'
    assert imported(browser, ring, "a.json").json()["detail"] == (
        "The vector file was not taken: it cannot be read (IllegalArgumentException: "
        "Points of LinearRing do not form a closed linestring)."
    )
