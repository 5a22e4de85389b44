"""Composites beside numpy and bottleneck on blocks in memory; the whole service beside reading alone."""

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import bottleneck
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import from_origin
from rasterio.windows import Window

from benchmarks.measure import measure
from eo.io.cloud_masks import read_clouds
from eo.io.tile_cache import TILES
from eo.io.warp import read_block
from eo.timeseries.composites import stack_composites
from services.core.execution import map_bounded
from services.s2_harmonisation import HarmonisationParams
from services.s2_harmonisation.blocks import compute, windows
from services.s2_harmonisation.series import Series, settle

ROOT = Path(__file__).resolve().parent.parent
DATES, PERIODS, PIXELS = 72, 12, 1 << 16
SCENE_DATES, SCENE_PIXELS = 30, 2048
BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12")
CLOUDY = 0.55
TILE_PIXELS = 10_980**2
NUMPY_RATIO, BOTTLENECK_RATIO, TILE_MINUTES = 6.0, 1.5, 5.0
READING_RATIO, MEMORY_GB = 1.5, 2.0
Composites = NDArray[np.uint16]


def run() -> list[dict[str, Any]]:
    """Return the rows of the benchmark."""
    with tempfile.TemporaryDirectory(prefix="bench-harmonisation-") as folder:
        return [*_in_memory(), *_end_to_end(Path(folder))]


def _in_memory() -> list[dict[str, Any]]:
    looks, clear, period_of = make_block(PIXELS)
    floats = np.where(clear[:, None], looks, np.nan).astype(np.float32)
    few = PIXELS // 32
    ours, composites = _rate(lambda n: stack_composites(looks[..., :n], clear[..., :n], period_of, PERIODS)[0], PIXELS)
    numpys, by_numpy = _rate(lambda n: by_median(np.nanmedian, floats[..., :n], period_of), few, times=1)
    bottlenecks, by_bottleneck = _rate(lambda n: by_median(bottleneck.nanmedian, floats[..., :n], period_of), 4 * few)
    same = bool((composites[..., :few] == by_numpy).all() and (composites[..., : 4 * few] == by_bottleneck).all())
    minutes = TILE_PIXELS / ours / 60 / 2
    note = f"{DATES} dates, {len(BANDS)} bands, {PERIODS} medians, one core; same result: {same}"
    name = "S2-harmonise, monthly medians"
    return [
        _row(f"{name}, beside numpy", ours / 1e6, numpys / 1e6, "Mpx/s", f">= {NUMPY_RATIO:g} x numpy.nanmedian",
             same and ours >= NUMPY_RATIO * numpys, note),
        _row(f"{name}, beside bottleneck", ours / 1e6, bottlenecks / 1e6, "Mpx/s",
             f">= {BOTTLENECK_RATIO:g} x bottleneck", same and ours >= BOTTLENECK_RATIO * bottlenecks, note),
        _row(f"{name}, full tile on 2 cores", minutes, None, "min", f"<= {TILE_MINUTES:g} min", minutes <= TILE_MINUTES,
             "extrapolated; computing without reading and writing"),
    ]  # fmt: skip


def make_block(pixels: int) -> tuple[NDArray[np.uint16], NDArray[np.bool_], NDArray[np.int64]]:
    """Return looks (dates, bands, pixels), what is clear of them, and the period of each date."""
    rng = np.random.default_rng(1)
    looks = rng.integers(1001, 9000, (DATES, len(BANDS), pixels)).astype(np.uint16)
    return looks, rng.random((DATES, pixels)) >= CLOUDY, np.repeat(np.arange(PERIODS), DATES // PERIODS)


def by_median(median: Callable[..., Any], floats: NDArray[np.float32], period_of: NDArray[np.int64]) -> Composites:
    """Return the composites by another library's median, NaN being what is hidden; halves are rounded up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = np.stack([median(floats[period_of == period], axis=0) for period in range(PERIODS)])
    return np.where(np.isnan(found), 0, np.floor(found + 0.5)).astype(np.uint16)


def _rate(work: Callable[[int], Composites], pixels: int, times: int = 3) -> tuple[float, Composites]:
    """Return pixels per second, the best of some times, and the result; the first call compiles."""
    result, best = work(min(pixels, 256)), np.inf
    for _ in range(times):
        began = time.perf_counter()
        result = work(pixels)
        best = min(best, time.perf_counter() - began)
    return pixels / best, result


def _end_to_end(folder: Path) -> list[dict[str, Any]]:
    scenes = make_scenes(folder / "scenes")
    series = settle(HarmonisationParams(scenes=[str(scenes)]))
    _blocks(series, compute, most=1)  # compiles
    times = [(_blocks(series, read_alone), _blocks(series, compute)) for _ in range(2)]
    reading_s, composing_s = (min(column) for column in zip(*times, strict=True))
    command = [sys.executable, "-m", "services", "run", "s2_harmonisation", "--scenes", str(scenes)]
    whole = measure(
        [*command, "--progress", "json", "--output_path", str(folder / "out")],
        env=os.environ | {"GROUNDWORK_THREADS": "2"},
        cwd=ROOT,
    )
    ratio = composing_s / reading_s
    name = f"S2-harmonise, {SCENE_DATES} dates of {SCENE_PIXELS} x {SCENE_PIXELS} from COGs"
    return [
        _row(f"{name}, to composites", composing_s, reading_s, "s", f"<= {READING_RATIO:g} x reading",
             ratio <= READING_RATIO, "reading: every band and mask brought to the grid, block by block; 2 threads"),
        _row(f"{name}, whole command", whole.seconds, reading_s, "s", "–", True,
             f"with starting, and writing {PERIODS} COGs of {len(BANDS)} bands with overviews"),
        _row(f"{name}, peak memory", whole.peak_bytes / 1e9, None, "GB", f"<= {MEMORY_GB:g} GB",
             whole.peak_bytes <= MEMORY_GB * 1e9, ""),
    ]  # fmt: skip


def _blocks(series: Series, work: Callable[[Series, Window], Any], most: int | None = None) -> float:
    """Return the seconds that all blocks take on two threads, nothing being kept from before."""
    TILES.clear()
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as threads:
        for _ in map_bounded(threads, partial(work, series), islice(windows(series), most), in_flight=3):
            pass
    return time.perf_counter() - began


def read_alone(series: Series, window: Window) -> None:
    """Bring every band and mask to a block of the grid, and do nothing with it."""
    for part in (part for looks in series.looks for look in looks for part in look):
        if part.clouds:
            read_clouds(part.clouds, series.grid, window)
        for source in part.sources:
            read_block(source, series.grid, window, series.resampling)


def make_scenes(folder: Path) -> Path:
    """Write scenes as THEIA delivers them, one COG a band: 10 m bands and 20 m bands, and a cloud mask."""
    rng = np.random.default_rng(2)
    land = _smooth(rng, SCENE_PIXELS) * 1500 + 600
    for number in range(SCENE_DATES):
        day = np.datetime64("2023-01-05") + number * 12
        name = f"SENTINEL2A_{str(day).replace('-', '')}-104031-000_L2A_T33TWL_D_V1-8"
        shade = 1 + 0.3 * np.sin(number / SCENE_DATES * np.pi)
        for place, band in enumerate(BANDS):
            fine = band in ("B02", "B03", "B04")
            values = land if fine else land[::2, ::2]
            noisy = values * shade + 120 * place + rng.normal(0, 25, values.shape)
            short = band if band == "B8A" else f"B{int(band[1:])}"
            _cog(folder / name / f"{name}_FRE_{short}.tif", noisy.astype(np.int16), 10 if fine else 20)
        clouds = (_smooth(rng, SCENE_PIXELS) > rng.uniform(-0.5, 1.5)) * np.uint8(2)
        _cog(folder / name / "MASKS" / f"{name}_CLM_R1.tif", clouds, 10)
    return folder


def _smooth(rng: np.random.Generator, pixels: int) -> NDArray[np.float32]:
    """Return a field that varies over some kilometres, about 0."""
    from scipy.ndimage import zoom

    coarse = rng.normal(0, 1, (pixels // 128, pixels // 128)).astype(np.float32)
    return np.asarray(zoom(coarse, 128, order=1), np.float32)


def _cog(path: Path, values: NDArray[Any], pixel_m: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "COG", "count": 1, "height": values.shape[0], "width": values.shape[1], "crs": "EPSG:32633"}
    options = {"compress": "deflate", "predictor": "yes", "blocksize": 512, "num_threads": 2}
    transform = from_origin(600_000, 5_000_040, pixel_m, pixel_m)
    with rasterio.open(path, "w", **profile, **options, dtype=values.dtype, transform=transform) as target:
        target.write(values, 1)


def _row(
    name: str, ours: float, comparison: float | None, unit: str, target: str, ok: bool, note: str
) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours, 3),
        "comparison": None if comparison is None else round(comparison, 4),
        "unit": unit,
        "ratio": None if comparison is None else round(ours / comparison, 2),
        "target": target,
        "ok": bool(ok),
        "note": note,
    }


if __name__ == "__main__":
    for row in run():
        print(row)
