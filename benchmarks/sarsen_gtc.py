"""Terrain correction of 4096 × 4096 pixels at 10 m beside sarsen's (geometric terrain correction, GTC).

One after the other on the same product and heights. sarsen lives in an environment of its own under var/, made at the
first run.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import rasterio
import shapely
from affine import Affine
from rasterio.windows import Window

from benchmarks.measure import Measured, measure
from benchmarks.radar_products import FOLDER, SHARED, heights_under, made_grd
from eo.io.dem import open_dem
from eo.io.grid import Grid, grid_over
from eo.io.sentinel1 import outline, read_sentinel1

ROOT = Path(__file__).resolve().parent.parent
VENV = FOLDER.parent / "sarsen"
PIN = "sarsen==0.9.6"
SIDE_PX, PIXEL_M = 4096, 10.0
TIMES_FASTER = 20.0


def run() -> list[dict[str, Any]]:
    """Return the rows of the benchmark; none where there are no real annotations to build on."""
    if not SHARED.exists():
        return []
    product = made_grd()
    dem = heights_under(product)
    grid = _grid(product)
    with tempfile.TemporaryDirectory(prefix="bench-sarsen-", dir=FOLDER) as folder:
        heights = _heights_on(grid, dem, Path(folder) / "heights.tif")
        ours = _ours(product, dem, grid, Path(folder) / "ours")
        theirs = _sarsen(product, heights, Path(folder) / "sarsen.tif")
    ratio, memory = theirs.seconds / ours.seconds, ours.peak_bytes / theirs.peak_bytes
    return [
        {
            "name": "Terrain correction of 4096² at 10 m",
            "ours": round(ours.seconds, 1),
            "comparison": round(theirs.seconds, 1),
            "unit": "s",
            "ratio": round(ratio, 1),
            "target": f">= {TIMES_FASTER:g} x faster",
            "ok": ratio >= TIMES_FASTER,
            "note": f"{PIN} GTC; ours reads, calibrates, corrects and writes a COG",
        },
        {
            "name": "Terrain correction of 4096² at 10 m, peak memory",
            "ours": round(ours.peak_bytes / 1e9, 2),
            "comparison": round(theirs.peak_bytes / 1e9, 2),
            "unit": "GB",
            "ratio": round(memory, 2),
            "target": "less",
            "ok": memory < 1,
            "note": "",
        },
    ]


def _grid(product: Path) -> Grid:
    """Return the grid in the middle of a scene."""
    found = read_sentinel1(product)
    middle = outline(found.annotation(next(iter(found.images.values())))).centroid
    zone = f"EPSG:{32600 + int((middle.x + 180) // 6) + 1}"
    corner = grid_over(shapely.Point(middle).buffer(0.001), PIXEL_M, zone)
    half = SIDE_PX // 2
    return Grid(zone, corner.transform @ Affine.translation(-half, -half), SIDE_PX, SIDE_PX)


def _heights_on(grid: Grid, dem: Path, path: Path) -> Path:
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": grid.crs, "transform": grid.transform}
    heights = open_dem(dem).heights(grid, Window(0, 0, SIDE_PX, SIDE_PX))
    with rasterio.open(path, "w", width=SIDE_PX, height=SIDE_PX, **profile) as target:
        target.write(heights, 1)
    return path


def _ours(product: Path, dem: Path, grid: Grid, folder: Path) -> Measured:
    area = grid.footprint().buffer(-1e-4)
    options = ["--input", str(product), "--polarization", "VV", "--dem", str(dem), "--projection", grid.crs]
    options += ["--AoI", area.wkt, "--outside_area", "keep", "--calibration", "beta0", "--output_path", str(folder)]
    command = [sys.executable, "-m", "services", "run", "s1_grd_preprocess", *options, "--progress", "json"]
    return measure(command, env=os.environ | {"GROUNDWORK_THREADS": "2"}, cwd=ROOT)


def _sarsen(product: Path, heights: Path, target: Path) -> Measured:
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PIN], check=True)
    code = (
        "import sys, warnings, sarsen; warnings.simplefilter('ignore');"
        "product = sarsen.Sentinel1SarProduct(sys.argv[1], 'IW/VV');"
        "sarsen.terrain_correction(product, dem_urlpath=sys.argv[2], output_urlpath=sys.argv[3],"
        "interp_method='linear')"
    )
    return measure([str(python), "-c", code, str(product), str(heights), str(target)], cwd=ROOT)
