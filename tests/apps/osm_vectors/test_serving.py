"""Tiles and features of real files: decoded by another library, counted anew, hostile requests refused."""

import gzip
import json
import math
from collections import Counter
from pathlib import Path

import mapbox_vector_tile
import pytest
import shapely
from django.test import Client
from pyproj import Geod, Transformer

from apps.accounts.models import User
from apps.osm_vectors import tile_cache, tiles
from apps.osm_vectors.imports import import_file
from apps.osm_vectors.queries import live_dataset
from apps.osm_vectors.updates import apply_files
from eo.io.osm_file import read_rows
from eo.vector.osm_rules import rules

pytestmark = pytest.mark.usefixtures("empty")
VADUZ = "9.515,47.135,9.530,47.145"


@pytest.fixture
def client(client: Client) -> Client:
    client.force_login(User.objects.create_user(email="a@example.org", password="x" * 12))
    return client


@pytest.fixture
def liechtenstein(shared_data: Path) -> Path:
    path = shared_data / "osm/liechtenstein-2013-08-03.osm.pbf"
    import_file(path, importer="libosmium")
    return path


def tile_at(z: int, lon: float = 9.5209, lat: float = 47.1410) -> tuple[int, int]:
    """Return the tile over a place, Vaduz."""
    y = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / math.pi
    return math.floor((lon + 180) / 360 * 2**z), math.floor((1 - y) / 2 * 2**z)


def test_nothing_imported_yet(client: Client) -> None:
    for address in ("/api/osm", "/api/osm/layers", "/api/osm/tiles/10/539/359.mvt", "/api/osm/layers/roads/items"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "manage.py osm_import" in answer.json()["hint"]


def test_layers_and_counts(client: Client, liechtenstein: Path) -> None:
    """Counts are those of libosmium, class by class."""
    expected = Counter(
        f"{rules().tables[r.table][0].id}.{r.values['class']}" for r in read_rows(liechtenstein, rules())
    )
    layers = client.get("/api/osm/layers").json()
    found = {f"{layer['id']}.{c['id']}": c["count"] for layer in layers for c in layer["classes"] if c["count"]}
    assert found == dict(expected)
    assert len(layers) == 19
    about = client.get("/api/osm").json()
    assert about["data_timestamp"] == "2013-08-03T19:00:02Z"
    assert about["stale"] is True and about["age_hours"] > 100_000
    assert about["rows"] == sum(expected.values())


def test_every_answer_says_of_when_the_data_are(client: Client, liechtenstein: Path, settings) -> None:  # type: ignore[no-untyped-def]
    """Tiles, TileJSON, features, counts, names, health; older than the operator wants them, they are called stale."""
    x, y = tile_at(14)
    addresses = [
        "",
        "/layers",
        f"/tiles/14/{x}/{y}.mvt",
        "/tiles.json",
        "/layers/roads/items?limit=1",
        "/search?q=Vaduz",
    ]
    addresses += [f"/stats?layers=power&bbox={VADUZ}", f"/layers/power/stats?bbox={VADUZ}"]
    for address in addresses:
        headers = client.get(f"/api/osm{address}").headers
        assert (headers["X-Data-Timestamp"], headers["X-Data-Stale"]) == ("2013-08-03T19:00:02Z", "true"), address
    page = client.get("/api/osm/layers/roads/items?limit=1").json()
    assert (page["data_timestamp"], page["stale"]) == ("2013-08-03T19:00:02+00:00", True)
    assert (page["attribution"], page["licence"]) == ("© OpenStreetMap contributors", "ODbL-1.0")
    health = client.get("/api/health").json()
    assert (health["osm"], health["osm_data_timestamp"]) == ("stale", "2013-08-03T19:00:02Z")
    settings.OSM_STALE_HOURS = 24 * 365.25 * 100
    assert "X-Data-Stale" not in client.get("/api/osm/layers").headers
    assert client.get("/api/health").json()["osm"] == "ok"


def test_tilejson_of_a_set_of_layers(client: Client, liechtenstein: Path) -> None:
    found = client.get("/api/osm/tiles.json?layers=roads,power").json()
    assert found["tilejson"] == "3.0.0"
    assert found["tiles"] == ["http://testserver/api/osm/tiles/{z}/{x}/{y}.mvt?layers=roads,power"]
    assert [layer["id"] for layer in found["vector_layers"]] == ["roads", "power"]
    motorways, everything = rules().layer("roads").class_min_zoom("motorway"), found["minzoom"]
    assert (everything, found["maxzoom"]) == (motorways, 16)
    assert found["attribution"] == '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap contributors</a>'
    assert found["bounds"] == pytest.approx([9.40, 46.79, 9.64, 47.43], abs=0.02)  # what reaches beyond is whole
    about = found["groundwork"]
    assert (about["data_timestamp"], about["stale"]) == ("2013-08-03T19:00:02Z", True)
    assert about["rules_version"] == rules().version
    assert client.get("/api/osm/tiles.json?layers=rivers").json()["code"] == "unknown_layer"


def test_the_etag_follows_data_and_rules(client: Client, liechtenstein: Path) -> None:
    x, y = tile_at(14)
    address = f"/api/osm/tiles/14/{x}/{y}.mvt?layers=roads"
    dataset = live_dataset()
    assert dataset
    first = client.get(address).headers["ETag"]
    assert first.startswith(f'"{dataset.version}-{rules().version}-')
    assert client.get(f"{address},power").headers["ETag"] != first
    dataset.rules_version = "9.9"
    dataset.save()
    second = client.get(address, headers={"If-None-Match": first})
    assert second.status_code == 200 and second.headers["ETag"] != first
    import_file(liechtenstein, importer="libosmium")
    assert client.get(address).headers["ETag"] not in (first, second.headers["ETag"])


def test_a_tile_shows_what_lies_in_it(client: Client, liechtenstein: Path) -> None:
    """Of a tile of zoom 14: every building that lies in it, with its class and code."""
    z = 14
    x, y = tile_at(z)
    answer = client.get(f"/api/osm/tiles/{z}/{x}/{y}.mvt?layers=roads,buildings")
    assert answer.headers["Content-Encoding"] == "gzip"
    decoded = mapbox_vector_tile.decode(gzip.decompress(answer.content))
    assert set(decoded) == {"roads", "buildings"}
    assert decoded["buildings"]["extent"] == 4096
    side = 40_075_016.68557849 / 2**z
    left, top = -20_037_508.342789244 + x * side, 20_037_508.342789244 - y * side
    to_lonlat = Transformer.from_crs(3857, 4326, always_xy=True)
    box = shapely.box(*to_lonlat.transform(left, top - side), *to_lonlat.transform(left + side, top))
    assert box.bounds[0] == pytest.approx(x / 2**z * 360 - 180)
    inside = {
        row.values["osm_id"]: row.values
        for row in read_rows(liechtenstein, rules())
        if row.table == "buildings_a" and shapely.from_wkb(row.geometry).within(box)
    }
    shown = {int(f["properties"]["fid"][1:]): f for f in decoded["buildings"]["features"]}
    assert len(inside) > 50
    assert set(inside) <= set(shown)
    for number, values in inside.items():
        assert shown[number]["properties"]["class"] == values["class"]
        assert shown[number]["properties"]["facc"] == values["facc"]
        assert shown[number]["id"] // 10 == number


def test_zooms_show_their_classes(client: Client, liechtenstein: Path) -> None:
    for z, expected in ((8, {"motorway", "trunk", "primary"}), (10, {"motorway", "trunk", "primary", "secondary"})):
        x, y = tile_at(z)
        content = gzip.decompress(client.get(f"/api/osm/tiles/{z}/{x}/{y}.mvt?layers=roads,buildings").content)
        decoded = mapbox_vector_tile.decode(content)
        assert "buildings" not in decoded
        shown = {f["properties"]["class"] for f in decoded["roads"]["features"]}
        assert shown and shown <= expected


def test_tiles_are_kept_until_what_they_show_changes(client: Client, landscape_osm: Path, tmp_path: Path) -> None:
    import osmium
    from osmium.osm.mutable import Node

    from demo.osm import EDITED

    import_file(landscape_osm, updatable=True)
    dataset = live_dataset()
    assert dataset and dataset.bounds
    west, south, east, north = dataset.bounds.extent
    addresses = []
    for lon, lat in ((west + 0.001, south + 0.001), (east - 0.001, north - 0.001)):
        box = tile_cache.tiles_touched(14, [_point_m(lon, lat)])
        addresses += [f"/api/osm/tiles/14/{x}/{y}.mvt" for x, y in sorted(box)[:1]]
    first = [client.get(address) for address in addresses]
    again = client.get(addresses[0], headers={"If-None-Match": first[0].headers["ETag"]})
    assert again.status_code == 304
    change = tmp_path / "x.osc"
    with osmium.SimpleWriter(str(change)) as writer:
        later = EDITED.replace(month=11)
        place = (west + 0.001, south + 0.001)
        writer.add(Node(id=10**7, version=1, timestamp=later, location=place, tags={"power": "tower"}))
    assert apply_files([change]).tiles == 1
    second = [client.get(address) for address in addresses]
    assert second[0].headers["ETag"] != first[0].headers["ETag"]
    assert second[1].content == first[1].content
    towers = [
        mapbox_vector_tile.decode(gzip.decompress(a[0].content)).get("power", {"features": []})["features"]
        for a in (first, second)
    ]
    assert len(towers[1]) == len(towers[0]) + 1 if tile_shows("tower", 14) else towers[1] == towers[0]


def tile_shows(name: str, z: int) -> bool:
    return rules().layer("power").class_min_zoom(name) <= z


def _point_m(lon: float, lat: float) -> tuple[float, float, float, float]:
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    return x, y, x, y


def test_a_tile_that_would_be_too_large_leaves_layers_out(client: Client, liechtenstein: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(tiles, "LARGEST_BYTES", 4_000)
    x, y = tile_at(14)
    answer = client.get(f"/api/osm/tiles/14/{x}/{y}.mvt")
    assert answer.headers["X-Truncated"] == "true"
    content = gzip.decompress(answer.content)
    assert 0 < len(content) <= 4_000
    assert "buildings" not in mapbox_vector_tile.decode(content)
    assert client.get(f"/api/osm/tiles/14/{x}/{y}.mvt").headers["X-Truncated"] == "true"  # from the cache too


def test_pages_hold_every_feature_once(client: Client, liechtenstein: Path) -> None:
    expected = {
        f"{row.values['osm_type']}{row.values['osm_id']}"
        for row in read_rows(liechtenstein, rules())
        if row.table.startswith("roads_")
    }
    address, found = "/api/osm/layers/roads/items?limit=700", []
    while address:
        page = client.get(address).json()
        assert page["numberReturned"] == len(page["features"]) <= 700
        found += [feature["id"] for feature in page["features"]]
        address = page["links"][0]["href"].partition("testserver")[2] if page["links"] else ""
    assert len(found) == len(set(found)) and set(found) == expected
    stream = b"".join(client.get("/api/osm/layers/roads/items?f=geojsonseq").streaming_content)  # type: ignore[attr-defined]
    records = [json.loads(part) for part in stream.decode().split("\x1e")[1:]]
    assert {record["id"] for record in records} == expected


def test_features_in_an_area_by_class_and_column(client: Client, liechtenstein: Path) -> None:
    box = shapely.box(*map(float, VADUZ.split(",")))
    rows = {
        f"{r.values['osm_type']}{r.values['osm_id']}": (r.values, shapely.from_wkb(r.geometry))
        for r in read_rows(liechtenstein, rules())
        if r.table == "roads_l"
    }
    page = client.get(f"/api/osm/layers/roads/items?bbox={VADUZ}&class=minor,service&limit=5000").json()
    expected = {k for k, (v, g) in rows.items() if v["class"] in ("minor", "service") and g.intersects(box)}
    assert {f["id"] for f in page["features"]} == expected
    one = page["features"][0]
    assert shapely.from_geojson(json.dumps(one["geometry"])).equals_exact(rows[one["id"]][1], 1e-7)
    kind = {"N": "node", "W": "way", "R": "relation"}[one["id"][0]]
    assert one["properties"]["osm_url"] == f"https://www.openstreetmap.org/{kind}/{one['id'][1:]}"
    assert client.get(f"/api/osm/layers/roads/items/{one['id']}").json() == one
    tunnels = client.get("/api/osm/layers/roads/items?tunnel=true&limit=5000").json()
    assert {f["id"] for f in tunnels["features"]} == {k for k, (v, _) in rows.items() if v["tunnel"]}


def test_statistics_are_those_of_the_ellipsoid(client: Client, liechtenstein: Path) -> None:
    box, geod = shapely.box(*map(float, VADUZ.split(","))), Geod(ellps="WGS84")
    lengths: Counter[str] = Counter()
    for row in read_rows(liechtenstein, rules()):
        if row.table == "roads_l":
            cut = shapely.from_wkb(row.geometry).intersection(box)
            lengths[row.values["class"]] += geod.geometry_length(cut) / 1000 if not cut.is_empty else 0
    found = client.get(f"/api/osm/stats?layers=roads&bbox={VADUZ}").json()["roads"]
    for entry in found:
        assert entry["length_km"] == pytest.approx(lengths[entry["class"]], abs=0.002)
    assert sum(entry["length_km"] for entry in found) > 15


def test_names_are_found(client: Client, liechtenstein: Path) -> None:
    found = client.get("/api/osm/search?q=Vaduz").json()["results"]
    assert found[0]["name"] == "Vaduz"
    assert found[0]["longitude"] == pytest.approx(9.52, abs=0.03)
    assert client.get("/api/osm/search?q=%25%25").json()["results"] == []


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/api/osm/tiles/17/0/0.mvt", 404, "Tiles go to zoom 16"),
        ("/api/osm/tiles/3/8/0.mvt", 404, "columns and rows 0 to 7"),
        ("/api/osm/tiles/3/1/1.mvt?layers=rivers", 422, "There is no layer 'rivers'"),
        ("/api/osm/tiles/3/1/1.mvt?layers=roads&classes=x';--", 422, "There is no class"),
        ("/api/osm/layers/rivers/items", 422, "There is no layer 'rivers'"),
        ("/api/osm/layers/roads/items?colour=red", 422, "has no column 'colour'"),
        ("/api/osm/layers/roads/items?geom=1", 422, "has no column 'geom'"),
        ('/api/osm/layers/roads/items?name"=1', 422, "has no column"),
        ("/api/osm/layers/roads/items?bbox=1,2,3", 422, "is not four numbers"),
        ("/api/osm/layers/roads/items?bbox=0,40,5,44", 422, "at most 100,000 km²"),
        ("/api/osm/stats?bbox=0,40,5,44", 422, "at most 100,000 km²"),
        ("/api/osm/layers/roads/items?area=POINT(1 2)", 422, ""),
        ("/api/osm/layers/roads/items/W0", 404, ""),
    ],
)
def test_what_cannot_be_asked(client: Client, landscape_osm: Path, address: str, status: int, said: str) -> None:
    import_file(landscape_osm, importer="libosmium")
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    assert said in answer.json()["detail"]


def test_filters_cannot_inject(client: Client, landscape_osm: Path) -> None:
    import_file(landscape_osm, importer="libosmium")
    for value in ("x' OR '1'='1", "'; DROP SCHEMA osm CASCADE; --", "%(z)s", "\\", "%"):
        for name in ("name", "surface", "class", "code", "after"):
            answer = client.get("/api/osm/layers/roads/items", {name: value})
            assert answer.status_code in (200, 422)
            if answer.status_code == 200 and name != "after":
                assert answer.json()["features"] == []
    assert client.get("/api/osm/layers/roads/items?limit=1").json()["numberReturned"] == 1


def test_strangers_see_nothing(landscape_osm: Path) -> None:
    import_file(landscape_osm, importer="libosmium")
    for address in ("/api/osm", "/api/osm/tiles/3/1/1.mvt", "/api/osm/layers/roads/items", "/api/osm/search?q=aa"):
        assert Client().get(address).status_code == 401
