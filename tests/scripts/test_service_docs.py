"""docs/services.md says what the declarations say."""

from scripts import osm_dictionary, service_docs


def test_the_page_is_current():
    assert service_docs.PAGE.read_text(encoding="utf-8") == service_docs.page(), "make docs"


def test_limits_choices_and_units_are_told():
    assert service_docs._values({"type": "number", "exclusiveMinimum": 0, "maximum": 100, "x-unit": "m"}) == (
        "number > 0 ≤ 100 (m)"
    )
    assert service_docs._values({"enum": ["land", "sea"], "type": "string"}) == "`land`, `sea`"
    assert service_docs._values({"anyOf": [{"type": "string", "x-kind": "area"}, {"type": "null"}]}) == "area"


def test_the_dictionary_is_current():
    assert osm_dictionary.PAGE.read_text(encoding="utf-8") == osm_dictionary.page(), "make docs"
