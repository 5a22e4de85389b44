import json
from pathlib import Path

import pytest

from eo.snap.errors import InvalidGraph, SnapNotFound
from eo.snap.operators import RELEASES, operator, release_of

TABLE = json.loads((Path(__file__).parents[3] / "eo/snap/operators.json").read_text())
KINDS = {
    "boolean": "boolean",
    "int": "integer",
    "integer": "integer",
    "double": "number",
    "float": "number",
    "string": "string",
    "string[]": "strings",
    "file": "file",
    "rectangle": "rectangle",
    "geometry": "geometry",
    "polygon": "geometry",
}


@pytest.fixture(scope="module")
def reference(request):
    path = request.getfixturevalue("shared_data").parent / "reference" / "snap_operators.json"
    if not path.is_file():
        pytest.skip("the reference of SNAP's operators is not here")
    return json.loads(path.read_text())


def in_release(facts, release):
    """What the reference says of a parameter in a release, None where it is absent."""
    difference = facts.get("differs_in", {}).get(release, {})
    return None if difference == "absent" else {**facts, **difference}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", TABLE)
def test_table_says_what_the_reference_says(reference, name, release):
    told = {p: in_release(f, release) for p, f in reference[name]["parameters"].items()}
    told = {p: facts for p, facts in told.items() if facts is not None}
    ours = operator(name, release)
    assert list(ours.parameters) == list(told)
    for parameter, facts in told.items():
        found = ours.parameters[parameter]
        assert found.kind == KINDS[facts["type"].lower()], parameter
        # A Java literal such as 1.0E-5f is no number to SNAP's reader.
        default = facts["default"]
        assert found.default == (default.removesuffix("f") if found.kind == "number" and default else default)
        assert found.values == tuple(facts.get("valueSet", ())), parameter
        assert found.interval == facts.get("interval"), parameter
        assert found.not_empty == facts.get("notEmpty", False), parameter


@pytest.mark.parametrize("name", TABLE)
def test_number_of_sources_is_that_of_the_reference(reference, name):
    kinds = {source["kind"] for source in reference[name]["sources"]}
    expected = "many" if "SourceProducts" in kinds else "one" if kinds else "none"
    assert operator(name, "14").sources == expected


def test_defaults_that_changed():
    assert operator("Coherence", "13.0.4").parameters["subtractFlatEarthPhase"].default == "false"
    assert operator("Coherence", "14").parameters["subtractFlatEarthPhase"].default == "true"
    assert operator("Terrain-Correction", "10.0.0").parameters["demName"].default == "SRTM 3Sec"
    assert "clipNegativeValues" not in operator("ThermalNoiseRemoval", "13.0.4").parameters


def test_defaults_of_ours_are_among_the_allowed():
    for name in TABLE:
        for release in RELEASES:
            for parameter in operator(name, release).parameters.values():
                assert not parameter.values or parameter.default in parameter.values


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("10.0.0", "10.0.0"),
        ("11.0.1", "10.0.0"),
        ("12.0.0", "10.0.0"),
        ("13.0", "13.0.4"),
        ("14", "14"),
        ("15.1", "14"),
    ],
)
def test_release_whose_facts_serve(version, release):
    assert release_of(version) == release


@pytest.mark.parametrize("version", ["9.0", "8.0.9", "SNAPSHOT", ""])
def test_versions_that_are_refused(version):
    with pytest.raises(SnapNotFound, match="10 and newer"):
        release_of(version)


def test_unknown_operator():
    with pytest.raises(InvalidGraph, match="'Calibrate'; known are: Read, Write"):
        operator("Calibrate", "14")
