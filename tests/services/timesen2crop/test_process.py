"""TimeSen2Crop as a service: made sets, published files, WorldCereal; splits, statistics, checks."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from eo.io.crop_samples import made_samples
from eo.io.sample_arrays import read_samples
from eo.io.timesen2crop_store import open_store
from eo.io.timesen2crop_writer import make_timesen2crop
from eo.timeseries.made_crops import make_tile
from services.core.errors import ServiceError
from services.core.preflight import check
from services.core.runner import run
from services.core.validation import validate
from services.timesen2crop import SERVICE, TimeSen2CropParams

CROPS = Path(__file__).resolve().parents[4] / "shared" / "data" / "crops"
TILES = "33UVP,2019_33UVP,33TWN,32TNT,33UXP"


def _run(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    run(SERVICE, values, folder)
    told: dict[str, Any] = json.loads((folder / "statistics.json").read_text())
    return told


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "out"
    run(SERVICE, {"source": "made", "samples_per_tile": 400, "tiles": TILES, "seed": 3}, folder)
    return folder


def test_the_made_set_is_split_by_tile(made: Path) -> None:
    parts = {name: read_samples(made / f"samples_{name}") for name in ("train", "validation", "test", "cross_year")}
    assert {name: len(s) for name, s in parts.items()} == {
        "train": 800,
        "validation": 400,
        "test": 400,
        "cross_year": 400,
    }
    assert parts["test"].x.shape == (400, 12, 9) and parts["test"].meta.part == "test"
    assert parts["train"].meta.periods.first_month == 9 and parts["train"].meta.licence == "CC0-1.0"
    groups = [set(s.groups.tolist()) for s in parts.values() if s.groups is not None]
    assert len(set.union(*groups)) == sum(map(len, groups)) == 5


def test_it_is_the_set_that_is_made_in_memory(made: Path) -> None:
    memory = made_samples(400, 3, TILES.split(","))
    for part, samples in memory.items():
        read = read_samples(made / f"samples_{part}")
        assert (read.y == samples.y).all()
        assert np.array_equal(read.x, samples.x, equal_nan=True)


def test_the_statistics_are_those_of_the_samples(made: Path) -> None:
    told = json.loads((made / "statistics.json").read_text())
    looks = make_tile("33TWN", 400, 3)
    counts = np.bincount(looks.labels, minlength=16)
    assert told["tiles"]["33TWN"]["counts"] == {str(i): int(n) for i, n in enumerate(counts) if n}
    assert told["tiles"]["33TWN"]["part"] == "validation"
    assert told["tiles"]["33TWN"]["flags"]["cloud"] == pytest.approx((looks.flags == 1).mean(), abs=1e-4)
    assert told["tiles"]["2019_33UVP"]["part"] == "cross_year"
    assert sum(c["samples"] for c in told["classes"]) == told["samples"] == 2000
    folders = [read_samples(made / f"samples_{p}") for p in ("train", "validation", "test", "cross_year")]
    x = np.concatenate([np.asarray(s.x)[s.y == 1] for s in folders])
    assert np.array(told["mean"]["1"], float) == pytest.approx(np.nanmean(x, axis=0), abs=1e-4)
    assert np.array(told["spread"]["1"], float) == pytest.approx(np.nanstd(x, axis=0), abs=2e-4)
    assert told["periods"][0] == "2017-09" and told["licence"] == "CC0-1.0"


def test_the_result_says_where_it_is_and_shows_pictures(made: Path) -> None:
    item = json.loads((made / "item.json").read_text())
    west, south, east, north = item["bbox"]
    assert 8 < west < 10.5 and 46 < south < 47.5 and 16.5 < east < 18 and 48.5 < north < 49.5
    for name in ("counts", "series", "flags", "map"):
        assert (made / f"{name}.png").read_bytes()[:4] == b"\x89PNG"
    outlines = json.loads((made / "tiles.geojson").read_text())
    assert {f["properties"]["tile"] for f in outlines["features"]} == set(TILES.split(","))
    assert open_store(made / "store.parquet").samples == 2000


@pytest.mark.parametrize("name", ["set.zip", "set"])
def test_published_files_give_what_they_were_made_of(made: Path, tmp_path: Path, name: str) -> None:
    make_timesen2crop(tmp_path / name, 3, 400, TILES.split(","))
    told = _run({"source": "file", "input": str(tmp_path / name)}, tmp_path / "out")
    assert told["checks"] == {"files": 2000, "samples": 2000, "empty_files": 0, "problems": []}
    assert told["licence"] == "CC-BY-4.0"
    ours = json.loads((made / "statistics.json").read_text())
    assert told["tiles"] == ours["tiles"] and told["classes"] == ours["classes"]
    a, b = (np.asarray(read_samples(f / "samples_test").x).reshape(400, -1) for f in (made, tmp_path / "out"))
    assert np.nansum(a, axis=0) == pytest.approx(np.nansum(b, axis=0), rel=1e-4)


def test_what_is_wrong_is_in_the_statistics(tmp_path: Path) -> None:
    make_timesen2crop(tmp_path / "set.zip", 3, 60, ("33UVP", "33TWN", "32TNT"))
    with zipfile.ZipFile(tmp_path / "set.zip", "a") as archive:
        archive.writestr("TimeSen2Crop/33UVP/3/900.csv", b"")
        archive.writestr("TimeSen2Crop/33UVP/3/901.csv", b"B1,B2\n1,2\n")
        archive.writestr("TimeSen2Crop/33UVP/99/1.csv", b"x")
    told = _run({"source": "file", "input": str(tmp_path / "set.zip")}, tmp_path / "out")
    assert told["checks"]["samples"] == 180 and told["checks"]["empty_files"] == 1
    assert [(p["where"], p["count"]) for p in told["checks"]["problems"]] == [
        ("33UVP/99", 1),
        ("33UVP/3/900.csv", 1),
        ("33UVP/3/901.csv", 1),
    ]
    assert "samples_cross_year" not in json.loads((tmp_path / "out" / "item.json").read_text())["assets"]


def test_a_random_split_is_seeded_and_leaves_the_other_year_out(tmp_path: Path) -> None:
    values = {"source": "made", "samples_per_tile": 200, "tiles": "33UVP,2019_33UVP,32TNT", "split": "random"}
    told = _run({**values, "seed": 3}, tmp_path / "a")
    assert told["tiles"]["2019_33UVP"]["part"] == "left out"
    assert told["parts"]["cross_year"] == 0 and sum(told["parts"].values()) == 400
    assert told["parts"]["test"] == pytest.approx(80, abs=8)
    _run({**values, "seed": 3}, tmp_path / "b")
    assert read_samples(tmp_path / "a" / "samples_test").sha256 == read_samples(tmp_path / "b" / "samples_test").sha256


def test_other_periods_and_no_arrays(tmp_path: Path) -> None:
    values = {"source": "made", "samples_per_tile": 20, "tiles": "33UVP,33TWN,32TNT"}
    _run({**values, "period_days": 10, "first_month": 10, "gap_limit_days": 0}, tmp_path / "a")
    samples = read_samples(tmp_path / "a" / "samples_train")
    assert samples.x.shape == (20, 37, 9) and samples.meta.periods.days == 10 and samples.meta.gaps
    told = _run({**values, "npy": False}, tmp_path / "b")
    assert not (tmp_path / "b" / "samples_train").exists() and told["samples"] == 60


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"source": "file", "input": "/nowhere/TimeSen2Crop.zip"}, r"There is no TimeSen2Crop\.zip"),
        ({"source": "worldcereal", "input": "/nowhere/points.parquet"}, r"There is no points\.parquet"),
        ({"source": "made", "samples_per_tile": 10, "tiles": "33UVP,33TWN"}, "No tile is left to train on"),
        ({"source": "made", "samples_per_tile": 10, "tiles": "32TNT"}, "test tile 33UVP is not among the tiles: 32TNT"),
    ],
)
def test_what_cannot_be_is_refused_in_words(values: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=words):
        run(SERVICE, values, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    answer = check(SERVICE, validate(SERVICE, values))
    assert not answer["valid"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"source": "worldcereal"}, "input: name the file"),
        ({"source": "made", "input": "x"}, "the made set reads no file"),
        ({"test_tiles": "Vienna"}, "'Vienna' is no tile"),
        ({"samples_per_tile": 1}, "greater than or equal to 10"),
        ({"first_month": 13}, "less than or equal to 12"),
    ],
)
def test_parameters_are_checked(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TimeSen2CropParams(**values)


def test_a_set_that_the_operator_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIMESEN2CROP_PATH", raising=False)
    refused = check(SERVICE, validate(SERVICE, {"source": "file"}))
    assert [f["message"] for f in refused["findings"]] == ["Nothing says where TimeSen2Crop is."]
    make_timesen2crop(tmp_path / "set.zip", 3, 40, TILES.split(","))
    monkeypatch.setenv("TIMESEN2CROP_PATH", str(tmp_path / "set.zip"))
    assert check(SERVICE, validate(SERVICE, {"source": "file"}))["findings"][0]["message"] == "200 samples in 5 tiles."
    run(SERVICE, {"source": "file"}, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert [(i["parameter"], i["product"]) for i in told["inputs"]] == [("input", "set.zip")]
    assert json.loads((tmp_path / "out" / "statistics.json").read_text())["samples"] == 200


def test_a_dry_run_counts_without_reading(tmp_path: Path) -> None:
    make_timesen2crop(tmp_path / "set.zip", 3, 40, TILES.split(","))
    answer = check(SERVICE, validate(SERVICE, {"source": "file", "input": str(tmp_path / "set.zip")}))
    assert answer["valid"]
    assert [f["message"] for f in answer["findings"]] == [
        "200 samples in 5 tiles.",
        "Split: 2019_33UVP cross year, 33TWN validation, 33UVP test.",
    ]
    assert answer["estimate"]["seconds"] > 0
    made = check(SERVICE, validate(SERVICE, {"source": "made", "samples_per_tile": 1000}))
    assert made["findings"][0]["message"] == "16,000 samples in 16 tiles."


@pytest.mark.real_data
@pytest.mark.skipif(not CROPS.is_dir(), reason="no ../shared/data")
@pytest.mark.parametrize(
    ("name", "count", "options"),
    [
        (
            "worldcereal_points/test_public_extractions.parquet",
            473,
            {"test_tiles": "36NWJ", "validation_tiles": "36NWK", "split": "leave_tiles_out"},
        ),
        ("worldcereal_samples/00002806639B424A", 2236, {"split": "random"}),
    ],
)
def test_real_samples_of_worldcereal_are_converted(
    name: str, count: int, options: dict[str, Any], tmp_path: Path
) -> None:
    told = _run({"source": "worldcereal", "input": str(CROPS / name), **options}, tmp_path / "out")
    assert told["samples"] == count and told["licence"].startswith("MIT")
    assert read_samples(tmp_path / "out" / "samples_train").x.shape[1:] == (12, 9)
