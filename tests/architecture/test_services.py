"""What holds for every service the moment its folder exists."""

import ast
import json
import re
from pathlib import Path

import pytest

from services.core.command import describe_service, option_parser
from services.core.registry import all_services
from services.core.service import Service
from services.core.validation import validate

ROOT = Path(__file__).resolve().parents[2]
FORM_TYPES = {"string", "number", "integer", "boolean", "array"}
SERVICES = list(all_services().values())
each = pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.id)

# DESIGN §1: given and fixed, spelling included.
GIVEN = {
    "s2_preprocess": "input bands landseamask cloudmask AoI resolution projection output_format output_path",
    "s2_change_detection": "input1 input2 bands AoI resolution projection numberOfClasses referenceVector "
    "levelConfidence output_format output_path cloudmask",
}
GIVEN["s1_grd_preprocess"] = (
    "input calibration polarization speckle AoI resolution projection output_format output_path"
)
GIVEN["s1_slc_preprocess"] = GIVEN["s1_grd_preprocess"]
GIVEN["s1_change_detection"] = (
    "input1 input2 calibration polarization landseamask speckle AoI resolution projection output_format output_path"
)
COMMANDS = {
    "s2_preprocess": "S2-preprocess",
    "s2_change_detection": "S2-CD",
    "s1_change_detection": "S1-CD",
    "s1_grd_preprocess": "S1-GRD-preprocess",
    "s1_slc_preprocess": "S1-SLC-preprocess",
}


@each
def test_the_folder_bears_the_id(service: Service) -> None:
    assert (ROOT / "services" / service.id / "__init__.py").is_file()
    assert re.fullmatch(r"\d+\.\d+\.\d+", service.version)


@each
def test_given_options_are_spelled_as_given(service: Service) -> None:
    options = {o[2:] for action in option_parser(service, "x")._actions for o in action.option_strings}
    assert set(GIVEN.get(service.id, "").split()) <= options
    assert service.command == COMMANDS.get(service.id, service.command)


@each
def test_required_options_are_the_given_ones(service: Service) -> None:
    required = {name for name, field in service.params.model_fields.items() if field.is_required()}
    assert required <= {"input", "input1", "input2"}


@each
def test_each_parameter_has_title_help_and_unit(service: Service) -> None:
    for name in service.params.model_fields:
        schema = service.property_schema(name)
        assert schema.get("title"), name
        assert len(schema.get("description", "")) > 10, name
        if schema.get("type") in {"number", "integer"} and "enum" not in schema:
            assert schema.get("x-unit"), f"{name} has no unit"


@each
def test_the_schema_stays_within_what_the_form_knows(service: Service) -> None:
    for name, schema in describe_service(service)["parameters"]["properties"].items():
        assert "$ref" not in json.dumps(schema), name
        assert schema.get("type") in FORM_TYPES or "enum" in schema, f"{name}: {schema}"


@each
def test_the_example_validates(service: Service) -> None:
    validate(service, service.example)


@each
def test_the_entry_and_the_preflight_can_be_loaded(service: Service) -> None:
    assert callable(service.load_run())
    assert service.preflight is None or callable(service.load_preflight())


@each
def test_each_parameter_is_used(service: Service) -> None:
    own = [p for p in (ROOT / "services" / service.id).glob("*.py") if p.name != "__init__.py"]
    packages = {"s1_": "sentinel1", "_train": "learning"}
    beside = [ROOT / "services" / folder for part, folder in packages.items() if part in service.id]
    shared = [p for folder in beside for p in folder.glob("*.py") if p.stem != "parameters"]
    code = "".join(p.read_text() for p in own + shared)
    attributes = {node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute)}
    assert set(service.params.model_fields) <= attributes


@each
def test_schema_is_the_stored_one(service: Service) -> None:
    """A breaking change of parameters asks for a new version: the stored copy is renewed with it.

    Renew with: python tests/architecture/store_schemas.py
    """
    stored = json.loads((ROOT / "tests/architecture/schemas" / f"{service.id}.json").read_text())
    assert stored["version"] == service.version, "renew the stored schema"
    assert stored["parameters"] == json.loads(json.dumps(describe_service(service)["parameters"]))


def test_no_module_is_a_drawer() -> None:
    for folder in ("eo", "services", "apps", "portal", "demo"):
        for path in (ROOT / folder).rglob("*.py"):
            assert path.stem not in {"utils", "helpers", "misc", "common"}, path


def test_modules_stay_small() -> None:
    for folder in ("eo", "services", "apps", "portal", "demo"):
        for path in (ROOT / folder).rglob("*.py"):
            lines = len(path.read_text().splitlines())
            assert lines <= 300 or "migrations" in path.parts, f"{path.relative_to(ROOT)} has {lines} lines"
