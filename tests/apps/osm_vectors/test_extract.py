"""Extracts from PostGIS, opened again by other libraries and held against the features that are served."""

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyproj import Geod
from shapely.geometry import box, shape

from apps.osm_vectors.database import connect
from apps.osm_vectors.features import Wanted, stream
from apps.osm_vectors.imports import import_file
from apps.osm_vectors.reader import reader_address
from eo.errors import NoFeatures, StoreUnavailable, UnknownCountry
from eo.io.aoi import parse_area
from eo.vector.mgcp import catalogue
from eo.vector.osm_rules import rules
from eo.vector.osm_tables import READING
from services.core.errors import BadInput, InvalidParameters
from services.core.preflight import check
from services.core.registry import get_service
from services.core.runner import run
from services.core.validation import validate

pytestmark = pytest.mark.usefixtures("empty")
VADUZ = "POLYGON((9.50 47.12, 9.55 47.12, 9.55 47.16, 9.50 47.16, 9.50 47.12))"
LAYERS = ["buildings", "roads", "power"]
FORMATS = {
    "GeoJSON": ".geojson",
    "GeoJSONSeq": ".geojsonl",
    "FlatGeobuf": ".fgb",
    "GeoParquet": ".parquet",
}
_WGS84 = Geod(ellps="WGS84")
Extract = Callable[..., Path]


@pytest.fixture
def extract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Extract:
    monkeypatch.setenv("OSM_DATABASE_URL", reader_address())

    def made(**values: Any) -> Path:
        folder = tmp_path / "result"
        run(get_service("osm_extract"), {"aoi": VADUZ, "layers": LAYERS, **values}, folder)
        return folder

    return made


@pytest.fixture
def liechtenstein(shared_data: Path) -> None:
    import_file(shared_data / "osm/liechtenstein-2013-08-03.osm.pbf", importer="libosmium")


@pytest.fixture
def landscape(landscape_osm: Path) -> None:
    import_file(landscape_osm, importer="libosmium")


def served(layer: str, table: str, area: str = VADUZ) -> dict[int, Mapping[str, Any]]:
    """Return the features of a table that touch the area, as the portal serves them."""
    kind = {"p": "Point", "l": "LineString", "a": "MultiPolygon"}[table[-1]]
    found = (json.loads(text) for text in stream(Wanted(rules().layer(layer), parse_area(area))))
    return {f["properties"]["osm_id"]: f for f in found if f["geometry"]["type"] == kind}


def same(ours: Mapping[str, Any], geometry: Any, theirs: Mapping[str, Any]) -> None:
    """Compare a feature that was read with the one that is served, column by column."""
    for name, value in theirs["properties"].items():
        if name in ("osm_url", "tags", "osm_ts"):
            continue
        read = ours[name]
        assert read == (pytest.approx(value, rel=1e-6) if isinstance(value, float) else value), name
    assert json.loads(ours["tags"]) == theirs["properties"]["tags"]
    assert shapely.hausdorff_distance(geometry, shape(theirs["geometry"])) < 2e-7


def rows(path: Path, layer: str | None = None) -> Iterator[tuple[dict[str, Any], Any]]:
    about, table = pyogrio.raw.read_arrow(path, layer=layer)
    column = about["geometry_name"] or "wkb_geometry"
    for row in table.to_pylist():
        yield row, shapely.from_wkb(row.pop(column))


def test_a_geopackage_holds_every_feature(liechtenstein: None, extract: Extract) -> None:
    folder = extract()
    for layer, table in (("buildings", "buildings_a"), ("roads", "roads_l"), ("power", "power_p")):
        expected = served(layer, table)
        found = {row["osm_id"]: (row, geometry) for row, geometry in rows(folder / "features.gpkg", table)}
        assert set(found) == set(expected)
        assert len(found) > 5
        for number, (row, geometry) in found.items():
            same(row, geometry, expected[number])


@pytest.mark.parametrize("format", FORMATS)
def test_formats_of_a_file_a_table(liechtenstein: None, extract: Extract, format: str) -> None:
    folder = extract(output_format=format)
    path = folder / f"features_roads_l{FORMATS[format]}"
    expected = served("roads", "roads_l")
    if format == "GeoParquet":
        table = pq.read_table(path)
        about = json.loads(table.schema.metadata[b"geo"])
        assert (about["version"], about["columns"]["geometry"]["encoding"]) == ("1.1.0", "WKB")
        assert table.schema.metadata[b"licence"] == b"ODbL-1.0"
        found = [(row, shapely.from_wkb(row["geometry"])) for row in table.to_pylist()]
    else:
        found = list(rows(path))
    if format == "GeoJSON":
        document = json.loads(path.read_text())
        assert (document["type"], document["data_timestamp"]) == ("FeatureCollection", "2013-08-03T19:00:02+00:00")
        assert len(document["features"]) == len(expected)
    assert {row["osm_id"] for row, _ in found} == set(expected)
    for row, geometry in found[:200]:
        same(_texts(row), geometry, expected[row["osm_id"]])


def _texts(row: dict[str, Any]) -> dict[str, Any]:
    """GDAL reads text that is JSON as a structure."""
    return {**row, "tags": row["tags"] if isinstance(row["tags"], str) else json.dumps(row["tags"])}


def test_shapefiles_with_short_names_and_their_dictionary(liechtenstein: None, extract: Extract) -> None:
    folder = extract(output_format="Shapefile", layers=["buildings"])
    meanings = csv.DictReader((folder / "dictionary.csv").read_text().splitlines())
    names = {row["short_name"]: row["column"] for row in meanings if row["table"] == "buildings_a"}
    assert all(len(short) <= 10 for short in names)
    expected = served("buildings", "buildings_a")
    found = list(rows(folder / "features.zip", "buildings_a"))
    assert {row["osm_id"] for row, _ in found} == set(expected)
    for row, geometry in found:
        theirs = expected[row["osm_id"]]
        for short, name in names.items():
            value = theirs["properties"][name]
            if name != "osm_ts" and value is not None:
                assert row[short] == (pytest.approx(value) if isinstance(value, float) else value), name
        assert shapely.hausdorff_distance(geometry, shape(theirs["geometry"])) < 2e-7
    with zipfile.ZipFile(folder / "features.zip") as archive:
        assert {"buildings_a.shp", "buildings_a.prj", "buildings_a.cpg", "project.qgs"} <= set(archive.namelist())


def test_a_kmz_links_every_layer(liechtenstein: None, extract: Extract) -> None:
    folder = extract(output_format="KMZ")
    found = list(rows(folder / "features.kmz", "roads_l"))
    expected = served("roads", "roads_l")
    assert {int(row["osm_id"]) for row, _ in found} == set(expected)
    for row, geometry in found:
        theirs = expected[int(row["osm_id"])]
        assert (row["class"], row["facc"]) == (theirs["properties"]["class"], theirs["properties"]["facc"])
        assert shapely.hausdorff_distance(shapely.force_2d(geometry), shape(theirs["geometry"])) < 2e-7
    with zipfile.ZipFile(folder / "features.kmz") as archive:
        roads = archive.read("layers/roads_l.kml")
        assert roads.count(b"<color>ff3d55c8</color>") == len(expected)  # #c8553d, its bytes turned round
        assert b"roads_l.kml" in archive.read("doc.kml")


def test_what_is_cut_lies_inside_and_adds_up(liechtenstein: None, extract: Extract) -> None:
    """The lengths and areas cut are those that shapely cuts."""
    area = shapely.from_wkt(VADUZ)
    folder = extract(edge="clip")
    for layer, table in (("roads", "roads_l"), ("buildings", "buildings_a")):
        cut = {row["osm_id"]: geometry for row, geometry in rows(folder / "features.gpkg", table)}
        for number, feature in served(layer, table).items():
            expected = shape(feature["geometry"]).intersection(area)
            measure = "length" if table.endswith("_l") else "area"
            if getattr(expected, measure) == 0:
                assert number not in cut
                continue
            assert getattr(cut[number], measure) == pytest.approx(getattr(expected, measure), rel=1e-4, abs=1e-9)
            assert area.buffer(1e-9).contains(cut[number])


def test_a_country_classes_and_codes(liechtenstein: None, extract: Extract) -> None:
    folder = extract(aoi=None, country="Liechtenstein", classes="primary,secondary", codes="AP030")
    found = {row["class"] for row, _ in rows(folder / "features.gpkg", "roads_l")}
    assert found == {"primary", "secondary"}
    item = json.loads((folder / "item.json").read_text())
    assert item["bbox"] == pytest.approx([9.4716, 47.0484, 9.6357, 47.2706], abs=2e-3)
    with pytest.raises(UnknownCountry, match="'fr'") as error:
        _raw(extract, aoi=None, country="fr")
    assert "Liechtenstein" in error.value.hint


def _raw(extract: Extract, **values: Any) -> None:
    """Run and raise the library's own error, which the runner wraps."""
    try:
        extract(**values)
    except BadInput as error:
        assert error.__cause__ is not None
        raise error.__cause__ from None


def test_what_goes_along(liechtenstein: None, extract: Extract) -> None:
    folder = extract()
    licence = (folder / "licence.txt").read_text()
    assert "2013-08-03" in licence
    assert "© OpenStreetMap contributors" in licence
    assert "4.4 Share alike" in licence.replace("\n", " ")
    sums = dict(line.split("  ")[::-1] for line in (folder / "checksums.sha256").read_text().splitlines())
    assert set(sums) == {"features.gpkg", "project.qgs", "dictionary.csv", "licence.txt"}
    for name, told in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == told
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["inputs"][0]["data_timestamp"] == "2013-08-03T19:00:02+00:00"
    assert provenance["inputs"][0]["rules_version"] == rules().version
    item = json.loads((folder / "item.json").read_text())
    assert item["properties"]["datetime"] == "2013-08-03T19:00:02.000Z"
    counted = {t["name"]: t["features"] for t in item["properties"]["groundwork:tables"]}
    assert counted["roads_l"] == len(served("roads", "roads_l"))


def test_bridges_of_chosen_classes(liechtenstein: None, extract: Extract) -> None:
    """A view goes by the class of its road, and its own classes are in the dictionary."""
    folder = extract(aoi=None, country="li", layers=["roads"], classes="primary")
    bridges = [row for row, _ in rows(folder / "features.gpkg", "road_crossings_l")]
    assert {row["subclass"] for row in bridges} == {"primary"}
    assert {row["class"] for row in bridges} <= {"bridge", "tunnel", "ford", "culvert"}
    primary = [row for row, _ in rows(folder / "features.gpkg", "roads_l")]
    assert len(bridges) == sum(bool(row["bridge"] or row["tunnel"] or row["ford"]) for row in primary) > 3
    meanings = csv.DictReader((folder / "dictionary.csv").read_text().splitlines())
    told = {row["table"]: row["values"] for row in meanings if row["column"] == "class"}
    assert told["road_crossings_l"] == "culvert; bridge; tunnel; ford"


def test_the_project_names_layers_that_are_there(liechtenstein: None, extract: Extract) -> None:
    folder = extract()
    project = ElementTree.fromstring((folder / "project.qgs").read_text().partition("\n")[2])
    sources = [source.text or "" for source in project.iter("datasource")]
    names = {name for name, _ in pyogrio.list_layers(folder / "features.gpkg")}
    assert {source.partition("|layername=")[2] for source in sources} == names
    for layer in project.iter("maplayer"):
        values = {c.get("symbol") for c in layer.iter("category")}
        assert values <= {s.get("name") for s in layer.iter("symbol")}


def test_mgcp_layers_keep_to_the_catalogue(landscape: None, extract: Extract) -> None:
    """Every code is allowed, every geometry of an allowed form, whatever OpenStreetMap had."""
    folder = extract(aoi=shapely.to_wkt(_extent()), layers=list(rules().by_id), feature_schema="mgcp")
    book = catalogue()
    layers = pyogrio.list_layers(folder / "features.gpkg")
    assert len(layers) > 90
    seen: set[str] = set()
    for name, kind in layers:
        assert kind == {"P": "Point", "L": "LineString", "A": "MultiPolygon"}[name[0]]
        for row, geometry in rows(folder / "features.gpkg", name):
            assert row["F_CODE"] == name[1:]
            assert row["UID"] not in seen
            seen.add(row["UID"])
            assert not geometry.is_empty
            for attribute, value in row.items():
                if attribute in book.features[name].attributes and book.attributes[attribute].type == "code":
                    assert value in book.allowed(name, attribute), (name, attribute)


def test_mgcp_attributes_of_a_road_and_a_runway(landscape: None, extract: Extract) -> None:
    area = shapely.to_wkt(_extent())
    folder = extract(aoi=area, layers=["roads", "aviation"], feature_schema="mgcp")
    motorways = [row for row, _ in rows(folder / "features.gpkg", "LAP030") if row["HCT"] == 3]
    assert motorways
    lines = {
        f"way/{number}": _WGS84.geometry_length(shape(feature["geometry"]))
        for number, feature in served("aviation", "aviation_l", area).items()
        if feature["properties"]["class"] == "runway"
    }
    derived = [(row, geometry) for row, geometry in rows(folder / "features.gpkg", "AGB055") if "derived" in row["TXT"]]
    assert len(derived) == len(lines) > 0
    for row, geometry in derived:
        way, _, rest = row["TXT"].removeprefix("https://www.openstreetmap.org/").partition("; derived: the line, ")
        size_m2 = abs(_WGS84.geometry_area_perimeter(geometry)[0])
        assert size_m2 / float(rest.removesuffix(" m wide")) == pytest.approx(lines[way], rel=0.02)


def _extent() -> Any:
    from apps.osm_vectors.queries import require_dataset

    bounds = require_dataset().bounds
    assert bounds is not None
    return box(*bounds.extent)


def test_the_dry_run_counts(liechtenstein: None, extract: Extract) -> None:
    service = get_service("osm_extract")
    params = validate(service, {"aoi": VADUZ, "layers": LAYERS})
    answer = check(service, params)
    assert answer["valid"]
    folder = extract()
    total = sum(
        pyogrio.read_info(folder / "features.gpkg", layer=name)["features"]
        for name, _ in pyogrio.list_layers(folder / "features.gpkg")
    )
    assert answer["findings"][0]["message"].startswith(f"{total:,} features: ")
    assert "2013-08-03 19:00 UTC" in answer["findings"][1]["message"]
    nothing = check(service, validate(service, {"aoi": VADUZ, "layers": ["camps"]}))
    assert (nothing["valid"], nothing["findings"][0]["code"]) == (False, "no_features")


def test_what_cannot_be_done(liechtenstein: None, extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoFeatures):
        _raw(extract, layers=["camps"])
    with pytest.raises(BadInput, match=r"The area has 273,\d{3} km²; at most 100,000 km² may be drawn\."):
        extract(aoi="POLYGON((0 40, 6 40, 6 45, 0 45, 0 40))")
    monkeypatch.setenv("OSM_DATABASE_URL", "host=/nowhere dbname=none")
    with pytest.raises(StoreUnavailable):
        _raw(extract)
    monkeypatch.delenv("OSM_DATABASE_URL")
    with pytest.raises(BadInput, match="Nothing says where"):
        extract()


def test_nothing_imported(extract: Extract) -> None:
    with pytest.raises(StoreUnavailable, match="No OpenStreetMap data"):
        _raw(extract)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"aoi": None}, "draw an area or name a country"),
        ({"country": "li"}, "draw an area or name a country"),
        ({"layers": ["nothing"]}, "there is no layer 'nothing'"),
        ({"layers": []}, "name one layer at least"),
        ({"classes": "motorway,x'; DROP TABLE"}, "there is no class"),
        ({"codes": "ZZ999"}, "there is no feature code 'ZZ999'"),
        ({"output_format": "DWG"}, "DWG"),
        ({"feature_schema": "tds"}, "tds"),
    ],
)
def test_parameters_that_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidParameters, match=words):
        validate(get_service("osm_extract"), {"aoi": VADUZ, "layers": LAYERS, **values})


def test_the_reader_can_neither_write_nor_see_accounts(liechtenstein: None) -> None:
    import psycopg

    with psycopg.connect(reader_address(), autocommit=True) as reader:
        assert reader.execute("SELECT count(*) FROM osm.roads_l").fetchone() == (2752,)
        for statement in ("DELETE FROM osm.roads_l", "SELECT * FROM accounts_user"):
            with pytest.raises(psycopg.Error):
                reader.execute(statement)
        reader.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("DELETE FROM osm.roads_l")


def test_an_extract_sees_one_state_though_an_import_ends_meanwhile(
    liechtenstein: None, shared_data: Path, extract: Extract
) -> None:
    """Whoever changes the tables waits for the extract: the lock is free again when it is over."""
    from eo.io.osm_store import open_store

    with open_store(reader_address()), connect() as other:
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [READING]).fetchone() == (False,)
    with connect() as other:
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [READING]).fetchone() == (True,)


def test_cancelling_leaves_nothing(liechtenstein: None, tmp_path: Path) -> None:
    output = tmp_path / "cancelled"
    environment = {**os.environ, "OSM_DATABASE_URL": reader_address()}
    command = [sys.executable, "-m", "services", "run", "osm_extract", "--country", "li", "--output_path", str(output)]
    command += ["--output_format", "GeoJSON", "--progress", "json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout
        for line in child.stdout:
            if '"writing' in line:
                break
        child.send_signal(signal.SIGTERM)
        rest = child.stdout.read()
        child.wait(20)
    assert child.returncode == 7, rest
    assert '"cancelled"' in rest
    assert not output.exists()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:  # its connection, and with it its lock, goes with it
        with connect() as other:
            if other.execute("SELECT pg_try_advisory_lock(%s)", [READING]).fetchone() == (True,):
                return
        time.sleep(0.1)
    pytest.fail("The lock is still held.")
