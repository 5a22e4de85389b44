"""Reading TimeSen2Crop: files a second from the zip and from a folder, processor time, memory; the made set's speed."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import measure

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "benchmarks" / "timesen2crop"
SAMPLES_PER_TILE = 12_500
TILES = 16
FILES_PER_S = 20_000
MOST_MB = 1_000
MADE_IN_S = 60
FOLDER_TILES = 4
_MAKE = """
import sys
from pathlib import Path
from eo.io.timesen2crop_writer import make_timesen2crop
from eo.timeseries.timesen2crop import CROSS_YEAR_TILE, TILES
make_timesen2crop(Path(sys.argv[1]), 1, int(sys.argv[2]), (*TILES, CROSS_YEAR_TILE)[: int(sys.argv[3])])
"""
_READ = """
import os, sys
from pathlib import Path
from eo.io.timesen2crop import import_set
from eo.io.timesen2crop_source import open_source
source = open_source(Path(sys.argv[1]))
report = import_set(source, Path(sys.argv[2]), threads=len(os.sched_getaffinity(0)))
print(report.samples, report.seconds)
"""
_NAIVE = """
import sys, time, zipfile
import numpy as np
with zipfile.ZipFile(sys.argv[1]) as archive:
    names = [n for n in archive.namelist() if n.endswith(".csv") and "dates" not in n][:4000]
    began = time.perf_counter()
    for name in names:
        np.loadtxt(archive.open(name), delimiter=",", skiprows=1, dtype=np.int16)
    print(len(names) / (time.perf_counter() - began))
"""


def run() -> list[dict[str, Any]]:
    """Make a set of 200,000 files as a zip, read it; extract a part, read that."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = []
    path = FOLDER / f"set-{SAMPLES_PER_TILE}.zip"
    if not path.exists():
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", _MAKE, str(path), str(SAMPLES_PER_TILE), str(TILES)], check=True)
        per_100k = (time.perf_counter() - began) / (SAMPLES_PER_TILE * TILES) * 100_000
        rows.append(_row("make 100 k samples and zip them", per_100k, None, "s", MADE_IN_S, per_100k <= MADE_IN_S))
    naive = float(subprocess.run([sys.executable, "-c", _NAIVE, str(path)], check=True, capture_output=True).stdout)
    rows += _read("zip", path, SAMPLES_PER_TILE * TILES, naive)
    there = FOLDER / "set"
    if not there.exists():
        subprocess.run([sys.executable, "-c", _MAKE, str(there), str(SAMPLES_PER_TILE), str(FOLDER_TILES)], check=True)
    rows += _read("folder", there, SAMPLES_PER_TILE * FOLDER_TILES, naive)
    shutil.rmtree(there)
    return rows


def _read(kind: str, path: Path, files: int, naive: float) -> list[dict[str, Any]]:
    store = FOLDER / "store.parquet"
    command = [sys.executable, "-c", _READ, str(path), str(store)]
    taken = measure(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT)
    speed, cores = files / taken.seconds, len(os.sched_getaffinity(0))
    peak_mb = taken.peak_bytes / 1e6
    note = (
        f"{files:,} files, start of Python included; {taken.cpu_seconds / files * 1e6:.0f} µs of processor a file: "
        f"{cores * files / taken.cpu_seconds:,.0f} files/s by that if {cores} cores did nothing else "
        f"(reckoned, not measured); peak {peak_mb:.0f} MB; "
        "compared with zipfile and numpy.loadtxt"
    )
    return [
        _row(f"read from {kind}", speed, naive, "files/s", FILES_PER_S, speed >= FILES_PER_S, note),
        _row(f"peak memory, {kind}", peak_mb, None, "MB", MOST_MB, peak_mb <= MOST_MB),
    ]


def _row(
    name: str, ours: float, comparison: float | None, unit: str, target: float, ok: bool, note: str = ""
) -> dict[str, Any]:
    ratio = ours / comparison if comparison else None
    return {
        "name": f"TimeSen2Crop: {name}",
        "ours": ours,
        "comparison": comparison,
        "unit": unit,
        "ratio": ratio,
        "target": target,
        "ok": ok,
        "note": note,
    }
