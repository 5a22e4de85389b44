"""The command line is read off the declaration."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_services import TINY

from services.core.command import describe_service, main, option_parser, run_command

ROOT = Path(__file__).resolve().parents[3]


def test_options_bear_the_declared_spelling() -> None:
    options = {o for action in option_parser(TINY, "tiny")._actions for o in action.option_strings}
    assert {"--input", "--resolution", "--AoI", "--projection", "--output_path"} <= options


def test_run_and_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run_command(
        TINY, ["--input", "x", "--output_path", str(tmp_path / "o"), "--progress", "json"], prog="tiny"
    )
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 0
    assert lines[-1] == {"event": "progress", "stage": "done", "fraction": 1.0, "eta_s": 0.0}


def test_a_failure_is_told_in_words_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--input", "x", "--behaviour", "fail", "--output_path", str(tmp_path), "--progress", "json"]
    assert run_command(TINY, argv, prog="tiny") == 3
    captured = capsys.readouterr()
    last = json.loads(captured.out.splitlines()[-1])
    assert last == {
        "event": "error",
        "code": "no_overlap",
        "message": "The area lies outside.",
        "hint": "Move it.",
        "fields": [],
    }
    assert captured.err.strip() == "The area lies outside. Move it."


def test_parameters_from_a_file(tmp_path: Path) -> None:
    document = {"parameters": {"input": "x", "resolution": 20}, "identity": {"job": "7"}}
    (tmp_path / "p.json").write_text(json.dumps(document))
    argv = ["--params", str(tmp_path / "p.json"), "--output_path", str(tmp_path / "o"), "--progress", "json"]
    assert run_command(TINY, argv, prog="tiny") == 0
    assert json.loads((tmp_path / "o/item.json").read_text())["id"] == "7"


def test_unknown_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", "s2_preproces"]) == 2
    assert "Did you mean 's2_preprocess'?" in capsys.readouterr().err


def test_description_carries_unit_limits_and_flags() -> None:
    document = describe_service(TINY)
    resolution = document["parameters"]["properties"]["resolution"]
    assert (resolution["x-unit"], resolution["exclusiveMinimum"], resolution["maximum"]) == ("m", 0, 10_000)
    assert document["parameters"]["required"] == ["input"]
    assert document["flags"]["aoi"] == "AoI"
    assert document["parameters"]["properties"]["aoi"]["x-kind"] == "area"


def test_listing_loads_nothing_heavy() -> None:
    code = """
import sys
from services.core.command import describe_service
from services.core.registry import all_services
[describe_service(s) for s in all_services().values()]
print(sorted({'numpy', 'torch', 'rasterio', 'shapely', 'numba', 'django'} & set(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
