"""Areas: what is accepted, what is refused, and in which words."""

import json
import math
import time

import pytest
import shapely

from eo.errors import InvalidArea, InvalidProjection
from eo.io.aoi import bbox_area, check_crs, geodesic_area_km2, parse_area

SQUARE = "POLYGON((10 50, 11 50, 11 51, 10 51, 10 50))"


def test_area_of_one_degree_square_against_the_authalic_formula() -> None:
    """The cell between two parallels on the ellipsoid has a closed form (Snyder 1987, eq. 3-12)."""
    a, f = 6_378_137.0, 1 / 298.257223563
    e = math.sqrt(2 * f - f * f)

    def zone(lat: float) -> float:
        s = math.sin(math.radians(lat))
        return s / (1 - (e * s) ** 2) + math.log((1 + e * s) / (1 - e * s)) / (2 * e)

    cell_km2 = (a * a) * (1 - e * e) / 2 * math.radians(1) * (zone(51) - zone(50)) / 1e6
    # The polygon's sides are geodesics, not parallels; at this size that is 0.2 % of the cell.
    assert geodesic_area_km2(parse_area(SQUARE)) == pytest.approx(cell_km2, rel=3e-3)
    assert cell_km2 == pytest.approx(7888, abs=10)


def test_wkt_geojson_and_bbox_say_the_same() -> None:
    wkt = parse_area(SQUARE)
    document = json.loads(shapely.to_geojson(wkt))
    feature = {"type": "Feature", "properties": {}, "geometry": document}
    collection = {"type": "FeatureCollection", "features": [feature]}
    for other in (document, feature, collection, json.dumps(document), [10, 50, 11, 51], f"SRID=4326;{SQUARE}"):
        assert parse_area(other).equals(wkt)


def test_height_is_dropped() -> None:
    assert parse_area("POLYGON Z((10 50 7, 11 50 7, 11 51 7, 10 50 7))").wkt == "POLYGON ((10 50, 11 50, 11 51, 10 50))"


def test_across_the_antimeridian_becomes_two_parts() -> None:
    area = parse_area("POLYGON((179 -17, 182 -17, 182 -16, 179 -16, 179 -17))")
    assert [p.bounds for p in area.geoms] == [(179, -17, 180, -16), (-180, -17, -178, -16)] or sorted(
        p.bounds for p in area.geoms
    ) == [(-180, -17, -178, -16), (179, -17, 180, -16)]
    west_of = parse_area("POLYGON((-181 0, -179 0, -179 1, -181 1, -181 0))")
    assert sorted(p.bounds for p in west_of.geoms) == [(-180, 0, -179, 1), (179, 0, 180, 1)]
    assert bbox_area(179, -17, -178, -16).equals(area)
    assert parse_area(area.wkt).equals(area)  # as a job keeps it, and reads it again


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("POLYGON EMPTY", "is empty"),
        ("rubbish", "not valid WKT"),
        ("POLYGON((0 0, 1 0, 1 1, 0 1))", "do not form a closed"),
        ("POLYGON((nan 0, 1 1, 1 0, nan 0))", "not valid WKT"),
        ("POLYGON((0 0, nan 1, 1 1, 0 0))", "has a coordinate that is not a number"),
        ("POLYGON((0 0, 1e400 1, 1 1, 0 0))", "has a coordinate that is not a number"),
        ("CURVEPOLYGON((0 0, 0 1, 1 1, 0 0))", "not valid WKT: Nonlinear geometry types"),
        ("GEOMETRYCOLLECTION(" * 100_000, "nests more than 20 brackets"),
        ('{"a":' * 100_000, "nests more than 20 brackets"),
        ("x" * 2_000_001, "has 2000001 characters; at most 2000000 are read"),
        ("POINT(1 1)", "is a Point; a Polygon or MultiPolygon is needed"),
        ("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", r"crosses itself or is degenerate \(Self-intersection\[0.5 0.5\]\)"),
        ("POLYGON((0 0, 1 1, 2 2, 0 0))", "degenerate"),
        ("POLYGON((0 0, 80 0, 80 60, 0 60, 0 0))", "at most 500,000 km² are allowed"),
        ("POLYGON((-179 0, 179 0, 179 1, -179 1, -179 0))", "spans 358° of longitude"),
        ("POLYGON((5e5 4e6, 6e5 4e6, 6e5 5e6, 5e5 4e6))", "outside of longitude and latitude"),
        ("SRID=32633;POLYGON((0 0, 1 0, 1 1, 0 0))", "is in EPSG:32633"),
        ('{"type": "Polygon"}', "not a GeoJSON geometry"),
        ('{"type": "Polygon", ', "not valid GeoJSON"),
        ('{"type": "Feature", "geometry": null}', "not a GeoJSON geometry"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(InvalidArea, match=message) as raised:
        parse_area(text)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "The area is 5, which is none."),
        (True, "The area is True, which is none."),
        (["a", "b", "c", "d"], "A bounding box has 4 numbers."),
        ([[], [], [], []], "A bounding box has 4 numbers."),
        ([10**400, 0, 1, 1], "A bounding box has 4 numbers."),
        ([math.nan, 0, 1, 1], "The area has a coordinate that is not a number."),
        ([0, 0, math.inf, 1], "The area has a coordinate that is not a number."),
        ({"type": 5}, "The area is not a GeoJSON geometry (its type is '5')."),
        ({"type": ["Polygon"]}, "The area is not a GeoJSON geometry (its type is \"['Polygon']\")."),
        ({"type": "Polygon", "coordinates": 5}, "The area is not a GeoJSON geometry (its type is 'Polygon')."),
        (
            {"type": "Polygon", "coordinates": [[[10**400, 0], [1, 1], [2, 0], [1, 0]]]},
            "The area is not a GeoJSON geometry (its type is 'Polygon').",
        ),
        (
            {"type": "FeatureCollection", "features": {"a": 1}},
            "The area is not a GeoJSON geometry (its type is 'None').",
        ),
        ({"type": "Feature", "geometry": 5}, "The area is not a GeoJSON geometry (its type is 'None')."),
    ],
)
def test_values_of_the_wrong_kind(value: object, message: str) -> None:
    with pytest.raises(InvalidArea) as raised:
        parse_area(value)  # type: ignore[arg-type]
    assert raised.value.message == message


def test_a_scribble_is_refused_at_once() -> None:
    """Its repair would take minutes: the crossings grow with the square of the vertices."""
    corners = [(math.sin(7 * i), math.cos(11 * i)) for i in range(2_000)]
    began = time.monotonic()
    with pytest.raises(InvalidArea, match="crosses itself") as raised:
        parse_area(shapely.Polygon(corners).wkt)
    assert raised.value.hint == "Draw it again."
    assert time.monotonic() - began < 20  # it took minutes


def test_features_are_dissolved_while_that_is_cheap() -> None:
    def comb(count: int, turned: bool) -> dict[str, object]:
        teeth = [(i / count, 1.0 if i % 2 else 0.1) for i in range(count)]
        ring = [(0, 0), *teeth, (1, 0), (0, 0)]
        return {"type": "Polygon", "coordinates": [[(y, x) if turned else (x, y) for x, y in ring]]}

    few, many = ({"type": "FeatureCollection", "features": [comb(n, True), comb(n, False)]} for n in (10, 9_000))
    assert parse_area(few).is_valid
    with pytest.raises(InvalidArea, match="overlap and have more than 2000 vertices together"):
        parse_area(many)
    apart = [shapely.Point(10 + i, 50).buffer(0.1, quad_segs=300) for i in range(3)]
    collection = {"type": "FeatureCollection", "features": [json.loads(shapely.to_geojson(p)) for p in apart]}
    assert len(parse_area(collection).geoms) == 3


def test_a_self_crossing_outline_comes_with_its_repair() -> None:
    with pytest.raises(InvalidArea) as raised:
        parse_area("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))")
    repaired = shapely.from_wkt(raised.value.hint.removeprefix("A repaired version: "))
    assert repaired.is_valid
    assert repaired.area == pytest.approx(0.5)


def test_bbox_refusals() -> None:
    with pytest.raises(InvalidArea, match=r"South \(51\) must be less than north \(50\)"):
        bbox_area(10, 51, 11, 50)
    with pytest.raises(InvalidArea, match="West and east are the same"):
        bbox_area(10, 50, 10, 51)
    with pytest.raises(InvalidArea, match="4 numbers, not 3"):
        parse_area([1, 2, 3])


def test_too_many_vertices() -> None:
    ring = [(10 + math.cos(t / 3200), 50 + math.sin(t / 3200)) for t in range(20_100)]
    with pytest.raises(InvalidArea, match="has 20101 vertices; at most 20000"):
        parse_area(shapely.Polygon(ring).wkt)


@pytest.mark.parametrize(("given", "expected"), [("32633", "EPSG:32633"), (" epsg:4326 ", "EPSG:4326")])
def test_crs(given: str, expected: str) -> None:
    assert check_crs(given) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("EPSG:99999", "not in the EPSG registry"),
        ("utm33", "not of the form EPSG:n"),
        ("EPSG:4979", "not a map projection"),
        ("EPSG:5773", "not a map projection"),
    ],
)
def test_crs_refusals(given: str, message: str) -> None:
    with pytest.raises(InvalidProjection, match=message):
        check_crs(given)
