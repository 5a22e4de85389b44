"""Human features on a result's changed pixels: a raster drawn over known buildings."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.test import Client
from pyproj import Transformer
from rasterio.features import rasterize
from rasterio.transform import from_origin

from apps.accounts.models import User
from apps.catalog.models import Asset, Result
from apps.osm_vectors.features import Wanted, stream
from apps.osm_vectors.imports import import_file
from eo.io.aoi import parse_area
from eo.io.class_mask import read_mask
from eo.vector.osm_rules import rules

pytestmark = pytest.mark.usefixtures("empty")
LEGEND = [
    {"value": 0, "name": "unchanged", "title": "No change"},
    {"value": 1, "name": "kind_1", "title": "Kind 1"},
    {"value": 2, "name": "kind_2", "title": "Kind 2"},
    {"value": 255, "name": "nodata", "title": "No data", "nodata": True},
]
TO_UTM = Transformer.from_crs(4326, 32632, always_xy=True).transform
AREA = "POLYGON((9.515 47.130, 9.530 47.130, 9.530 47.145, 9.515 47.145, 9.515 47.130))"


@pytest.fixture
def user(transactional_db: None) -> User:
    return User.objects.create_user(email="c@example.org", password="x" * 12)


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def buildings(shared_data: Path) -> list[dict[str, Any]]:
    import_file(shared_data / "osm/liechtenstein-2013-08-03.osm.pbf", importer="libosmium")
    wanted = Wanted(rules().layer("buildings"), parse_area(AREA))
    return [f for f in map(json.loads, stream(wanted)) if f["geometry"]["type"] == "MultiPolygon"]


def utm(feature: dict[str, Any]) -> Any:
    shape = shapely.geometry.shape(feature["geometry"])
    return shapely.transform(shape, lambda xy: np.column_stack(TO_UTM(*xy.T)))


@pytest.fixture
def result(user: User, buildings: list[dict[str, Any]], settings: Any, tmp_path: Path) -> Result:
    """A change on every tenth building, drawn by the pixels whose middle lies in it, shrunk."""
    settings.RESULTS_ROOT = tmp_path / "results"
    folder = settings.RESULTS_ROOT / "made"
    folder.mkdir(parents=True)
    west, south, east, north = shapely.transform(
        shapely.from_wkt(AREA), lambda xy: np.column_stack(TO_UTM(*xy.T))
    ).bounds
    shape = (round((north - south) / 2), round((east - west) / 2))
    transform = from_origin(west, north, 2, 2)
    shrunk = [(utm(f).buffer(-1.5), 1 + i % 2) for i, f in enumerate(buildings[::10])]
    classes = rasterize([s for s in shrunk if not s[0].is_empty], shape, transform=transform, dtype="uint8")
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "width": shape[1], "height": shape[0]}
    with rasterio.open(folder / "classes.tif", "w", crs="EPSG:32632", transform=transform, **profile) as target:
        target.write(classes, 1)
    row = Result.objects.create(
        owner=user,
        service_id="s2_change_detection",
        title="Made",
        folder="made",
        item={"assets": {}},
        geometry=GEOSGeometry(AREA, srid=4326),
        size_bytes=1,
    )
    stac = {"classification:classes": LEGEND}
    Asset.objects.create(
        result=row, key="classes", file="classes.tif", title="", role="data", size_bytes=1, sha256="", stac=stac
    )
    return row


def test_changed_buildings_are_found(client: Client, buildings: list[dict[str, Any]], result: Result) -> None:
    """Every building that was drawn is found, with the area that was drawn; others only where they touch one."""
    answer = client.get(f"/api/results/{result.id}/features?layers=buildings").json()
    found = {f["id"]: f["properties"] for f in answer["features"]}
    folder = Path(str(result.folder))
    mask = read_mask(Path(_root()) / folder / "classes.tif", [1, 2])
    drawn = {f["id"]: utm(f) for f in buildings[::10] if not utm(f).buffer(-1.5).is_empty}
    with_pixels = {key for key, shape in drawn.items() if _pixels(mask, shape.buffer(-1.5)) > 0}
    assert with_pixels <= set(found)
    assert len(with_pixels) > 5
    for key in with_pixels:
        facts = found[key]
        assert facts["changed_pixels"] >= _pixels(mask, drawn[key].buffer(-1.5))
        assert facts["changed_m2"] == pytest.approx(facts["changed_pixels"] * 4, rel=2e-3)  # UTM stretches a little
        assert 0 < facts["changed_share"] <= 1
    near = shapely.STRtree(list(drawn.values()))
    for feature in answer["features"]:
        assert len(near.query(utm(feature).buffer(4), predicate="intersects")) > 0
    assert answer["numberMatched"] == len(found) == sum(row["touched"] for row in answer["table"])
    assert sum(r["objects"] for r in answer["table"]) >= len(buildings)
    areas = [f["properties"]["changed_m2"] for f in answer["features"]]
    assert areas == sorted(areas, reverse=True)
    assert answer["attribution"] == "© OpenStreetMap contributors"


def _root() -> str:
    from django.conf import settings

    return str(settings.RESULTS_ROOT)


def _pixels(mask: Any, shape: Any) -> int:
    if shape.is_empty:
        return 0
    inside = rasterize([shape], mask.pixels.shape, transform=mask.transform, dtype="uint8").astype(bool)
    return int((inside & mask.pixels).sum())


def test_as_a_table(client: Client, result: Result) -> None:
    answer = client.get(f"/api/results/{result.id}/features?layers=buildings,roads&f=csv&least_pixels=5")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert {row["layer"] for row in rows} <= {"buildings", "roads"}
    assert min(int(row["changed_pixels"]) for row in rows) >= 5
    assert rows[0]["osm_url"].startswith("https://www.openstreetmap.org/")


def test_what_cannot_be_crossed(client: Client, result: Result) -> None:
    base = f"/api/results/{result.id}/features"
    assert client.get(f"{base}?layers=nope").json()["code"] == "unknown_layer"
    wrong = client.get(f"{base}?asset=magnitude")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "not_crossable")
    assert "classes" in wrong.json()["hint"]
    result.assets.all().delete()
    assert client.get(base).json()["code"] == "not_crossable"
    stranger = Client()
    other = User.objects.create_user(email="d@example.org", password="x" * 12)
    stranger.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert stranger.get(base).status_code == 404
