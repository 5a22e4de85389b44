"""Small networks as ONNX files, built node by node: an LSTM with given weights, and one whose answers are worked by
hand."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write_linear(path: Path, weights: np.ndarray, periods: int, *, mean: float = 0.0, std: float = 1.0) -> Path:
    """Write a network whose scores are weights (bands, classes) times each band's mean over the periods; gaps count 0.

    Scores go through a softmax.
    """
    bands, classes = weights.shape
    nodes = [
        *_cleaned(),
        helper.make_node("ReduceMean", ["filled", "axes"], ["mean_over_time"], keepdims=0),
        helper.make_node("MatMul", ["mean_over_time", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    constants = {"axes": np.array([1], np.int64), "weights": weights.astype(np.float32), **_numbers(bands, mean, std)}
    return _save(path, nodes, constants, (periods, bands), classes)


def write_lstm(path: Path, lstm, head, periods: int) -> Path:
    """Write a torch `nn.LSTM` (batch first, one direction) and a linear layer on its last step, softmax after it."""
    bands, hidden = lstm.input_size, lstm.hidden_size
    constants = _numbers(bands, 0.0, 1.0)
    nodes = [*_cleaned(), helper.make_node("Transpose", ["filled"], ["h0"], perm=[1, 0, 2])]
    for layer in range(lstm.num_layers):
        for name, kind in (("w", "weight_ih"), ("r", "weight_hh")):
            constants[f"{name}{layer}"] = _gates(getattr(lstm, f"{kind}_l{layer}"), hidden)[None]
        biases = [_gates(getattr(lstm, f"{kind}_l{layer}"), hidden) for kind in ("bias_ih", "bias_hh")]
        constants[f"b{layer}"] = np.concatenate(biases)[None]
        outputs = [f"y{layer}", f"last{layer}"]
        nodes.append(
            helper.make_node("LSTM", [f"h{layer}", f"w{layer}", f"r{layer}", f"b{layer}"], outputs, hidden_size=hidden)
        )
        nodes.append(helper.make_node("Squeeze", [f"y{layer}", "one"], [f"h{layer + 1}"]))
    constants |= {
        "one": np.array([1], np.int64),
        "zero": np.array([0], np.int64),
        "head": head.weight.detach().numpy().T.copy(),
        "bias": head.bias.detach().numpy(),
    }
    nodes += [
        helper.make_node("Squeeze", [f"last{lstm.num_layers - 1}", "zero"], ["last"]),
        helper.make_node("MatMul", ["last", "head"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    return _save(path, nodes, constants, (periods, bands), head.out_features)


def _gates(weights, hidden: int) -> np.ndarray:
    """Return torch's gates (i, f, g, o) in the order of ONNX (i, o, f, c)."""
    i, f, g, o = np.split(weights.detach().numpy(), 4)
    return np.concatenate([i, o, f, g]).astype(np.float32)


def _cleaned() -> list:
    return [
        helper.make_node("Sub", ["series", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "std"], ["scaled"]),
        helper.make_node("IsNaN", ["series"], ["gap"]),
        helper.make_node("Where", ["gap", "nothing", "scaled"], ["filled"]),
    ]


def _numbers(bands: int, mean: float, std: float) -> dict[str, np.ndarray]:
    return {
        "mean": np.full(bands, mean, np.float32),
        "std": np.full(bands, std, np.float32),
        "nothing": np.zeros((), np.float32),
    }


def _save(path: Path, nodes: list, constants: dict[str, np.ndarray], shape: tuple[int, int], classes: int) -> Path:
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("series", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", classes])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
