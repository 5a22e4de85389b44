"""Rows become a table and a file; a benchmark that breaks is a row that failed."""

import json
import sys

import pytest

from benchmarks import __main__ as harness
from benchmarks.measure import measure

ROW = {"name": "a", "ours": 1.25, "comparison": None, "unit": "s", "ratio": 0.5, "target": 2, "ok": True, "note": "x"}


def test_every_benchmark_is_found():
    assert {"first_run", "jobs", "s2_preprocess", "tiles"} <= set(harness.benchmark_names())
    assert not {"measure", "bare_titiler", "gdal_decode_encode"} & set(harness.benchmark_names())


def test_the_table():
    assert harness.table([ROW, {**ROW, "name": "bb", "ok": False}]).splitlines() == [
        "name  ours  comparison  unit  ratio  target  ok   note",
        "a     1.25  –           s     0.5    2       yes  x",
        "bb    1.25  –           s     0.5    2       NO   x",
    ]


def test_what_did_not_run_is_kept(tmp_path):
    path = tmp_path / "results.json"
    harness.keep({"tiles": [ROW]}, path)
    harness.keep({"jobs": [ROW]}, path)
    kept = json.loads(path.read_text())
    assert list(kept) == ["jobs", "tiles"]
    assert kept["tiles"]["rows"] == [ROW]
    assert kept["tiles"]["machine"]["cores"] >= 1


def test_an_unknown_name_is_told(capsys):
    assert harness.main(["tile"]) == 2
    assert "There is no benchmark tile. There are: " in capsys.readouterr().err


def test_one_that_breaks_is_a_failed_row(monkeypatch):
    monkeypatch.setitem(sys.modules, "benchmarks.broken", type(sys)("broken"))
    assert harness._rows("broken")[0]["ok"] is False


def test_a_child_is_measured_with_its_children():
    grandchild = "b = bytearray(90_000_000); import time; time.sleep(0.4)"
    both = f"import subprocess, sys; b = bytearray(60_000_000); subprocess.run([sys.executable, '-c', {grandchild!r}])"
    measured = measure([sys.executable, "-c", both])
    assert 150e6 < measured.peak_bytes < 230e6
    assert measured.seconds >= 0.4
    assert measured.cpu_seconds < measured.seconds + 1


def test_memory_of_the_caller_is_not_counted():
    mine = bytearray(300_000_000)
    measured = measure([sys.executable, "-c", "import time; time.sleep(0.3)"])
    assert measured.peak_bytes < 50e6 < len(mine)


def test_a_child_that_fails_is_an_error():
    with pytest.raises(Exception, match="returned non-zero exit status 3"):
        measure([sys.executable, "-c", "raise SystemExit(3)"])
