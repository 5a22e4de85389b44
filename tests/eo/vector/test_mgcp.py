"""The MGCP catalogue and what of it the rules use: codes, forms, attributes."""

import json
from pathlib import Path

import pytest
import shapely

from eo.vector.mgcp import catalogue
from eo.vector.mgcp_extract import form_of, left_out, mgcp_tables, parts
from eo.vector.mgcp_values import expression
from eo.vector.osm_extract import Wanted
from eo.vector.osm_rules import rules

EVERYTHING = Wanted(shapely.to_wkb(shapely.box(0, 0, 1, 1)), tuple(rules().by_id))


def test_forms_of_the_catalogue_are_those_that_the_rules_name() -> None:
    for layer in rules().layers:
        for rule in layer.rules:
            if rule.code:
                assert set(catalogue().forms(rule.code)) == set(rule.code_geometries or ""), rule.code


def test_names_of_codes_are_the_catalogue_s() -> None:
    """`AL015` is a General Building in the rules and in the catalogue, whatever its form."""
    book = catalogue()
    for layer in rules().layers:
        for rule in layer.rules:
            for form in book.forms(rule.code or ""):
                assert book.features[f"{form}{rule.code}"].name == rule.code_name


@pytest.mark.parametrize(
    ("own", "allowed", "form"),
    [
        ("A", "AP", "A"),
        ("A", "P", "P"),
        ("L", "A", "A"),
        ("L", "AL", "L"),
        ("P", "A", "A"),
        ("P", "L", None),
        ("L", "P", None),
        ("A", "", None),
    ],
)
def test_forms_that_are_derived(own: str, allowed: str, form: str | None) -> None:
    assert form_of(own, allowed) == form


def test_every_rule_of_the_catalogue_is_given_or_left_out() -> None:
    """Each code of each table comes once, as a part or among what is left out: 17 codes are of another standard."""
    given = {(p.table, p.code) for p in parts(rules(), EVERYTHING, catalogue())}
    missing = {(o.table, o.code) for o in left_out(rules(), EVERYTHING)}
    tables = {
        (layer.table(g), rule.code)
        for layer in rules().layers
        for rule in layer.rules
        for g in rule.geometries
        if rule.code
    }
    assert not given & missing
    assert tables <= given | missing
    assert {code for _, code in missing if not catalogue().forms(code)} == {
        *("AP040", "AL120", "AF030", "AL024", "AM080", "AQ060", "AM065", "AQ068", "BC050", "AT005", "AP041", "AL065"),
        *("FA000", "AQ062", "FA165", "AL014", "AL017"),
    }


def test_tables_have_only_attributes_of_the_catalogue() -> None:
    book = catalogue()
    core = {"F_CODE", "UID", "SDV", "SDP", "SRT", "CCN", "TXT"}
    tables = list(mgcp_tables(rules(), EVERYTHING))
    assert len({t.name for t in tables}) == len(tables) > 100
    for table in tables:
        assert {f.name for f in table.fields} - core <= set(book.features[table.name].attributes)


def test_codes_are_within_the_catalogue() -> None:
    """A road's location is 0, 40, 44 or 45: what the expression may give is listed in it."""
    roads = rules().layer("roads")
    text = expression(catalogue(), "LAP030", "HCT", roads)
    assert text is not None
    assert "WHEN class = 'motorway' AND subclass IN ('motorway') THEN 3" in text
    assert text.endswith("IN (0, 1, 2, 3, 4) THEN (" + text.split(" THEN (")[-1])
    assert expression(catalogue(), "LAP030", "WTC", roads) is None


def test_the_catalogue_holds_what_the_reference_says() -> None:
    """Value domains that were copied from the catalogue elsewhere are these."""
    path = Path(__file__).parents[4] / "shared/reference/layers.json"
    if not path.exists():
        pytest.skip("no ../shared")
    domains = json.loads(path.read_text())["value_domains"]
    for name, values in domains.items():
        known = catalogue().attributes.get(name.upper())
        if known and name != "ppo":
            theirs = {int(code): text for code, text in values.items()}
            assert theirs.items() <= known.values.items(), name
