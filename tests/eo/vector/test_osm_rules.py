"""The rules: complete, consistent with the catalogue's forms, the first that matches wins."""

from collections import Counter

import pytest

from demo.osm import sample_tags
from eo.vector.osm_match import CLOSED_WAY, NODE, RELATION, WAY, Matcher, attributes
from eo.vector.osm_rules import rules
from eo.vector.osm_values import UNITS, condition, quantity, read_value

KNOWN = rules()
MATCHER = Matcher(KNOWN)


def found(tags: dict[str, str], form) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """Return class and code by table."""
    return {m.layer.table(m.geometry): f"{m.rule.class_name} {m.rule.code}" for m in MATCHER.matches(tags, form)}


def test_all_layers_tables_and_rules_are_there() -> None:
    assert (len(KNOWN.layers), len(KNOWN.tables), sum(len(layer.rules) for layer in KNOWN.layers)) == (19, 47, 342)
    assert Counter(table[-1] for table in KNOWN.tables) == {"a": 18, "l": 12, "p": 17}


def test_every_rule_can_be_the_first_to_match() -> None:
    for layer in KNOWN.layers:
        for rule in layer.rules:
            for geometry in rule.geometries:
                assert sample_tags(layer, rule, geometry, MATCHER), (layer.id, rule.when, geometry)


def test_codes_are_codes_and_functions_are_in_their_domain() -> None:
    for layer in KNOWN.layers:
        for rule in layer.rules:
            assert rule.code is None or (len(rule.code) == 5 and rule.code[:2].isalpha() and rule.code[2:].isdigit())
            assert rule.function is None or str(rule.function) in KNOWN.domains["ffn"]
            assert rule.geometries <= set(layer.geometries)
            assert 0 <= rule.min_zoom <= 16


def test_an_object_is_in_several_layers_and_first_rules_win() -> None:
    hospital = {"building": "hospital", "amenity": "hospital", "name": "X"}
    assert found(hospital, CLOSED_WAY) == {"buildings_a": "health AL015", "health_a": "hospital AL015"}
    assert found({"railway": "rail", "service": "yard"}, WAY) == {"railways_l": "sidetrack AN050"}
    assert found({"railway": "rail"}, WAY) == {"railways_l": "rail AN010"}
    assert found({"building": "no"}, CLOSED_WAY) == {}


def test_what_is_closed_is_an_area_only_where_it_is_one() -> None:
    assert found({"highway": "residential"}, CLOSED_WAY) == {"roads_l": "minor AP030"}
    assert found({"highway": "residential", "area": "yes"}, CLOSED_WAY) == {}
    assert found({"barrier": "fence"}, CLOSED_WAY) == {"borders_barriers_l": "fence AL070"}
    assert found({"landuse": "industrial"}, CLOSED_WAY) == {"industry_a": "industrial AC000"}
    assert found({"landuse": "industrial"}, WAY) == {}
    assert found({"boundary": "administrative", "admin_level": "2"}, RELATION) == {"admin_a": "administrative FA000"}
    assert found({"power": "tower"}, NODE) == {"power_p": "tower AT042"}


def test_rows_have_their_columns_and_the_tags_that_are_left() -> None:
    tags = {"highway": "primary", "name": "Via", "name:en": "Way", "lanes": "2", "oneway": "-1", "surface": "gravel"}
    tags |= {"maxspeed": "30 mph", "bridge": "viaduct", "abandoned": "yes", "note": "x"}
    (match,) = MATCHER.matches(tags, WAY)
    row = attributes(match, tags)
    assert (row["class"], row["subclass"], row["facc"], row["fun"]) == ("primary", "primary", "AP030", 2)
    assert (row["lanes"], row["oneway"], row["paved"], row["maxspeed"], row["bridge"]) == (2, -1, 0, 48, True)
    assert (row["name"], row["name_en"], row["width"]) == ("Via", "Way", None)
    assert "name" not in row["tags"] and "surface" not in row["tags"] and row["tags"]["note"] == "x"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12.5", "metres", 12.5),
        ("40 ft", "metres", 12.192),
        ("6'3\"", "metres", 1.905),
        ("2 km", "metres", 2000.0),
        ("tall", "metres", None),
        ("12 furlongs", "metres", None),
        ("7.5 t", "tonnes", 7.5),
        ("3500 kg", "tonnes", 3.5),
        ('24 "', "millimetres", 609.6),
        ("1.3 GW", "megawatts", 1300.0),
        ("500 kW", "megawatts", 0.5),
    ],
)
def test_units(text: str, kind: str, value: float | None) -> None:
    assert quantity(text, UNITS[kind]) == (pytest.approx(value) if value is not None else None)


def test_values() -> None:
    assert read_value("largest", "integer", ["voltage"], {"voltage": "110000;220000; 380000"}) == 380_000
    assert read_value("integer", "smallint", ["lanes"], {"lanes": "99999"}) is None
    assert read_value("yes_no", "boolean", ["ford"], {"ford": "no"}) is False
    keys = ["addr:housenumber", "addr:street", "addr:postcode", "addr:city"]
    assert read_value("address", "text", keys, dict(zip(keys, ("7", "Am Platz", "1010", "Wien"), strict=True))) == (
        "Am Platz 7, 1010 Wien"
    )
    assert condition({"ruins:building": "house"}, {}) == 3
    assert condition({"disused": "no"}, {}) is None
    assert condition({}, {"FUN": "1 Under Construction"}) == 1
