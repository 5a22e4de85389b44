"""Real composites, end to end: a season over Belgium with the nine bands, and a series of scenes over France."""

import json
from pathlib import Path

import numpy as np
import rasterio
from predictable import write_model
from small_models import write_small_model

from eo.io.time_stack import open_stack
from eo.learning.inference import OnnxNetwork, series_of
from eo.timeseries.timesen2crop import BANDS, CLASSES
from services.core.runner import run
from services.crop_lstm_predict import SERVICE


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read()


def season_model(folder: Path) -> Path:
    """Write a network of fresh weights that takes the nine bands of twelve months."""
    inputs = {
        "bands": BANDS,
        "periods": {"count": 12, "first_month": 11},
        "normalisation": {"mean": [0.2] * 9, "std": [0.1] * 9},
    }
    outputs = {"classes": [c.model_dump() for c in CLASSES]}
    write_small_model(folder, periods=12, bands=9, classes=16, inputs=inputs, outputs=outputs)
    return folder


def test_twelve_real_months_of_nine_bands(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "crops" / "worldcereal_preprocessed_inputs.nc"
    model = season_model(tmp_path / "model")
    values = {"stack": str(source), "model": str(model), "stand_ins": "B8A=B08"}
    item = run(SERVICE, values, tmp_path / "out")
    assert [p["label"] for p in item["properties"]["groundwork:periods"]][::11] == ["2020-11", "2021-10"]
    classes = read(tmp_path / "out" / "crop_map.tif")[0]
    probabilities = read(tmp_path / "out" / "probabilities.tif")
    assert classes.shape == (100, 100)
    stack = open_stack(source).with_bands([b if b != "B8A" else "B08" for b in BANDS])
    window = next(stack.grid.blocks(100))
    flat = stack.read(window).reshape(12, 9, -1)
    chosen = np.flatnonzero(classes.ravel() != 255)
    expected = OnnxNetwork(model / "model.onnx", batch=4096)(series_of(flat, chosen))
    values = np.array([c.value for c in CLASSES])[expected.argmax(axis=1)]
    np.testing.assert_array_equal(classes.ravel()[chosen], values)
    np.testing.assert_allclose(probabilities.reshape(16, -1)[:, chosen].T / 200, expected, atol=0.0026)
    seen = (flat != 0).all(axis=1).sum(axis=0)
    np.testing.assert_array_equal(classes.ravel() == 255, seen < 6)
    table = json.loads((tmp_path / "out" / "areas.json").read_text())
    assert table["classified"]["pixels"] == len(chosen)
    assert 0.99 < table["classified"]["area_ha"] / (len(chosen) / 100) < 1.01


def test_real_scenes_of_three_months(shared_data: Path, tmp_path: Path) -> None:
    scenes = shared_data / "s2" / "fordead_theia_T31UFQ" / "SENTINEL" / "ZoneTest"
    values = {"scenes": [str(scenes)], "start": "2018-04-01", "model": str(write_model(tmp_path / "model"))}
    item = run(SERVICE, values, tmp_path / "out")
    classes = read(tmp_path / "out" / "crop_map.tif")[0]
    assert classes.shape == (80, 80)
    assert len([n for n in item["assets"] if n.startswith("composite")]) == 3
    green = (classes == 20).sum() / (classes != 255).sum()
    assert green > 0.95  # a forest in spring: near infrared is brighter than red
