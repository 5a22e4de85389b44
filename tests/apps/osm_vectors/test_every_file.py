"""Every real file: imported, served, exported, and counted again with pyosmium alone, without our rules."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import osmium
import pyogrio
import pytest
from django.test import Client
from shapely.geometry import box

from apps.accounts.models import User
from apps.osm_vectors.imports import import_file
from apps.osm_vectors.queries import require_dataset
from apps.osm_vectors.reader import reader_address
from services.core.registry import get_service
from services.core.runner import run

pytestmark = pytest.mark.usefixtures("empty")
SHARED = Path(__file__).resolve().parents[4] / "shared/data/osm"
FILES = (
    sorted(p.name for p in SHARED.glob("*") if p.name.endswith((".pbf", ".osm.gz", ".osm"))) if SHARED.exists() else []
)
ROADS = (
    *("motorway", "trunk", "primary", "secondary", "tertiary", "motorway_link", "trunk_link", "primary_link"),
    *("secondary_link", "tertiary_link", "unclassified", "residential", "living_street", "service", "track"),
)


def counted(path: Path) -> Counter[str]:
    """Count roads, buildings and towers by their tags and what libosmium can make of their geometry."""
    found: Counter[str] = Counter()
    make: Any = osmium.geom.WKBFactory()
    for entry in osmium.FileProcessor(str(path)).with_locations().with_areas():
        tags = {tag.k: tag.v for tag in entry.tags}
        if entry.is_node() and tags.get("power") in ("tower", "pole"):
            found["power_p"] += 1
        elif entry.is_way() and tags.get("highway") in ROADS and tags.get("area") != "yes":
            found["roads_l"] += _can(lambda e=entry: make.create_linestring(e))
        elif entry.is_area() and tags.get("building", "no") != "no" and tags.get("area") != "no":
            found["buildings_a"] += _can(lambda e=entry: make.create_multipolygon(e))
    return found


def _can(make: Any) -> int:
    try:
        make()
    except (RuntimeError, osmium.InvalidLocationError):
        return 0
    return 1


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_real_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_file(SHARED / name)
    dataset = require_dataset()
    assert dataset.bounds
    expected = counted(SHARED / name)
    client = Client()
    user = User.objects.create_user(email="e@example.org", password="x" * 12)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    layers = {layer["id"]: layer for layer in client.get("/api/osm/layers").json()}
    roads = sum(c["count"] for c in layers["roads"]["classes"] if c["id"] not in ("path", "special", "construction"))
    assert 0 <= roads - expected["roads_l"] <= 0.05 * expected["roads_l"]  # pedestrian, road, raceway besides
    served = sum(
        json.loads(line)["geometry"]["type"] == "MultiPolygon"
        for line in _stream(client, "/api/osm/layers/buildings/items?f=geojsonseq")
    )
    west, south, east, north = dataset.bounds.extent
    area = box(west, south, east, north).buffer(0.001).wkt
    monkeypatch.setenv("OSM_DATABASE_URL", reader_address())
    values = {"aoi": area, "layers": ["buildings", "roads", "power"]}
    run(get_service("osm_extract"), values, tmp_path / "result")
    path = tmp_path / "result/features.gpkg"
    exported = {layer: pyogrio.read_info(path, layer=layer)["features"] for layer, _ in pyogrio.list_layers(path)}
    assert exported["buildings_a"] == served == dataset.counts["buildings_a"]
    assert exported["roads_l"] == dataset.counts["roads_l"]
    incomplete = name.startswith("Helsinki")  # ways whose nodes are not all there: each importer has its own way
    slack = 0.05 if incomplete else 0.002
    assert exported["buildings_a"] == pytest.approx(expected["buildings_a"], rel=slack, abs=dataset.invalid)
    assert exported.get("power_p", 0) >= expected["power_p"]


def _stream(client: Client, address: str) -> list[str]:
    answer: Any = client.get(address)
    whole = b"".join(answer.streaming_content).decode()
    return [part for part in whole.split("\x1e") if part.strip()]
