"""Forecasts: quantiles in order, the loss by hand, the ONNX file the same as torch."""

from pathlib import Path

import numpy as np
import pytest
import torch

from eo.learning.card import ModelCard
from eo.learning.forecast import LEVELS, Forecaster, export_forecast, mixing, ordered, pinball
from eo.learning.inference import OnnxNetwork
from eo.learning.networks import build, weights_of
from eo.learning.settings import settings_for

MEAN, STD = 0.5, 0.2


def test_mixing_by_hand() -> None:
    median, steps = mixing((0.1, 0.5, 0.9))
    np.testing.assert_array_equal(median, [[0, 0, 0], [1, 1, 1], [0, 0, 0]])
    np.testing.assert_array_equal(steps, [[-1, 0, 0], [0, 0, 0], [0, 0, 1]])


def test_quantiles_keep_their_order_whatever_comes_out() -> None:
    torch.manual_seed(1)
    outputs = 5 * torch.randn(200, 3 * len(LEVELS))
    found = ordered(outputs, LEVELS)
    assert found.shape == (200, 3, 5)
    assert (found.diff(dim=-1) >= 0).all()
    torch.testing.assert_close(found[:, :, 2], outputs.reshape(200, 3, 5)[:, :, 2])


def test_pinball_by_hand() -> None:
    levels = (0.1, 0.5, 0.9)
    outputs = torch.tensor([[-30.0, 1.0, -30.0]])  # all three quantiles at 1: steps of nought
    loss = pinball(levels)
    assert loss(outputs, torch.tensor([[2.0]])).item() == pytest.approx((0.1 + 0.5 + 0.9) / 3)
    assert loss(outputs, torch.tensor([[0.0]])).item() == pytest.approx((0.9 + 0.5 + 0.1) / 3)
    two = torch.cat([outputs, outputs], dim=1)
    assert loss(two, torch.tensor([[2.0, float("nan")]])).item() == pytest.approx(0.5)
    assert loss(two, torch.tensor([[float("nan")] * 2])).item() == 0


def test_quantiles_that_are_learnt_are_those_of_the_noise() -> None:
    torch.manual_seed(2)
    targets = torch.randn(2000, 1)
    outputs = torch.zeros(1, 5, requires_grad=True)
    optimizer = torch.optim.Adam([outputs], 0.1)
    for _ in range(200):
        optimizer.zero_grad()
        pinball(LEVELS)(outputs.expand(2000, 5), targets).mean().backward()
        optimizer.step()
    np.testing.assert_allclose(ordered(outputs, LEVELS)[0, 0].detach(), [-1.645, -0.674, 0, 0.674, 1.645], atol=0.12)


def test_onnx_says_what_torch_says(tmp_path: Path) -> None:
    torch.manual_seed(3)
    settings = settings_for("lstm", 6, 1, 2 * len(LEVELS), hidden_units=8)
    network = build("lstm", settings).eval()
    weights = weights_of(network)
    card = _card(settings, sum(w.size for w in weights.values()))
    series = np.random.default_rng(3).uniform(-0.2, 0.9, (50, 6)).astype(np.float32)
    series[::3, 4:] = np.nan
    series[0] = np.nan
    with torch.no_grad():
        expected = Forecaster(network, card)(torch.from_numpy(series)).numpy()
    (tmp_path / "model.onnx").write_bytes(export_forecast("lstm", settings, weights, MEAN, STD, LEVELS))
    found = OnnxNetwork(tmp_path / "model.onnx", batch=16)(series)
    assert found.shape == (50, 2, 5)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.isfinite(found).all()


def _card(settings, parameters: int) -> ModelCard:
    from small_models import card_parts

    file = {"file": "x", "sha256": "0" * 64, "size_bytes": 1}
    parts = card_parts("lstm", settings, parameters) | {
        "task": "ndvi_forecast",
        "inputs": {
            "bands": ["NDVI"],
            "periods": {"count": settings.periods},
            "normalisation": {"mean": [MEAN], "std": [STD]},
        },
        "outputs": {"horizon": 2, "quantiles": LEVELS},
    }
    return ModelCard.model_validate({**parts, "weights": file, "onnx": file})
