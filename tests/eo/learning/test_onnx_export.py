"""The ONNX files give what the networks give, from reflectance with gaps on."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from eo.learning.networks import build, weights_of
from eo.learning.onnx_export import export_classifier
from eo.learning.settings import settings_for

PERIODS, BANDS, CLASSES = 12, 4, 5
MEAN, STD = [0.1, 0.2, 0.3, 0.15], [0.05, 0.1, 0.2, 0.07]


def _exported(network, temperature=1.0, **size):
    torch.manual_seed(3)
    settings = settings_for(network, PERIODS, BANDS, CLASSES, dropout=0.5, **size)
    module = build(network, settings)
    for _ in range(3):  # batch norms that have seen something
        module(torch.randn(64, PERIODS, BANDS) * 2 + 0.5)
    module.eval()
    return module, export_classifier(network, settings, weights_of(module), MEAN, STD, temperature)


def _run(file: bytes, series):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"series": series})[0]


@pytest.mark.parametrize(
    ("network", "size"),
    [
        ("lstm", {}),
        ("lstm", {"layers": 1, "hidden_units": 8}),
        ("lstm", {"layers": 3, "hidden_units": 16, "bidirectional": True}),
        ("tempcnn", {"hidden_units": 16}),
        ("ltae", {}),
        ("transformer", {"layers": 2}),
    ],
)
@pytest.mark.parametrize("batch", [1, 7])
def test_probabilities_are_the_network_s(network, size, batch) -> None:
    module, file = _exported(network, temperature=1.7, **size)
    rng = np.random.default_rng(batch)
    series = rng.uniform(0, 0.6, (batch, PERIODS, BANDS)).astype(np.float32)
    series[rng.random(series.shape) < 0.2] = np.nan
    normalised = np.nan_to_num((series - np.float32(MEAN)) / np.float32(STD), nan=0.0)
    with torch.no_grad():
        expected = torch.softmax(module(torch.from_numpy(normalised)) / 1.7, dim=1).numpy()
    found = _run(file, series)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)


def test_a_temperature_flattens() -> None:
    series = np.full((1, PERIODS, BANDS), 0.3, np.float32)
    cold, warm = (_run(_exported("lstm", t)[1], series) for t in (0.1, 10.0))
    assert cold.max() > warm.max()
    assert warm.argmax() == cold.argmax()


def test_only_standard_operators_and_a_free_batch() -> None:
    model = onnx.load_from_string(_exported("transformer")[1])
    assert {(o.domain, o.version) for o in model.opset_import} == {("", 17)}
    dims = model.graph.input[0].type.tensor_type.shape.dim
    assert [d.dim_param or d.dim_value for d in dims] == ["batch", PERIODS, BANDS]
    assert [o.name for o in model.graph.output] == ["probabilities"]


def test_an_lstm_is_onnx_s_own() -> None:
    model = onnx.load_from_string(_exported("lstm")[1])
    assert [n.op_type for n in model.graph.node].count("LSTM") == 2
