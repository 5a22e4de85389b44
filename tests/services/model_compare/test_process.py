"""Two models on the same samples: numbers worked by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
from predictable import BANDS, CLASSES, write_model
from small_models import write_small_model

from eo.io.sample_arrays import SampleMeta, Samples, write_samples
from eo.learning.card import CropClass, Periods
from services.core.errors import BadInput, InvalidParameters
from services.core.preflight import check
from services.core.runner import run
from services.core.validation import validate
from services.model_compare import SERVICE
from services.model_compare.process import mcnemar

SOIL, WHEAT = (0.3, 0.1), (0.05, 0.45)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Ten samples of the test part: six of soil, four of wheat; one of each is labelled as the other."""
    x = np.array([SOIL] * 6 + [WHEAT] * 4, np.float32)[:, None, ::-1].repeat(3, axis=1)  # near infrared first
    y = np.array([10] * 5 + [20] + [20] * 3 + [10])
    meta = SampleMeta(
        bands=BANDS[::-1],
        classes=[CropClass.model_validate(c) for c in CLASSES],
        periods=Periods(count=3, first_month=4),
        part="test",
    )
    write_samples(tmp_path / "data" / "samples_test", Samples(x, y, meta))
    return tmp_path / "data"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """One that tells soil from wheat, and one that calls all wheat."""
    import predictable

    good = write_model(tmp_path / "good", name="Good")
    monkeypatch.setattr(predictable, "WEIGHTS", np.array([[0.0, 20, 0], [0.0, 20, 0]]))
    return good, write_model(tmp_path / "blind", name="Blind")


def test_numbers_side_by_side(data: Path, models, tmp_path: Path) -> None:
    good, blind = models
    values = {"model_a": str(good), "model_b": str(blind), "data": str(data)}
    item = run(SERVICE, values, tmp_path / "out")
    table = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert table["samples"] == 10
    assert [m["name"] for m in table["models"]] == ["Good", "Blind"]
    assert table["numbers"]["overall_accuracy"] == [0.8, 0.4]
    assert table["numbers"]["balanced_accuracy"] == pytest.approx([(5 / 6 + 3 / 4) / 2, 0.5])
    assert table["numbers"]["kappa"] == pytest.approx([(0.8 - 0.52) / 0.48, 0.0])  # by chance 0.6 · 0.6 + 0.4 · 0.4
    by_class = {row["name"]: row for row in table["classes"]}
    assert by_class["Winter Wheat"]["f1"] == pytest.approx([0.75, 2 * 4 / 14])
    assert by_class["Maize"]["samples"] == 0
    # only the first is right on five of soil, only the second on the wheat that looks like soil
    assert table["mcnemar"] == {"only_first_right": 5, "only_second_right": 1, "p_value": pytest.approx(0.21875)}
    assert (tmp_path / "out" / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert item["assets"]["comparison"]["groundwork:comparison"]["overall_accuracy"] == [0.8, 0.4]
    assert table["remarks"] == []


def test_mcnemar_by_hand() -> None:
    assert mcnemar(0, 0)["p_value"] == 1
    assert mcnemar(10, 0)["p_value"] == pytest.approx(2 / 2**10)
    assert mcnemar(40, 20)["p_value"] == pytest.approx(0.0142, abs=1e-4)  # (|40 − 20| − 1)² / 60 = 6.017


def test_samples_that_were_trained_on_are_remarked(data: Path, models, tmp_path: Path) -> None:
    from eo.io.sample_arrays import read_samples

    sha256 = read_samples(data / "samples_test").sha256
    card = json.loads((models[0] / "card.json").read_text())
    card["data"]["sha256"] = sha256
    (models[0] / "card.json").write_text(json.dumps(card))
    values = {"model_a": str(models[0]), "model_b": str(models[1]), "data": str(data)}
    answer = check(SERVICE, validate(SERVICE, values))
    assert answer["valid"]
    assert [f["code"] for f in answer["findings"]] == ["models", "samples", "flattered"]


def test_what_does_not_fit_together_is_refused(data: Path, models, tmp_path: Path) -> None:
    good, _ = models
    write_small_model(tmp_path / "other", periods=3)
    longer = write_model(tmp_path / "longer", periods=4)
    for other, code in ((tmp_path / "other", "wrong_model"), (longer, "period_mismatch")):
        with pytest.raises(BadInput) as refused:
            values = {"model_a": str(good), "model_b": str(other), "data": str(data)}
            run(SERVICE, values, tmp_path / "out")
        assert refused.value.code == code
    with pytest.raises(BadInput, match="no samples of the part validation; there is: samples_test"):
        values = {"model_a": str(good), "model_b": str(good), "data": str(data), "part": "validation"}
        run(SERVICE, values, tmp_path / "out")
    with pytest.raises(InvalidParameters, match="model_b: give a model"):
        validate(SERVICE, {"model_a": "x", "data": "y"})


def test_forecasts_are_measured_on_the_same_windows(tmp_path: Path) -> None:
    import torch
    from small_models import card_parts

    from eo.io.model_package import write_package
    from eo.learning.forecast import LEVELS, export_forecast
    from eo.learning.networks import build, weights_of
    from eo.learning.settings import settings_for

    for past in (2, 4):
        torch.manual_seed(0)
        settings = settings_for("lstm", past, 1, len(LEVELS), hidden_units=4)
        weights = {name: np.zeros_like(w) for name, w in weights_of(build("lstm", settings)).items()}
        parts = card_parts("lstm", settings, sum(w.size for w in weights.values())) | {
            "task": "ndvi_forecast",
            "inputs": {"bands": ["NDVI"], "periods": {"count": past}, "normalisation": {"mean": [0.5], "std": [0.1]}},
            "outputs": {"horizon": 1, "quantiles": LEVELS},
        }
        onnx = export_forecast("lstm", settings, weights, 0.5, 0.1, LEVELS)
        write_package(tmp_path / f"past{past}", parts, weights, onnx)
    x = np.random.default_rng(0).uniform(0.1, 0.5, (30, 6, 2)).astype(np.float32)
    classes = [CropClass.model_validate(c) for c in CLASSES]
    meta = SampleMeta(bands=BANDS, classes=classes, periods=Periods(count=6, first_month=4))
    write_samples(tmp_path / "data", Samples(x, np.full(30, 10), meta))
    values = {"model_a": str(tmp_path / "past2"), "model_b": str(tmp_path / "past4"), "data": str(tmp_path / "data")}
    run(SERVICE, values, tmp_path / "out")
    table = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert table["samples"] == 60
    assert table["numbers"]["rmse"][0] == table["numbers"]["rmse"][1]  # both say that what was last seen stays
    assert table["numbers"]["rmse"][0] == pytest.approx(table["references"]["persistence"], rel=1e-5)
