"""S2-CD on a full tile beside decoding alone, and on the demo world's known changes beside plain differencing."""

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from benchmarks.measure import measure
from demo.world import DemoWorld, make
from eo.io.products import open_product
from services.core.registry import get_service
from services.core.runner import run as run_service

ROOT = Path(__file__).resolve().parent.parent
BANDS = ("B02", "B03", "B04", "B08")
AFTER_DECODING_S = 90.0
PEAK_MEMORY_GB = 3.0
LEAST_F1 = 0.90
CORES = 2


def run() -> list[dict[str, Any]]:
    """Return the rows of the benchmark."""
    from benchmarks.products import make_full_tile

    with tempfile.TemporaryDirectory(prefix="bench-s2-cd-") as folder:
        demo = make(Path(folder) / "demo", size="full")
        scenes = [Path(p) for p in make_full_tile(dates=2)]
        return [*full_tile(scenes[0], scenes[1], Path(folder)), *known_changes(demo, Path(folder))]


def full_tile(before: Path, after: Path, folder: Path) -> list[dict[str, Any]]:
    """Measure the service on a pair, and decoding the same images alone."""
    environment = os.environ | {"GROUNDWORK_THREADS": str(CORES)}
    pair = ["--input1", str(before), "--input2", str(after), "--bands", ",".join(BANDS)]
    service = [sys.executable, "-m", "services", "run", "s2_change_detection", *pair]
    ours = measure([*service, "--output_path", str(folder / "out"), "--progress", "json"], env=environment, cwd=ROOT)
    decoding = [sys.executable, "-m", "benchmarks.s2_change_detection", str(before), str(after)]
    alone = measure(decoding, env=environment, cwd=ROOT)
    beyond = ours.seconds - alone.seconds
    return [
        {
            "name": "S2-CD, full tile, 4 bands, after decoding",
            "ours": round(beyond, 1),
            "comparison": round(alone.seconds, 1),
            "unit": "s",
            "ratio": round(ours.seconds / alone.seconds, 2),
            "target": f"<= {AFTER_DECODING_S:g} s",
            "ok": beyond <= AFTER_DECODING_S,
            "note": f"whole run {ours.seconds:.1f} s; comparison: GDAL decoding the same 8 images, {CORES} threads",
        },
        {
            "name": "S2-CD, full tile, peak memory",
            "ours": round(ours.peak_bytes / 1e9, 2),
            "comparison": round(alone.peak_bytes / 1e9, 2),
            "unit": "GB",
            "ratio": round(ours.peak_bytes / alone.peak_bytes, 2),
            "target": f"<= {PEAK_MEMORY_GB:g} GB",
            "ok": ours.peak_bytes <= PEAK_MEMORY_GB * 1e9,
            "note": "",
        },
    ]


def known_changes(demo: DemoWorld, folder: Path) -> list[dict[str, Any]]:
    """Hold the service against the demo world's truth, with its defaults and normalised, and plain differencing too."""
    return [_known_changes(demo, folder / value, value) for value in ("none", "relative")]


def _known_changes(demo: DemoWorld, folder: Path, normalisation: str) -> dict[str, Any]:
    ours, otsu = compare_with_truth(demo, folder, normalisation=normalisation)
    return {
        "name": f"S2-CD, F1 on the demo world's changes, normalisation {normalisation}",
        "ours": round(ours, 3),
        "comparison": round(otsu, 3),
        "unit": "1",
        "ratio": round(ours / otsu, 3),
        "target": f">= {LEAST_F1} and above the comparison",
        "ok": ours >= max(LEAST_F1, otsu),
        "note": "comparison: plain differencing with Otsu's threshold, on the same bands and valid pixels",
    }


def compare_with_truth(demo: DemoWorld, output: Path, **parameters: Any) -> tuple[float, float]:
    """Return F1 of the service and of plain differencing with Otsu's threshold, both on valid pixels only."""
    values = {"input1": str(demo.before), "input2": str(demo.after), "bands": ",".join(BANDS), **parameters}
    run_service(get_service("s2_change_detection"), values, output)
    classes, truth = _raster(output / "classes.tif"), _raster(demo.truth("change")) > 0
    valid = classes != 255
    difference = np.sqrt(sum((_band(demo.after, b) - _band(demo.before, b)) ** 2 for b in BANDS))
    otsu = difference >= otsu_threshold(difference[valid])
    return f1(classes[valid] > 0, truth[valid]), f1(otsu[valid], truth[valid])


def otsu_threshold(values: NDArray[np.float64]) -> float:
    """Return the threshold with the greatest variance between its sides (Otsu 1979, doi:10.1109/TSMC.1979.4310076)."""
    pixels, edges = np.histogram(values, bins=4096)
    centres = (edges[1:] + edges[:-1]) / 2
    below, mass = np.cumsum(pixels)[:-1], np.cumsum(pixels * centres)
    above = pixels.sum() - below
    apart = mass[:-1] / np.maximum(below, 1) - (mass[-1] - mass[:-1]) / np.maximum(above, 1)
    return float(edges[1 + np.argmax(below * above * apart**2)])


def f1(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Return the harmonic mean of precision and recall."""
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


def decode(paths: list[str]) -> None:
    """Decode images, tile by tile and keeping none, on as many threads as the service has."""

    def whole(path: str) -> None:
        with rasterio.open(path) as source:
            for _, window in source.block_windows(1):
                source.read(1, window=window)

    with ThreadPoolExecutor(CORES) as threads:
        list(threads.map(whole, paths))


def _band(product: Path, name: str) -> NDArray[np.float64]:
    source = open_product(product).band(name, 10)
    return _raster(Path(source.path)).astype(np.float64) * source.scale + source.offset


def _raster(path: Path) -> NDArray[Any]:
    with rasterio.open(path) as source:
        values: NDArray[Any] = source.read(1)
        return values


if __name__ == "__main__":
    decode([open_product(scene).band(name, 10).path for scene in sys.argv[1:] for name in BANDS])
