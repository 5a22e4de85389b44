"""LSTMs in bfloat16 beside the same weights in float32: other numbers, the same classes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from small_models import write_small_model

import eo
from eo.io.model_package import Package, open_package
from eo.learning import lstm_amx
from eo.learning.inference import OnnxNetwork
from eo.learning.lstm_amx import AmxNetwork, fits, rounded, widened

SHIPPED = Path(eo.__file__).parent / "data/models/timesen2crop-lstm"


def series(package: Package, count: int, seed: int = 0) -> np.ndarray:
    """Series like those that the network was trained on, a fifth of the periods unseen."""
    normalisation = package.card.inputs.normalisation
    shape = (count, package.card.inputs.periods.count, len(package.card.inputs.bands))
    random = np.random.default_rng(seed)
    x = np.float32(normalisation.mean) + np.float32(normalisation.std) * random.standard_normal(shape, np.float32)
    x[random.random(shape[:2]) < 0.2] = np.nan
    return x


@pytest.fixture
def shipped() -> Package:
    package = open_package(SHIPPED)
    if against := fits(package.card):
        pytest.skip(against)
    return package


def network_of(package: Package) -> AmxNetwork:
    return AmxNetwork(package.card.model_dump_json(), package.weights_path)


def test_trained_weights_give_the_classes_of_float32(shipped: Package) -> None:
    x = series(shipped, 20_000)
    ours, expected = network_of(shipped)(x), OnnxNetwork(shipped.onnx_path)(x)
    assert (ours.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.995
    np.testing.assert_allclose(ours, expected, atol=0.03)
    assert abs(ours - expected).mean() < 5e-4
    np.testing.assert_allclose(ours.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 31, 64, 65, 200])
def test_any_number_of_series_at_once(shipped: Package, count: int) -> None:
    x = series(shipped, 200)
    np.testing.assert_array_equal(network_of(shipped)(x[:count]), network_of(shipped)(x)[:count])


@pytest.mark.parametrize(
    ("layers", "units", "bands", "periods", "outputs"), [(1, 32, 1, 1, 2), (3, 64, 13, 7, 5), (2, 96, 22, 24, 17)]
)
def test_other_sizes(
    shipped: Package, tmp_path: Path, layers: int, units: int, bands: int, periods: int, outputs: int
) -> None:
    write_small_model(tmp_path, periods=periods, bands=bands, classes=outputs, layers=layers, units=units)
    package = open_package(tmp_path)
    x = series(package, 100)
    np.testing.assert_allclose(network_of(package)(x), OnnxNetwork(package.onnx_path)(x), atol=5e-3)


def test_bfloat16_is_that_of_torch() -> None:
    values = np.random.default_rng(0).standard_normal(10_000).astype(np.float32)
    values[:3] = [0.0, 1.00390625, 1.01171875]  # ties: to even, down and up
    expected = torch.from_numpy(values).bfloat16()
    np.testing.assert_array_equal(rounded(values), expected.view(torch.int16).numpy().view(np.uint16))
    np.testing.assert_array_equal(widened(rounded(values)), expected.float().numpy())


def test_what_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    card = open_package(SHIPPED).card
    monkeypatch.setattr(lstm_amx, "_flags", lambda: lstm_amx.NEEDED - {"amx_bf16"})
    assert fits(card) == "the processor lacks amx_bf16"
    monkeypatch.setattr(lstm_amx, "_flags", lambda: lstm_amx.NEEDED)
    monkeypatch.setattr(lstm_amx, "_library", lstm_amx._library.__wrapped__)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fits(card) == "its code could not be compiled: there is no C compiler (apt-get install gcc)"
    both_ways = card.architecture.model_copy(update={"settings": card.architecture.settings | {"bidirectional": True}})
    assert "one direction" in fits(card.model_copy(update={"architecture": both_ways}))
    other = card.architecture.model_copy(update={"network": "tempcnn"})
    assert fits(card.model_copy(update={"architecture": other})) == "it is for LSTMs, the model is a tempcnn"
