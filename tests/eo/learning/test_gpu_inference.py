"""The torch engine, on the processor: the same as the ONNX file; too little memory halves the batch once."""

from pathlib import Path

import numpy as np
import pytest
import torch
from small_models import write_small_model

from eo.errors import OutOfDeviceMemory
from eo.learning import gpu_inference
from eo.learning.gpu_inference import TorchNetwork
from eo.learning.inference import OnnxNetwork


@pytest.fixture
def network(tmp_path: Path) -> TorchNetwork:
    card = write_small_model(tmp_path)
    return TorchNetwork(card.model_dump_json(), tmp_path / card.weights.file, "cpu", batch=64)


@pytest.fixture
def series() -> np.ndarray:
    values = np.random.default_rng(0).random((200, 4, 3), np.float32)
    values[::5, 2] = np.nan
    return values


def crowd(network: TorchNetwork, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let the device hold at most so many series, as a graphics card with little memory would."""
    module = gpu_inference._loaded(network).module
    forward = module.forward

    def crowded(series: torch.Tensor) -> torch.Tensor:
        if len(series) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(series)

    monkeypatch.setattr(module, "forward", crowded)


def test_it_says_what_the_onnx_file_says(network: TorchNetwork, series: np.ndarray, tmp_path: Path) -> None:
    np.testing.assert_allclose(network(series), OnnxNetwork(tmp_path / "model.onnx")(series), atol=1e-5)
    assert network.remark() is None


def test_the_batch_is_halved_once_and_it_is_said(network, series, monkeypatch) -> None:
    expected = network(series)
    crowd(network, monkeypatch, most=32)
    np.testing.assert_allclose(network(series), expected, atol=1e-6)
    assert network.remark() == ("The device had too little memory for 64 series at once: 32 at once were taken.")


def test_a_second_time_it_gives_up_in_words(network, series, monkeypatch) -> None:
    crowd(network, monkeypatch, most=10)
    with pytest.raises(OutOfDeviceMemory, match="too little memory even for 32 series") as refused:
        network(series)
    assert "cpu" in refused.value.hint


def test_a_device_that_is_not_there_is_said(network: TorchNetwork, series: np.ndarray) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a graphics card")
    away = TorchNetwork(network.card, network.weights, "cuda")
    with pytest.raises(OutOfDeviceMemory, match="device cuda cannot be used"):
        away(series)
