"""The command line is read off the declaration."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_disk import small_disk
from tiny_services import TINY

from services.core.command import describe_service, main, option_parser, run_command

__all__ = ["small_disk"]
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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "p.json cannot be read: No such file or directory."),
        (b"{", "p.json is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)."),
        (b"\xff", "p.json is not JSON: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte."),
        (b"[1]", "p.json holds no parameters."),
        (b"null", "p.json holds no parameters."),
        (b'{"parameters": 5}', "p.json holds no parameters."),
        (b'{"parameters": {}, "identity": 5}', "p.json holds no parameters."),
        (b"[" * 100_000, "p.json is not JSON: maximum recursion depth exceeded"),
    ],
)
def test_a_file_of_parameters_that_is_none(content, words, tmp_path: Path, capsys) -> None:
    if content is not None:
        (tmp_path / "p.json").write_bytes(content)
    assert (
        run_command(TINY, ["--params", str(tmp_path / "p.json"), "--output_path", str(tmp_path / "o")], prog="t") == 2
    )
    message = capsys.readouterr().err
    assert message.startswith(f"{tmp_path}/{words}")
    assert message.endswith('Give a file such as {"input": "scene.SAFE", "resolution": 20}.\n')
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--resoluton", "There is no option --resoluton. Did you mean --resolution?"),
        ("--aoi=POINT(0 0)", "There is no option --aoi. Did you mean --AoI?"),
        (
            "--q",
            "There is no option --q. There are: --input, --resolution, --AoI, --projection, --behaviour.",
        ),
    ],
)
def test_an_unknown_option_is_named_with_the_nearest(option: str, words: str, tmp_path: Path, capsys) -> None:
    assert run_command(TINY, ["--input", "x", option, "20", "--output_path", str(tmp_path / "o")], prog="tiny") == 2
    assert capsys.readouterr().err == f"{words} All of them: `tiny --help`.\n"
    assert not (tmp_path / "o").exists()


def test_an_output_path_without_a_name(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(TINY, ["--input", "x", "--output_path", ""], prog="tiny") == 2
    assert capsys.readouterr().err == "--output_path names no folder. Give the folder for the results.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told(small_disk: Path, capsys) -> None:
    (small_disk / "filler").write_bytes(bytes(1_040_000))
    assert run_command(TINY, ["--input", "x", "--output_path", str(small_disk / "o")], prog="tiny") == 5
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"The disk under {small_disk / 'o'} is full; nothing was published. "
        "Free some space or choose a smaller area, then run it again."
    )
    assert [p.name for p in small_disk.iterdir()] == ["filler"]


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


def test_the_curve_is_told_as_json_and_kept_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--input", "x", "--behaviour", "learn", "--output_path", str(tmp_path / "o"), "--progress", "json"]
    assert run_command(TINY, argv, prog="tiny") == 3
    assert (tmp_path / "o/.resume/epochs").read_text() == "1"
    assert run_command(TINY, argv, prog="tiny") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [e["point"]["epoch"] for e in events if e["event"] == "curve"] == [1, 2]
    assert run_command(TINY, [*argv[:4], "--output_path", str(tmp_path / "p"), "--keep", str(tmp_path / "k")], prog="t")
    assert [p.name for p in tmp_path.iterdir() if p.name != "o"] == ["k"]
    assert "     epoch 1, train_loss 0.5\n" in capsys.readouterr().err
