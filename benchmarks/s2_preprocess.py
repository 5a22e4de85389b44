"""S2-preprocess on a full tile and on a 20×20 km area, beside GDAL decoding and encoding the same images."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, measure
from eo.io.grid import reproject_geometry
from eo.io.products import open_product

ROOT = Path(__file__).resolve().parent.parent
FULL_TILE_RATIO = 1.4
PEAK_MEMORY_GB = 3.0
AREA_S = 15.0
AREA_M = 20_000


def run(safe: Path | None = None) -> list[dict[str, Any]]:
    """Return the rows of the benchmark.

    Args:
        safe: product to measure on; a full tile is made where none is given.
    """
    with tempfile.TemporaryDirectory(prefix="bench-s2-") as folder:
        safe = safe or _full_tile()
        ours = _measure([*_service(safe), "--output_path", f"{folder}/ours"])
        shutil.rmtree(f"{folder}/ours")
        gdal = _measure([str(ROOT / "benchmarks/gdal_decode_encode.py"), str(safe), f"{folder}/gdal"])
        shutil.rmtree(f"{folder}/gdal")
        area = _measure([*_service(safe), "--AoI", _area(safe), "--output_path", f"{folder}/area"])
    ratio = ours.seconds / gdal.seconds
    return [
        {
            "name": "S2-preprocess, full tile, 12 bands to 10 m COG",
            "ours": round(ours.seconds, 1),
            "comparison": round(gdal.seconds, 1),
            "unit": "s",
            "ratio": round(ratio, 2),
            "target": f"<= {FULL_TILE_RATIO} x GDAL",
            "ok": ratio <= FULL_TILE_RATIO,
            "note": "GDAL: decode the same JP2s, resample, one COG per band; 2 threads",
        },
        {
            "name": "S2-preprocess, full tile, peak memory",
            "ours": round(ours.peak_bytes / 1e9, 2),
            "comparison": round(gdal.peak_bytes / 1e9, 2),
            "unit": "GB",
            "ratio": round(ours.peak_bytes / gdal.peak_bytes, 2),
            "target": f"<= {PEAK_MEMORY_GB:g} GB",
            "ok": ours.peak_bytes <= PEAK_MEMORY_GB * 1e9,
            "note": "",
        },
        {
            "name": "S2-preprocess, 20 x 20 km area, 12 bands",
            "ours": round(area.seconds, 1),
            "comparison": None,
            "unit": "s",
            "ratio": None,
            "target": f"<= {AREA_S:g} s",
            "ok": area.seconds <= AREA_S,
            "note": f"peak memory {area.peak_bytes / 1e9:.2f} GB",
        },
    ]


def _full_tile() -> Path:
    from benchmarks.products import make_full_tile

    return make_full_tile()[0]


def _service(safe: Path) -> list[str]:
    return ["-m", "services", "run", "s2_preprocess", "--input", str(safe), "--progress", "json"]


def _area(safe: Path) -> str:
    """Return a square in the middle of the scene, as WKT."""
    import shapely

    grid = open_product(safe).grid
    west, south, east, north = grid.bounds
    x, y, half = (west + east) / 2, (south + north) / 2, AREA_M / 2
    square = shapely.segmentize(shapely.box(x - half, y - half, x + half, y + half), 1000)
    return str(reproject_geometry(square, grid.crs, "EPSG:4326").wkt)


def _measure(arguments: list[str]) -> Measured:
    return measure([sys.executable, *arguments], env=os.environ | {"GROUNDWORK_THREADS": "2"}, cwd=ROOT)


if __name__ == "__main__":
    for row in run(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(row)
