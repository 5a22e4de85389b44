"""LSTM-predict with the network that comes along, beside `nn.LSTM` fed one great batch, and for a whole tile; on a
graphics card where one is at hand; the forecast of NDVI on real years beside persistence and climatology."""

import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import torch
from affine import Affine
from numpy.typing import NDArray

from eo.io.band_spec import BandSpec
from eo.io.crop_samples import made_looks, to_samples
from eo.io.grid import Grid
from eo.io.model_package import Package
from eo.io.time_stack_writer import create_stack
from eo.learning.gpu_inference import BATCH as GPU_BATCH
from eo.learning.gpu_inference import TorchNetwork
from eo.learning.inference import Network, OnnxNetwork
from eo.learning.lstm_amx import AmxNetwork, fits
from eo.timeseries.periods import months
from eo.timeseries.timesen2crop import BANDS, CLASSES, TEST_TILE, VALIDATION_TILE
from services.core.registry import get_service
from services.core.runner import run as run_service
from services.prediction.engine import open_model

ROOT = Path(__file__).resolve().parent.parent
THEIA = ROOT.parent / "shared/data/s2/fordead_theia_T31UFQ/SENTINEL/ZoneTest"
CORES, PERIODS = 2, 12
SERIES, SERIES_ON_GPU = 1 << 16, 1 << 20
EDGE, TILE_EDGE, MASKED = 512, 10_980, 0.4
LEAST_PER_S, LEAST_RATIO, LEAST_ON_GPU_PER_S, LEAST_AGREEMENT = 55e3, 2.2, 5e6, 99
ROUNDS, MADE_SERIES = 3, 20_000
FLOP_PER_SERIES = 2 * PERIODS * 4 * 128 * (len(BANDS) + 128 + 128 + 128)
Floats = NDArray[np.float32]


def run() -> list[dict[str, Any]]:
    """Return the rows of the benchmark."""
    with tempfile.TemporaryDirectory(prefix="bench-inference-") as name:
        folder = Path(name)
        package = open_model("pretrained", "crop_classification")
        series = np.random.default_rng(0).random((SERIES, PERIODS, len(BANDS)), np.float32) * 0.5
        return [*on_processor(package, series), *tiles(folder), on_gpu(package), *forecast(folder)]


def on_processor(package: Package, series: Floats) -> list[dict[str, Any]]:
    """Measure ours on two threads, in float32 and bfloat16, and torch with networks of that size on the same series."""
    networks: dict[str, Network] = {"float32": OnnxNetwork(package.onnx_path)}
    against = fits(package.card)
    if not against:
        networks["bfloat16"] = AmxNetwork(package.card.model_dump_json(), package.weights_path)
    rounds = [
        ({name: _threaded_rates(network, series) for name, network in networks.items()}, _torch_rates(series))
        for _ in range(ROUNDS)
    ]
    best_of_torch = max(rate for _, (rate, _) in rounds)
    limit = _matrix_product()
    rows = []
    for name in networks:
        rate, per_core = (max(column) for column in zip(*(measured[name] for measured, _ in rounds), strict=True))
        ratio = rate / best_of_torch
        rows.append(
            {
                "name": f"LSTM inference, 12 × 9, 2 × 128 units, 16 classes, {name}",
                "ours": round(rate),
                "comparison": round(best_of_torch),
                "unit": "pixels/s",
                "ratio": round(ratio, 2),
                "target": f">= {LEAST_PER_S:.0f} and >= {LEAST_RATIO} × nn.LSTM",
                "ok": rate >= LEAST_PER_S and ratio >= LEAST_RATIO,
                "note": f"{CORES} threads, {rate * FLOP_PER_SERIES / 1e9:.0f} GFLOP/s; a product of float32 matrices "
                f"does {limit:.0f} in the same run: {1e9 * limit / FLOP_PER_SERIES:.0f} pixels/s at most in float32; "
                f"comparison: nn.LSTM fed {len(series)} at once; {per_core:.0f} per core-second",
            }
        )
    return [*rows, _agreement(networks, package.card.inputs.periods.first_month or 1, against)]


def _agreement(networks: dict[str, Network], first_month: int, against: str) -> dict[str, Any]:
    """Compare the classes of trained weights in bfloat16 with those in float32, on series of the made test tile."""
    row = {"name": "LSTM inference in bfloat16, classes as in float32, trained weights", "ours": None,
           "comparison": None, "unit": "%", "ratio": None, "target": f">= {LEAST_AGREEMENT}", "ok": True}  # fmt: skip
    if against:
        return {**row, "note": f"not run: {against}"}
    looks = made_looks(MADE_SERIES, 0, [TEST_TILE, VALIDATION_TILE, "32TNT"])
    made = to_samples(looks["test"], "test", first_month).x
    same = networks["bfloat16"](made).argmax(axis=1) == networks["float32"](made).argmax(axis=1)
    share = 100 * float(same.mean())
    note = f"the network that comes along, {len(made)} series of the made tile {TEST_TILE}"
    return {**row, "ours": round(share, 2), "ok": share >= LEAST_AGREEMENT, "note": note}


def _threaded_rates(network: Network, series: Floats) -> tuple[float, float]:
    parts = np.array_split(series, len(series) // 2048)
    with ThreadPoolExecutor(CORES) as threads:
        list(threads.map(network, [series[:256]] * 2 * CORES))
        return _rates(lambda: list(threads.map(network, parts)), len(series))


def _matrix_product(size: int = 2048, rounds: int = 10) -> float:
    """Return the GFLOP/s of a product of matrices in 32 bits on all cores: what an LSTM could reach at most."""
    torch.set_num_threads(CORES)
    a, b = torch.randn(size, size), torch.randn(size, size)
    torch.matmul(a, b)
    began = time.perf_counter()
    for _ in range(rounds):
        torch.matmul(a, b)
    return rounds * 2 * size**3 / (time.perf_counter() - began) / 1e9


def _torch_rates(series: Floats) -> tuple[float, float]:
    torch.set_num_threads(CORES)
    torch.manual_seed(0)
    lstm, head = torch.nn.LSTM(len(BANDS), 128, 2, batch_first=True).eval(), torch.nn.Linear(128, len(CLASSES))

    def whole() -> None:
        with torch.inference_mode():
            torch.softmax(head(lstm(torch.from_numpy(series))[0][:, -1]), dim=1)

    return _rates(whole, len(series))


def tiles(folder: Path) -> list[dict[str, Any]]:
    """Measure the whole service on a piece of a tile, with and without a mask of two fifths; extrapolate."""
    stack = write_stack(folder / "stack")
    mask = write_mask(folder / "mask.tif")
    values = {"stack": str(stack), "device": "cpu"}
    run_service(get_service("crop_lstm_predict"), {**values, "aoi": _corner()}, folder / "warm")
    whole = _seconds(lambda: run_service(get_service("crop_lstm_predict"), values, folder / "whole"))
    masked = _seconds(
        lambda: run_service(get_service("crop_lstm_predict"), {**values, "mask_raster": str(mask)}, folder / "masked")
    )
    factor = (TILE_EDGE / EDGE) ** 2 / 60
    rows = (("a full tile", whole, ""), ("a tile, 40 % crop mask", masked, f"{masked / whole:.0%} of the time without"))
    return [
        {
            "name": f"LSTM-predict, {name}",
            "ours": round(seconds * factor, 1),
            "comparison": None,
            "unit": "min",
            "ratio": None,
            "target": "printed",
            "ok": True,
            "note": f"extrapolated from {EDGE}² pixels, reading and writing included. {words}".strip(),
        }
        for name, seconds, words in rows
    ]


def on_gpu(package: Package) -> dict[str, Any]:
    """Measure on a graphics card where one is at hand."""
    row = {
        "name": "LSTM inference on a graphics card",
        "ours": None,
        "comparison": None,
        "unit": "pixels/s",
        "ratio": None,
        "target": f">= {LEAST_ON_GPU_PER_S:.0f}",
    }
    if not torch.cuda.is_available():
        return {**row, "ok": True, "note": "not run: there is no graphics card here"}
    network = TorchNetwork(package.card.model_dump_json(), package.weights_path)
    series = np.random.default_rng(0).random((SERIES_ON_GPU, PERIODS, len(BANDS)), np.float32)
    network(series[:GPU_BATCH])
    rate = _rate(lambda: network(series), len(series))
    name = torch.cuda.get_device_name()
    note = f"{name}, batches of {GPU_BATCH}, {rate * FLOP_PER_SERIES / 1e12:.1f} TFLOP/s, series copied there and back"
    return {**row, "ours": round(rate), "ok": rate >= LEAST_ON_GPU_PER_S, "note": note}


def forecast(folder: Path) -> list[dict[str, Any]]:
    """Train on the first years of the real series and forecast the last, beside the references."""
    name = "LSTM-NDVI, RMSE on real years"
    if not THEIA.is_dir():
        note = "not run: the real series is not here"
        return [{"name": name, "ours": None, "comparison": None, "unit": "NDVI", "ratio": None, "target": "below both",
                 "ok": True, "note": note}]  # fmt: skip
    values = {"scenes": [str(THEIA)], "start": "2016-01-01", "bands": "B04,B8A"}
    run_service(get_service("s2_harmonisation"), values, folder / "years")
    values = {"stack": str(folder / "years"), "epochs": 10, "pixels": 1500}
    run_service(get_service("ndvi_lstm_train"), values, folder / "ndvi")
    card = json.loads((folder / "ndvi/card.json").read_text())
    test = card["forecast"]["test"]
    own = _together(test["rmse"])
    rows = []
    for reference in ("persistence", "climatology"):
        other = _together(test[f"rmse_{reference}"])
        note = ", ".join(f"{a:.3f}/{b:.3f}" for a, b in zip(test["rmse"], test[f"rmse_{reference}"], strict=True))
        rows.append(
            {
                "name": f"{name} beside {reference}",
                "ours": round(own, 4),
                "comparison": round(other, 4),
                "unit": "NDVI",
                "ratio": round(own / other, 3),
                "target": "< 1",
                "ok": own < other,
                "note": f"1, 2, 3 months ahead: {note}; {test['coverage']:.0%} inside the 90 % interval; "
                f"{card['data']['split']}",
            }
        )
    return rows


def write_stack(folder: Path) -> Path:
    """Write twelve months of nine bands, plausible numbers."""
    folder.mkdir()
    specs = [BandSpec(b, "uint16", nodata=0, scale=1e-4, offset=-0.1, unit="1") for b in BANDS]
    shape = (PERIODS, len(BANDS), EDGE, EDGE)
    values = np.random.default_rng(0).integers(1500, 5000, shape).astype(np.uint16)
    with create_stack(folder, "COG", _grid(), months(date(2018, 9, 1), PERIODS), specs, threads=CORES) as writer:
        writer.write(next(_grid().blocks(EDGE)), values)
    return folder


def write_mask(path: Path) -> Path:
    """Write a crop mask of fields that hold two fifths of the pixels."""
    fields = np.random.default_rng(0).random((EDGE // 32, EDGE // 32)) < MASKED
    mask = np.kron(fields, np.ones((32, 32))).astype(np.uint8)
    profile = {"crs": _grid().crs, "transform": _grid().transform, "dtype": "uint8", "count": 1}
    with rasterio.open(path, "w", driver="GTiff", width=EDGE, height=EDGE, **profile) as target:
        target.write(mask, 1)
    return path


def _grid() -> Grid:
    return Grid("EPSG:32633", Affine(10, 0, 600_000, 0, -10, 5_300_000), EDGE, EDGE)


def _corner() -> str:
    grid = _grid()
    return Grid(grid.crs, grid.transform, 64, 64).footprint().wkt


def _rates(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Return how many in a second, and in a second of one core."""
    began = time.process_time()
    wall = _rate(work, count)
    return wall, count / (time.process_time() - began)


def _rate(work: Callable[[], object], count: int) -> float:
    return count / _seconds(work)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _together(rmse: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(rmse))))
