"""The runner publishes all of a run or nothing, and says why."""

import json
from pathlib import Path

import pytest
from pystac import STACObjectType
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from tiny_services import TINY

from services.core import errors
from services.core.context import Progress
from services.core.runner import run


def test_it_works(tmp_path: Path) -> None:
    reports: list[Progress] = []
    item = run(TINY, {"input": "/a/b"}, tmp_path / "out", report=reports.append)
    written = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert written == ["README.md", "item.json", "provenance.json", "values.tif"]
    assert json.loads((tmp_path / "out/item.json").read_text()) == item
    assert [(r.stage, r.fraction) for r in reports] == [
        ("starting", 0.0),
        ("counting", 0.5),
        ("writing the record", 0.99),
        ("done", 1.0),
    ]


def test_item_is_valid_stac_with_facts_of_the_raster(tmp_path: Path) -> None:
    item = run(TINY, {"input": "x"}, tmp_path)
    JsonSchemaSTACValidator().validate_core(item, STACObjectType.ITEM, "1.1.0")
    asset = item["assets"]["values"]
    assert asset["href"] == "./values.tif"
    assert asset["proj:code"] == "EPSG:32633"
    assert asset["proj:shape"] == [3, 4]
    assert asset["proj:transform"] == [10, 0, 500_000, 0, -10, 5_000_000]
    band = asset["bands"][0]
    assert (band["name"], band["nodata"], band["unit"]) == ("height", 1.0, "m")
    assert (band["raster:scale"], band["raster:offset"]) == (0.5, -1.0)
    assert band["statistics"]["minimum"] == 2
    assert band["statistics"]["maximum"] == 12
    assert band["statistics"]["mean"] == 7
    assert band["statistics"]["valid_percent"] == pytest.approx(100 * 11 / 12, abs=1e-3)
    west, south, east, north = item["bbox"]
    assert west == pytest.approx(15.0, abs=1e-6)
    assert 45.1 < south < north < 45.2
    assert east - west == pytest.approx(40 / 78_600, rel=0.02)


def test_provenance_names_ids_not_paths(tmp_path: Path) -> None:
    identity = {"job": "4d1c", "inputs": {"input": {"id": "scene-7", "name": "S2A"}}}
    run(TINY, {"input": "/mnt/secret/S2A.SAFE"}, tmp_path, identity=identity)
    for name in ("provenance.json", "README.md", "item.json"):
        assert "/mnt/secret" not in (tmp_path / name).read_text()
    provenance = json.loads((tmp_path / "provenance.json").read_text())
    assert provenance["parameters"]["input"] == "scene-7"
    assert provenance["parameters"]["resolution"] == 10.0
    assert provenance["job"] == "4d1c"
    assert provenance["inputs"][0]["id"] == "scene-7"
    assert len(provenance["outputs"][0]["sha256"]) == 64
    assert {"python", "gdal", "numpy"} <= provenance["software"].keys()


@pytest.mark.parametrize(
    ("behaviour", "error", "message"),
    [
        ("fail", errors.BadInput, "The area lies outside."),
        ("full", errors.DiskFull, "is full; nothing was published"),
        ("memory", errors.OutOfMemory, "more memory than it may use"),
        ("undeclared", errors.BrokenContract, "declares no output 'surprise'"),
        ("stop", errors.Cancelled, "was stopped"),
        ("stop swallowed", errors.Cancelled, "was stopped"),
    ],
)
def test_a_failure_leaves_nothing_behind(tmp_path: Path, behaviour: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        run(TINY, {"input": "x", "behaviour": behaviour}, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    if behaviour == "fail":
        assert (raised.value.code, raised.value.hint) == ("no_overlap", "Move it.")


def test_an_earlier_result_survives_a_failed_run(tmp_path: Path) -> None:
    run(TINY, {"input": "x"}, tmp_path)
    before = (tmp_path / "item.json").read_bytes()
    with pytest.raises(errors.BadInput):
        run(TINY, {"input": "x", "behaviour": "fail"}, tmp_path)
    assert (tmp_path / "item.json").read_bytes() == before


def test_output_path_not_writable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(errors.OutputNotWritable, match="Cannot write to") as raised:
        run(TINY, {"input": "x"}, tmp_path / "file" / "out")
    assert "Choose a folder" in raised.value.hint


def test_files_of_somebody_s_own_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(errors.OutputNotWritable, match=r"holds a README\.md that is no earlier result\.$") as error:
        run(TINY, {"input": "x"}, tmp_path)
    assert error.value.hint == "Choose an empty folder, or a new one."
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("README.md", "mine")]


def test_an_earlier_result_is_replaced(tmp_path: Path) -> None:
    first = run(TINY, {"input": "x"}, tmp_path)
    assert run(TINY, {"input": "x"}, tmp_path)["id"] != "" and first["assets"].keys() == {"values"}


def test_a_run_is_taken_up_from_what_it_kept(tmp_path: Path) -> None:
    points: list[dict] = []
    out, keep = tmp_path / "out", tmp_path / "out/.resume"
    with pytest.raises(errors.BadInput):
        run(TINY, {"input": "x", "behaviour": "learn"}, out, curve=points.append, keep=keep)
    assert [p.name for p in out.iterdir()] == [".resume"]
    run(TINY, {"input": "x", "behaviour": "learn"}, out, curve=points.append, keep=keep)
    assert points == [{"epoch": 1, "train_loss": 0.5}, {"epoch": 2, "train_loss": 0.5}]
    assert not keep.exists()


def test_only_the_first_rank_reports_and_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("RANK", "1")
    reports: list[Progress] = []
    assert run(TINY, {"input": "x"}, tmp_path / "out", report=reports.append) == {}
    assert (reports, list(tmp_path.iterdir())) == ([], [])
    monkeypatch.setenv("RANK", "0")
    assert "values" in run(TINY, {"input": "x"}, tmp_path / "out")["assets"]
