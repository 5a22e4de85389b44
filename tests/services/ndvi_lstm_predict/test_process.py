"""Forecasts of NDVI by a network whose answers are known: the last value seen, half up and half down."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from green_years import GRID, green_ndvi, write_green_years
from predictable import write_model
from small_models import card_parts

from eo.io.model_package import write_package
from eo.learning.forecast import LEVELS, export_forecast
from eo.learning.networks import build, weights_of
from eo.learning.settings import settings_for
from services.core.errors import BadInput, InvalidParameters
from services.core.preflight import check
from services.core.runner import run
from services.core.validation import validate
from services.ndvi_lstm_predict import SERVICE

STD = 0.1
STEP = np.log(2)  # softplus of nought


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A network of noughts: the median is the last value seen, each quantile beyond it log 2 · std away."""
    torch.manual_seed(0)
    settings = settings_for("lstm", 6, 1, 2 * len(LEVELS), hidden_units=4)
    weights = {name: np.zeros_like(w) for name, w in weights_of(build("lstm", settings)).items()}
    parts = card_parts("lstm", settings, sum(w.size for w in weights.values())) | {
        "task": "ndvi_forecast",
        "inputs": {"bands": ["NDVI"], "periods": {"count": 6}, "normalisation": {"mean": [0.5], "std": [STD]}},
        "outputs": {"horizon": 2, "quantiles": LEVELS},
    }
    write_package(tmp_path / "model", parts, weights, export_forecast("lstm", settings, weights, 0.5, STD, LEVELS))
    return tmp_path / "model"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    return write_green_years(tmp_path / "stack", 10)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        assert (source.scales[0], source.nodata, source.dtypes[0]) == (1e-4, -32768, "int16")
        return source.read()


def test_median_and_interval_are_those_worked_by_hand(stack: Path, model: Path, tmp_path: Path) -> None:
    item = run(SERVICE, {"stack": str(stack), "model": str(model)}, tmp_path / "out")
    last = green_ndvi(10)[-1]
    for name, shift in (("ndvi_forecast", 0), ("ndvi_lower", -2 * STEP * STD), ("ndvi_upper", 2 * STEP * STD)):
        found = read(tmp_path / "out" / f"{name}.tif")
        assert found.shape == (2, *GRID.shape)
        np.testing.assert_allclose(found[1] * 1e-4, np.clip(last + shift, -1, 1), atol=5e-4)
    with rasterio.open(tmp_path / "out" / "ndvi_forecast.tif") as source:
        assert source.descriptions == ("2016-11", "2016-12")
    labels = [p["label"] for p in item["properties"]["groundwork:periods"]]
    assert labels == ["2016-11", "2016-12"]
    assert [p["label"] for p in item["properties"]["groundwork:seen_periods"]][::5] == ["2016-05", "2016-10"]
    assert item["properties"]["start_datetime"].startswith("2016-11-01")
    assert item["assets"]["ndvi_lower"]["title"] == "NDVI, quantile 0.05"


def test_it_forecasts_as_if_nothing_later_were_known(stack: Path, model: Path, tmp_path: Path) -> None:
    item = run(SERVICE, {"stack": str(stack), "model": str(model), "until": "2016-07-14"}, tmp_path / "out")
    assert item["properties"]["groundwork:periods"][0]["label"] == "2016-08"
    np.testing.assert_allclose(read(tmp_path / "out" / "ndvi_forecast.tif")[0] * 1e-4, green_ndvi(10)[6], atol=5e-4)


def test_pixels_seen_too_seldom_become_no_data(model: Path, tmp_path: Path) -> None:
    stack = write_green_years(tmp_path / "stack", 6, gaps=0.5)
    run(SERVICE, {"stack": str(stack), "model": str(model)}, tmp_path / "out")
    from services.prediction.ndvi import open_ndvi

    seen = np.isfinite(open_ndvi(stack, None, {}).read(next(GRID.blocks(512)))).sum(axis=1).reshape(GRID.shape)
    assert (seen < 3).any()
    np.testing.assert_array_equal(read(tmp_path / "out" / "ndvi_forecast.tif")[0] == -32768, seen < 3)


def test_too_few_periods_are_refused_with_both_numbers(model: Path, tmp_path: Path) -> None:
    short = write_green_years(tmp_path / "short", 5)
    with pytest.raises(BadInput, match="takes 6 periods; the stack has 5") as refused:
        run(SERVICE, {"stack": str(short), "model": str(model)}, tmp_path / "out")
    assert refused.value.code == "period_mismatch"


def test_a_model_of_another_task_is_refused(stack: Path, model: Path, tmp_path: Path) -> None:
    crops = write_model(tmp_path / "crops")
    with pytest.raises(BadInput, match="Small classifies crops; here one is needed that forecasts NDVI") as refused:
        run(SERVICE, {"stack": str(stack), "model": str(crops)}, tmp_path / "out")
    assert refused.value.code == "wrong_model"
    from services.crop_lstm_predict import SERVICE as CROPS

    with pytest.raises(BadInput, match="Small forecasts NDVI; here one is needed that classifies crops"):
        run(CROPS, {"stack": str(stack), "model": str(model)}, tmp_path / "out")


def test_a_dry_run_names_the_periods(stack: Path, model: Path) -> None:
    answer = check(SERVICE, validate(SERVICE, {"stack": str(stack), "model": str(model)}))
    assert answer["valid"]
    assert "forecast 2016-11 to 2016-12" in answer["findings"][1]["message"]
    assert "filled in" in answer["findings"][2]["message"]


def test_stack_and_model_are_needed() -> None:
    with pytest.raises(InvalidParameters, match="give a stack"):
        validate(SERVICE, {"model": "m"})
    with pytest.raises(InvalidParameters, match="give a model"):
        validate(SERVICE, {"stack": "s"})
