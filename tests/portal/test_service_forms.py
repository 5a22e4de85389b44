"""A form is read off the declaration: widgets, choices, limits in words."""

from typing import Literal

import pytest

from portal.service_examples import rest_example, shell_example
from portal.service_forms import form_fields, limits_in_words
from services.core.service import Output, Params, Service, param
from services.core.types import Area, Scene, accepts


class HedgeParams(Params):
    """A little of everything."""

    input: Scene = param(title="Scene", help="A scene.", schema=accepts("S2MSI2A"))
    mode: Literal["a", "b"] = param("b", title="Mode", help="Which.", labels={"a": "First", "b": "Second"})
    many: Literal["p", "q", "r", "s"] = param("p", title="Many", help="Which of four.")
    height_m: float = param(2.5, title="Height", help="How high.", unit="m", gt=0, le=10_000)
    count: int = param(3, title="Count", help="How many.", unit="1", ge=1, le=12)
    trim: bool = param(True, title="Trim", help="Whether.", advanced=True)
    aoi: Area | None = param(None, title="Area", help="Where.", flag="AoI")


HEDGE = Service(
    id="hedge",
    version="1.0.0",
    title="Hedges",
    summary="Finds hedges.",
    command="Hedge",
    domain="agriculture",
    params=HedgeParams,
    outputs=(Output("hedges", "Hedges", role="vector"),),
    entry="nowhere:run",
    example={"input": "x y.SAFE", "mode": "a", "aoi": "POLYGON((0 0, 1 0, 1 1, 0 0))"},
    sources=(),
)
FIELDS = {field["name"]: field for field in form_fields(HEDGE)}


def test_widgets_follow_kind_and_type() -> None:
    """Few short choices are radios, more are a list; references and areas have their own."""
    assert {name: field["widget"] for name, field in FIELDS.items()} == {
        "input": "scene",
        "mode": "radios",
        "many": "select",
        "height_m": "text",
        "count": "text",
        "trim": "switch",
        "aoi": "area",
    }


def test_fields_carry_what_the_user_needs() -> None:
    """Unit, limits, default, labels, accepted products, the fold."""
    assert (FIELDS["height_m"]["value"], FIELDS["height_m"]["unit"]) == ("2.5", "m")
    assert FIELDS["height_m"]["limits"] == "more than 0, at most 10000"
    assert (FIELDS["count"]["unit"], FIELDS["count"]["limits"]) == ("", "1 to 12")
    assert FIELDS["mode"]["choices"] == [
        {"value": "a", "label": "First", "chosen": False},
        {"value": "b", "label": "Second", "chosen": True},
    ]
    assert FIELDS["input"]["accepts"] == ["S2MSI2A"]
    assert [name for name, field in FIELDS.items() if field["advanced"]] == ["trim"]
    assert [name for name, field in FIELDS.items() if field["optional"]] == ["aoi"]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, ""),
        ({"minimum": 0, "maximum": 1e8}, "0 to 100000000"),
        ({"minimum": 0.5, "exclusiveMaximum": 1}, "at least 0.5, less than 1"),
        ({"exclusiveMinimum": 0}, "more than 0"),
    ],
)
def test_limits_in_words(schema: dict[str, float], words: str) -> None:
    """Closed ranges read "a to b"; open ends are spelt out."""
    assert limits_in_words(schema) == words


def test_examples_are_ready_to_paste() -> None:
    """The shell example quotes and takes the flag's spelling; the request stands in ids for paths."""
    assert shell_example(HEDGE) == (
        "Hedge \\\n  --input 'x y.SAFE' \\\n  --mode a \\\n  --AoI 'POLYGON((0 0, 1 0, 1 1, 0 0))' \\\n"
        "  --output_path result"
    )
    request = rest_example(HEDGE, "http://portal")
    assert request.startswith("curl -X POST http://portal/api/jobs")
    assert '"input": "<id of a scene>"' in request
