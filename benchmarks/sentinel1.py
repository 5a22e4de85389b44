"""The Sentinel-1 services on full-size products with real geometry: time and peak memory against their targets."""

import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

from benchmarks.measure import Measured, measure
from benchmarks.radar_products import SHARED, heights_under, made_grd, made_slc_pair
from eo.io.sentinel1 import outline, read_sentinel1

ROOT = Path(__file__).resolve().parent.parent
GIGABYTE = 1e9
Case = tuple[str, str, list[str], Path, float, float]


def run() -> list[dict[str, Any]]:
    """Return the rows of the benchmark; none where there are no real annotations to build on."""
    if not SHARED.exists():
        return []
    rows = []
    for name, service, options, dem, most_s, most_gb in _cases():
        with tempfile.TemporaryDirectory(prefix="bench-s1-", dir=ROOT / "var") as folder:
            found = _measure(service, [*options, "--dem", str(dem), "--output_path", f"{folder}/out"])
            shutil.rmtree(folder, ignore_errors=True)
            Path(folder).mkdir()
        rows.append(_row(name, found, most_s, most_gb))
    return rows


def _cases() -> Iterator[Case]:
    grd = made_grd()
    one, dem = ["--input", str(grd), "--polarization", "VV"], heights_under(grd)
    yield "S1-GRD, full IW, 1 polarisation, sigma0, 10 m", "s1_grd_preprocess", one, dem, 75, 4
    yield "S1-GRD, full IW, 2 polarisations", "s1_grd_preprocess", ["--input", str(grd)], dem, 140, 4
    yield "S1-GRD, full IW, gamma0_rtc", "s1_grd_preprocess", [*one, "--calibration", "gamma0_rtc"], dem, 220, 4
    yield "S1-GRD, 50 x 50 km", "s1_grd_preprocess", [*one, "--AoI", _square(grd)], dem, 15, 4
    first, second = made_slc_pair()
    dem = heights_under(first)
    slc = ["--input", str(first), "--polarization", "VV"]
    yield "S1-SLC, full IW, 1 polarisation", "s1_slc_preprocess", slc, dem, 200, 6
    pair = ["--input1", str(first), "--input2", str(second), "--polarization", "VV"]
    yield "S1-CD, one sub-swath", "s1_change_detection", [*pair, "--AoI", _swath(first, "IW2")], dem, 120, 6
    yield "S1-CD, full IW", "s1_change_detection", pair, dem, 330, 6


def _row(name: str, found: Measured, most_s: float, most_gb: float) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(found.seconds, 1),
        "comparison": None,
        "unit": "s",
        "ratio": None,
        "target": f"<= {most_s:g} s, {most_gb:g} GB",
        "ok": found.seconds <= most_s and found.peak_bytes <= most_gb * GIGABYTE,
        "note": f"peak memory {found.peak_bytes / GIGABYTE:.2f} GB, {found.cpu_seconds:.0f} s of processor",
    }


def _square(product: Path) -> str:
    """Return 50 by 50 km in the middle of a scene."""
    found = read_sentinel1(product)
    middle = outline(found.annotation(next(iter(found.images.values())))).centroid
    tall = 25 / 111.2
    wide = tall / math.cos(math.radians(middle.y))
    return shapely.box(middle.x - wide, middle.y - tall, middle.x + wide, middle.y + tall).wkt


def _swath(product: Path, swath: str) -> str:
    """Return what lies in the inner four fifths of a sub-swath, so that its neighbours are not touched."""
    found = read_sentinel1(product)
    area = outline(found.annotation(found.images[swath, "VV"]))
    west, south, east, north = area.bounds
    return area.buffer(-0.1 * min(east - west, north - south)).convex_hull.wkt


def _measure(service: str, arguments: list[str]) -> Measured:
    command = [sys.executable, "-m", "services", "run", service, *arguments, "--progress", "json"]
    return measure(command, env=os.environ | {"GROUNDWORK_THREADS": "2"}, cwd=ROOT)


if __name__ == "__main__":
    for row in run():
        print(row)
