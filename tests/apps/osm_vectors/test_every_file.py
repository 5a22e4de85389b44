"""Every real file: imported, served, drawn, exported, and read again with pyosmium alone, without our rules."""

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import osmium
import pyogrio
import pytest
import shapely
from django.test import Client
from osmium.osm.mutable import Node
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from apps.accounts.models import User
from apps.osm_vectors.database import connect
from apps.osm_vectors.errors import ImportRefused
from apps.osm_vectors.imports import import_file
from apps.osm_vectors.models import Dataset
from apps.osm_vectors.queries import require_dataset
from apps.osm_vectors.reader import reader_address
from apps.osm_vectors.updates import apply_files
from eo.vector.osm_rules import rules
from services.core.registry import get_service
from services.core.runner import run

pytestmark = pytest.mark.usefixtures("empty")
SHARED = Path(__file__).resolve().parents[4] / "shared/data/osm"
CHANGES = "008-ch.osc.gz"
FILES = (
    sorted(p.name for p in SHARED.glob("*") if p.name.endswith((".pbf", ".osm.gz", ".osm"))) if SHARED.exists() else []
)
Z = 16
SIDE_M = 40_075_016.68557849
ROADS = (
    *("motorway", "trunk", "primary", "secondary", "tertiary", "motorway_link", "trunk_link", "primary_link"),
    *("secondary_link", "tertiary_link", "unclassified", "residential", "living_street", "service", "track"),
)
Tags = Mapping[str, str]
Objects = dict[str, BaseGeometry]
EXPECTED: dict[tuple[str, str], Callable[[Tags], bool]] = {
    ("roads", "way"): lambda t: t.get("highway") in ROADS and t.get("area") != "yes",
    ("railways", "way"): lambda t: t.get("railway") in ("rail", "tram", "subway", "light_rail", "narrow_gauge"),
    ("buildings", "area"): lambda t: t.get("building", "no") != "no" and t.get("area") != "no",
    ("power", "node"): lambda t: t.get("power") in ("tower", "pole"),
    ("power", "way"): lambda t: t.get("power") in ("line", "minor_line"),
    ("settlements", "node"): lambda t: t.get("place") in ("city", "town", "village", "hamlet", "suburb"),
    ("education", "area"): lambda t: t.get("amenity") in ("school", "kindergarten") and t.get("area") != "no",
    ("worship_culture", "node"): lambda t: t.get("amenity") == "place_of_worship",
    ("borders_barriers", "way"): lambda t: t.get("barrier") in ("fence", "wall") and t.get("area") != "yes",
}
TYPES = {"node": "Point", "way": "LineString", "area": "MultiPolygon"}


def read_again(path: Path) -> dict[tuple[str, str], Objects]:
    """Return what the file has of some layers, by what is expected of tags and what libosmium makes of geometries."""
    found: dict[tuple[str, str], Objects] = defaultdict(dict)
    make: Any = osmium.geom.WKBFactory()
    for entry in osmium.FileProcessor(str(path)).with_locations().with_areas():
        kind = "node" if entry.is_node() else "way" if entry.is_way() else "area" if entry.is_area() else ""
        tags = {tag.k: tag.v for tag in entry.tags}
        for (layer, wanted), fits in EXPECTED.items():
            if kind != wanted or not fits(tags):
                continue
            try:
                made = {"node": make.create_point, "way": make.create_linestring, "area": make.create_multipolygon}
                shape = shapely.from_wkb(made[kind](entry))
            except (RuntimeError, osmium.InvalidLocationError):
                continue
            letter = {"node": "N", "way": "W"}.get(kind) or ("W" if entry.from_way() else "R")
            number = entry.orig_id() if kind == "area" else entry.id
            if kind != "area" or shapely.is_valid(shape):
                found[layer, kind][f"{letter}{number}"] = shape
    return found


def fits_again(layer: str, kind: str, properties: Mapping[str, Any]) -> bool:
    """Tell whether a served feature is among those that are expected: its tags are columns by now, or `tags`."""
    told = {key: str(properties[key]) for key in ("surface", "ref") if properties.get(key)}
    decided = {"roads": "highway", "power": "power", "settlements": "place", "borders_barriers": "barrier"}
    subclass = {decided[layer]: properties["subclass"]} if layer in decided else {}
    return EXPECTED[layer, kind]({**told, **subclass, **properties["tags"]})


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_real_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_file(SHARED / name)
    dataset = require_dataset()
    assert dataset.bounds
    client = Client()
    user = User.objects.create_user(email="e@example.org", password="x" * 12)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    incomplete = name.startswith("Helsinki")  # ways whose nodes are not all there: osm2pgsql draws what there is
    expected = read_again(SHARED / name)
    assert sum(map(len, expected.values())) > 1_500
    features = {layer: _stream(client, layer) for layer in {layer for layer, _ in EXPECTED}}
    for (layer, kind), objects in expected.items():
        served = {
            f["id"]: shapely.geometry.shape(f["geometry"])
            for f in features[layer]
            if f["geometry"]["type"] == TYPES[kind] and fits_again(layer, kind, f["properties"])
        }
        missing, more = set(objects) - set(served), set(served) - set(objects)
        assert not missing, (layer, kind, sorted(missing)[:9])
        assert len(more) <= (0.1 * len(objects) if incomplete else 0), (layer, kind, sorted(more)[:9])
        differing = [i for i in objects if not same_place(served[i], objects[i])]
        assert not differing, (layer, kind, differing[:9])
    drawn(client, expected["buildings", "area"], expected["roads", "way"])
    exported(dataset, features, tmp_path / "result", monkeypatch)
    checked_codes()


def same_place(ours: BaseGeometry, theirs: BaseGeometry) -> bool:
    """Compare to the seventh decimal, which is what OpenStreetMap keeps."""
    if ours.geom_type != "MultiPolygon":
        return bool(ours.equals_exact(theirs, 2e-7))
    return bool(shapely.hausdorff_distance(ours, theirs) < 2e-7) and bool(
        abs(ours.area - theirs.area) <= 1e-6 * theirs.area
    )


def drawn(client: Client, buildings: Objects, roads: Objects) -> None:
    """Hold the tile over the middle building against all that lies in it."""
    middle = shapely.centroid(sorted(buildings.items())[len(buildings) // 2][1])
    x = math.floor((middle.x + 180) / 360 * 2**Z)
    y = math.floor((1 - math.asinh(math.tan(math.radians(middle.y))) / math.pi) / 2 * 2**Z)
    north, south = (math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**Z)))) for row in (y, y + 1))
    place = box(x / 2**Z * 360 - 180, south, (x + 1) / 2**Z * 360 - 180, north)
    answer = client.get(f"/api/osm/tiles/{Z}/{x}/{y}.mvt?layers=buildings,roads")
    decoded = mapbox_vector_tile.decode(gzip.decompress(answer.content))
    for layer, objects in (("buildings", buildings), ("roads", roads)):
        shown = {f["properties"]["fid"] for f in decoded.get(layer, {"features": []})["features"]}
        inside = {fid for fid, shape in objects.items() if shape.intersects(place.buffer(-1e-5))}
        near = {fid for fid, shape in objects.items() if shape.intersects(place.buffer(1e-3))}
        assert inside <= shown, (layer, inside - shown)
        assert len((shown & set(objects)) - near) == 0, layer
        assert inside or layer == "roads"


def exported(
    dataset: Dataset, features: Mapping[str, list[Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold every feature of a GeoPackage against the one that is served."""
    assert dataset.bounds
    monkeypatch.setenv("OSM_DATABASE_URL", reader_address())
    area = box(*dataset.bounds.extent).buffer(0.001).wkt
    run(get_service("osm_extract"), {"aoi": area, "layers": sorted(features)}, folder)
    path = folder / "features.gpkg"
    for layer, served in features.items():
        tables = {layer_table for layer_table, _ in pyogrio.list_layers(path)} & set(rules().layer(layer).tables)
        written = {}
        for table in tables:
            _, arrow = pyogrio.raw.read_arrow(path, layer=table)
            for row in arrow.to_pylist():
                written[f"{row['osm_type']}{row['osm_id']}", table[-1]] = row
        kinds = {"Point": "p", "LineString": "l", "MultiPolygon": "a"}
        ours = {(f["id"], kinds[f["geometry"]["type"]]): f for f in served}
        assert set(written) == set(ours), layer
        for key, feature in ours.items():
            row, properties = written[key], feature["properties"]
            for column in ("class", "subclass", "facc", "name", "ffn", "fun", "version"):
                assert row[column] == properties[column], (key, column)
            assert json.loads(row["tags"]) == properties["tags"]
            shape = shapely.from_wkb(row.get("geom") or row["geometry"])
            assert same_place(shape, shapely.geometry.shape(feature["geometry"])), key


def checked_codes() -> None:
    """Nearly every row has a code, no geometry is invalid, in each of the 47 tables."""
    coded = rows = 0
    with connect() as database:
        for table in rules().tables:
            query = f'SELECT count(facc), count(*), count(*) FILTER (WHERE NOT ST_IsValid(geom)) FROM osm."{table}"'
            with_code, count, invalid = database.execute(query.encode()).fetchone() or (0, 0, 0)
            coded, rows = coded + with_code, rows + count
            assert invalid == 0, table
    assert coded / rows >= 0.995


def _stream(client: Client, layer: str) -> list[Any]:
    answer: Any = client.get(f"/api/osm/layers/{layer}/items?f=geojsonseq")
    whole = b"".join(answer.streaming_content).decode()
    return [json.loads(part) for part in whole.split("\x1e") if part.strip()]


@pytest.mark.skipif(not (SHARED / CHANGES).exists(), reason="the real files are not here")
def test_the_real_change_file_is_older_than_the_real_data() -> None:
    """Switzerland of April 2013, brought to Liechtenstein of August."""
    import_file(SHARED / "liechtenstein-2013-08-03.osm.pbf", updatable=True)
    with pytest.raises(ImportRefused) as error:
        apply_files([SHARED / CHANGES])
    said = "008-ch.osc.gz ends 2013-04-10 16:56 UTC; what is served is of 2013-08-03 19:00 UTC already."
    assert error.value.message == said


@pytest.mark.skipif(not (SHARED / CHANGES).exists(), reason="the real files are not here")
def test_the_real_change_file_is_brought_in(tmp_path: Path) -> None:
    """Into the data of before it: each building and road whose nodes it holds too, and none that it does not name."""
    first = tmp_path / "before.osm.pbf"
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2013-04-09T00:00:00Z")
    with osmium.SimpleWriter(str(first), header=header) as writer:
        writer.add(Node(id=1, version=1, location=(8.0, 47.0), tags={"place": "town", "name": "Here before"}))
    import_file(first, updatable=True)
    apply_files([SHARED / CHANGES])
    nodes: set[int] = set()
    named: dict[str, set[int]] = {"roads": set(), "buildings": set()}
    whole: dict[str, set[int]] = {"roads": set(), "buildings": set()}
    for entry in osmium.FileProcessor(str(SHARED / CHANGES), osmium.osm.NODE | osmium.osm.WAY):
        if entry.deleted:
            continue
        if entry.is_node():
            nodes.add(entry.id)
            continue
        tags = {tag.k: tag.v for tag in entry.tags}
        closed = entry.is_closed() and len(entry.nodes) > 3
        for layer, fits in (("roads", True), ("buildings", closed)):
            if fits and EXPECTED[layer, "way" if layer == "roads" else "area"](tags):
                named[layer].add(entry.id)
                if {node.ref for node in entry.nodes} <= nodes:
                    whole[layer].add(entry.id)
    assert len(whole["buildings"]) > 20
    with connect() as database:
        for table, layer in (("roads_l", "roads"), ("buildings_a", "buildings")):
            listed = ", ".join(f"'{road}'" for road in ROADS)
            among = f" WHERE subclass IN ({listed})" if layer == "roads" else ""
            found = {row[0] for row in database.execute(f'SELECT osm_id FROM osm."{table}"{among}'.encode())}
            assert whole[layer] <= found <= named[layer], table
        assert database.execute(b"SELECT osm_id FROM osm.settlements_p WHERE class = 'town'").fetchall() == [(1,)]
    dataset = require_dataset()
    assert dataset.data_timestamp and dataset.data_timestamp.isoformat() == "2013-04-10T16:56:41+00:00"
    assert dataset.counts == {table: _rows(table) for table in rules().tables}


def _rows(table: str) -> int:
    with connect() as database:
        row = database.execute(f'SELECT count(*) FROM osm."{table}"'.encode()).fetchone()
    return int(row[0]) if row else 0
