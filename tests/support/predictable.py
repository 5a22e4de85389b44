"""A stack of composites and a network over it whose answers are worked by hand."""

from datetime import date
from pathlib import Path

import numpy as np
import torch
from affine import Affine
from onnx_models import write_linear
from small_models import card_parts

from eo.io.band_spec import BandSpec
from eo.io.grid import Grid
from eo.io.model_package import write_package
from eo.io.time_stack_writer import create_stack
from eo.learning.networks import build, weights_of
from eo.learning.settings import settings_for
from eo.timeseries.periods import months

BANDS = ("B04", "B8A")
WEIGHTS = np.array([[20.0, 0.0, 10.0], [0.0, 20.0, 10.0]])
"""Bands, classes: class 10 where red is brighter, class 20 where near infrared is, class 30 never quite."""
CLASSES = [
    {"value": 10, "name": "Bare soil", "colour": "#c9a227"},
    {"value": 20, "name": "Winter Wheat", "colour": "#2f7d32"},
    {"value": 30, "name": "Maize", "colour": "#1565c0"},
]
GRID = Grid("EPSG:32631", Affine(10, 0, 600_000, 0, -10, 5_400_000), 40, 30)


def write_model(folder: Path, *, bands: tuple[str, ...] = BANDS, periods: int = 3, **changes) -> Path:
    """Write a package whose ONNX file is linear in the mean of each band over the periods."""
    torch.manual_seed(0)
    settings = settings_for("lstm", periods, len(bands), len(CLASSES), hidden_units=4)
    weights = weights_of(build("lstm", settings))
    parts = card_parts("lstm", settings, sum(w.size for w in weights.values()))
    parts["inputs"] |= {"bands": list(bands), "periods": {"count": periods, "first_month": 4}}
    parts["outputs"] = {"classes": CLASSES}
    weights_by_band = dict(zip(BANDS, WEIGHTS, strict=True))
    folder.mkdir(parents=True, exist_ok=True)
    onnx = write_linear(folder / "model.onnx", np.array([weights_by_band[b] for b in bands]), periods).read_bytes()
    write_package(folder, parts | changes, weights, onnx)
    return folder


def write_stack(
    folder: Path,
    reflectance: np.ndarray,
    *,
    bands: tuple[str, ...] = BANDS,
    grid: Grid = GRID,
    first: date = date(2018, 4, 1),
    format: str = "COG",
) -> Path:
    """Write (periods, bands, rows, columns) of reflectance, NaN for no data, as months from `first` on."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = np.where(np.isnan(reflectance), 0, np.round((np.nan_to_num(reflectance) + 0.1) * 10_000))
    specs = [BandSpec(b, "uint16", nodata=0, scale=1e-4, offset=-0.1, unit="1") for b in bands]
    with create_stack(folder, format, grid, months(first, len(reflectance)), specs) as writer:
        for window in grid.blocks(512):
            rows, columns = window.toslices()
            writer.write(window, stored[:, :, rows, columns].astype(np.uint16))
    return folder


def fields(periods: int = 3, grid: Grid = GRID) -> np.ndarray:
    """Return reflectance (periods, red and near infrared, rows, columns): bare soil in the west, wheat in the east."""
    scene = np.empty((periods, 2, grid.height, grid.width))
    scene[:, 0], scene[:, 1] = 0.3, 0.1
    half = grid.width // 2
    scene[:, 0, :, half:], scene[:, 1, :, half:] = 0.05, 0.45
    return scene
