"""Parameters are refused with the field, the value and what to do instead."""

import pytest
from tiny_services import TINY

from services.core.errors import InvalidParameters
from services.core.registry import get_service
from services.core.validation import validate


def message(field: str, **values: object) -> str:
    with pytest.raises(InvalidParameters) as raised:
        validate(TINY, {"input": "x", **values})
    return next(f.message for f in raised.value.fields if f.field == field)


def test_defaults_are_filled_in() -> None:
    params = validate(TINY, {"input": "x"})
    assert params.model_dump() == {
        "input": "x",
        "resolution": 10.0,
        "aoi": None,
        "projection": None,
        "behaviour": "work",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "greater than 0"),
        (-10, "greater than 0"),
        (1e9, "less than or equal to 10000"),
        (float("nan"), "finite number"),
        ("ten", "Write a number"),
    ],
)
def test_resolution(value: object, expected: str) -> None:
    text = message("resolution", resolution=value)
    assert expected in text
    assert f"given: {value}" in text or "finite" in text


def test_missing() -> None:
    with pytest.raises(InvalidParameters) as raised:
        validate(TINY, {})
    assert [(f.field, f.code) for f in raised.value.fields] == [("input", "missing")]


def test_unknown_name_comes_with_the_nearest() -> None:
    assert message("resolutoin", resolutoin=3) == "There is no parameter 'resolutoin'. Did you mean 'resolution'?"
    assert message("AOI", AOI="x") == "There is no parameter 'AOI'. Did you mean 'aoi'?"


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidParameters) as raised:
        validate(TINY, {"resolution": 0, "aoi": "garbage", "projection": "EPSG:99999"})
    assert {f.field for f in raised.value.fields} == {"input", "resolution", "aoi", "projection"}


def test_projection_and_area_are_normalised() -> None:
    params = validate(TINY, {"input": "x", "projection": "32633", "aoi": "POLYGON((0 0,1 0,1 1,0 1,0 0))"})
    assert params.projection == "EPSG:32633"
    assert params.aoi == "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
    assert "not in the EPSG registry" in message("projection", projection="EPSG:99999")
    assert "crosses itself" in message("aoi", aoi="POLYGON((0 0,1 1,1 0,0 1,0 0))")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (True, "true and false are no values here (given: true)."),
        (False, "true and false are no values here (given: false)."),
        ("nan", "Input should be a finite number (given: nan)."),
        ("Infinity", "Input should be a finite number (given: Infinity)."),
        (float("nan"), "Input should be a finite number (given: nan)."),
        ("1e999", "Input should be a finite number (given: 1e999)."),
        ("x", "Write a number (given: x)."),
        ([10], "Write a number."),
        ({"m": 10}, "Write a number."),
        (None, "Write a number."),
    ],
)
def test_numbers_that_are_none(given: object, message: str) -> None:
    with pytest.raises(InvalidParameters) as error:
        validate(TINY, {"input": "x", "resolution": given})
    assert [(f.field, f.message) for f in error.value.fields] == [("resolution", message)]
    assert error.value.hint == "What it takes: `tiny --help`, or /api/services/tiny."


def test_a_check_of_several_fields_names_the_one_it_is_about() -> None:
    with pytest.raises(InvalidParameters) as error:
        validate(get_service("model_compare"), {})
    assert [(f.field, f.message) for f in error.value.fields] == [("model_a", "give a model.")]


def test_a_pattern_is_told_by_an_example() -> None:
    with pytest.raises(InvalidParameters, match=r"stand_ins: Write it like B8A=B08 \(given: B8A\)"):
        validate(get_service("ndvi_lstm_predict"), {"stand_ins": "B8A"})
