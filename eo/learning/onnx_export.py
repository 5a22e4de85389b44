"""Networks as ONNX, whole: reflectance with gaps goes in, probabilities come out.

Normalisation, gaps (NaN → 0 after it), softmax and temperature are in the graph. Only operators of the standard domain
are used; an LSTM is ONNX's own LSTM, which runtimes are fast at.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eo.learning.networks import positions
from eo.learning.onnx_graph import BATCH, OnnxGraph
from eo.learning.settings import KERNEL, LTAE_HEADS, LTAE_KEY, TRANSFORMER_HEADS, Network, Settings

Weights = Mapping[str, NDArray[np.float32]]
NORM_EPSILON = 1e-5
SERIES, PROBABILITIES = "series", "probabilities"


def export_classifier(
    network: Network,
    settings: Settings,
    weights: Weights,
    mean: Sequence[float],
    std: Sequence[float],
    temperature: float = 1.0,
) -> bytes:
    """Return a classifier from `series` (batch, periods, bands), NaN where nothing was seen, to `probabilities`.

    Args:
        mean, std: of each band's reflectance, as in the card.
        temperature: what logits are divided by before the softmax.
    """
    graph = OnnxGraph(SERIES, (BATCH, settings.periods, settings.bands))
    series = normalise(graph, graph.input, mean, std)
    logits = add_network(graph, network, settings, weights, series)
    scaled = graph.node("Mul", logits, graph.constant(1.0 / temperature))
    shares = graph.node("Softmax", scaled, axis=-1)
    return graph.finish(PROBABILITIES, shares, (BATCH, settings.outputs))


def normalise(graph: OnnxGraph, series: str, mean: Sequence[float], std: Sequence[float]) -> str:
    """Add (series - mean) / std with zeros for NaN; mean and std are of the last dimension."""
    missing = graph.node("IsNaN", series)
    centred = graph.node("Sub", series, graph.constant(np.array(mean, np.float32)))
    scaled = graph.node("Div", centred, graph.constant(np.array(std, np.float32)))
    return graph.node("Where", missing, graph.constant(0.0), scaled)


def add_network(graph: OnnxGraph, network: Network, settings: Settings, weights: Weights, series: str) -> str:
    """Add a network over a normalised series (batch, periods, bands); return the name of its (batch, outputs)."""
    return _BODIES[network](graph, settings, weights, series)


def _linear(graph: OnnxGraph, weights: Weights, name: str, values: str) -> str:
    product = graph.node("MatMul", values, graph.constant(weights[f"{name}.weight"].T))
    return graph.node("Add", product, graph.constant(weights[f"{name}.bias"]))


def _layer_norm(graph: OnnxGraph, weights: Weights, name: str, values: str) -> str:
    scale, bias = (graph.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.node("LayerNormalization", values, scale, bias, axis=-1, epsilon=NORM_EPSILON)


def _batch_norm(graph: OnnxGraph, weights: Weights, name: str, values: str) -> str:
    parts = ("weight", "bias", "running_mean", "running_var")
    constants = [graph.constant(weights[f"{name}.{part}"]) for part in parts]
    return graph.node("BatchNormalization", values, *constants, epsilon=NORM_EPSILON)


def _lstm(graph: OnnxGraph, settings: Settings, weights: Weights, series: str) -> str:
    """The LSTM wants (periods, batch, inputs) and gives (periods, directions, batch, units)."""
    ways = 2 if settings.bidirectional else 1
    values = graph.node("Transpose", series, perm=[1, 0, 2])
    final = ""
    for layer in range(settings.layers):
        parts = [graph.constant(_gates(weights, layer, part, ways)) for part in ("weight_ih", "weight_hh", "bias")]
        attributes = {"hidden_size": settings.hidden_units, "direction": "bidirectional" if ways == 2 else "forward"}
        final = graph.node("LSTM", values, *parts, outputs=2, **attributes)
        states = graph.node("Transpose", graph.first_of(final), perm=[0, 2, 1, 3])
        values = graph.node("Reshape", states, graph.constant([0, 0, settings.hidden_units * ways]))
    last = graph.node("Transpose", final, perm=[1, 0, 2])
    return _linear(
        graph, weights, "head", graph.node("Reshape", last, graph.constant([0, settings.hidden_units * ways]))
    )


def _gates(weights: Weights, layer: int, part: str, ways: int) -> NDArray[np.float32]:
    """Return a layer's gates in ONNX's order: input, output, forget, cell; torch's is input, forget, cell, output."""
    suffixes = ("l0", "l0_reverse")[:ways]
    if part == "bias":
        rows = [
            np.concatenate([_reorder(weights[f"recurrent.{layer}.bias_{s}_{w}"]) for s in ("ih", "hh")])
            for w in suffixes
        ]
    else:
        rows = [_reorder(weights[f"recurrent.{layer}.{part}_{w}"]) for w in suffixes]
    return np.stack(rows)


def _reorder(gates: NDArray[np.float32]) -> NDArray[np.float32]:
    into, forget, cell, out = np.split(gates, 4)
    return np.concatenate([into, out, forget, cell])


def _tempcnn(graph: OnnxGraph, settings: Settings, weights: Weights, series: str) -> str:
    values = graph.node("Transpose", series, perm=[0, 2, 1])
    for layer in range(settings.layers):
        kernel, bias = (graph.constant(weights[f"convolutions.{layer}.{part}"]) for part in ("weight", "bias"))
        values = graph.node("Conv", values, kernel, bias, pads=[KERNEL // 2, KERNEL // 2])
        values = graph.node("Relu", _batch_norm(graph, weights, f"norms.{layer}", values))
    dense = _linear(graph, weights, "dense", graph.node("Flatten", values, axis=1))
    return _linear(graph, weights, "head", graph.node("Relu", _batch_norm(graph, weights, "dense_norm", dense)))


def _ltae(graph: OnnxGraph, settings: Settings, weights: Weights, series: str) -> str:
    units, heads = settings.hidden_units, LTAE_HEADS
    embedded = _layer_norm(graph, weights, "norm_in", _linear(graph, weights, "embed", series))
    values = graph.node("Add", embedded, graph.constant(positions(settings.periods, units)))
    keys = graph.node("Reshape", _linear(graph, weights, "key", values), graph.constant([0, 0, heads, LTAE_KEY]))
    products = graph.node("Mul", keys, graph.constant(weights["query"] / math.sqrt(LTAE_KEY)))
    scores = graph.node("ReduceSum", products, graph.constant([3]), keepdims=1)
    shares = graph.node("Softmax", scores, axis=1)
    split = graph.node("Reshape", values, graph.constant([0, 0, heads, units // heads]))
    pooled = graph.node("ReduceSum", graph.node("Mul", split, shares), graph.constant([1]), keepdims=0)
    mixed = _linear(graph, weights, "mix", graph.node("Reshape", pooled, graph.constant([0, units])))
    return _linear(graph, weights, "head", graph.node("Relu", _layer_norm(graph, weights, "norm_out", mixed)))


def _transformer(graph: OnnxGraph, settings: Settings, weights: Weights, series: str) -> str:
    embedded = _linear(graph, weights, "embed", series)
    values = graph.node("Add", embedded, graph.constant(positions(settings.periods, settings.hidden_units)))
    for layer in range(settings.layers):
        values = _block(graph, settings.hidden_units, weights, f"blocks.{layer}", values)
    normed = _layer_norm(graph, weights, "norm", values)
    return _linear(graph, weights, "head", graph.node("ReduceMax", normed, axes=[1], keepdims=0))


def _block(graph: OnnxGraph, units: int, weights: Weights, name: str, values: str) -> str:
    width = units // TRANSFORMER_HEADS
    joint = _linear(graph, weights, f"{name}.qkv", _layer_norm(graph, weights, f"{name}.norm_attention", values))
    split = graph.node("Reshape", joint, graph.constant([0, 0, 3, TRANSFORMER_HEADS, width]))
    parts = [graph.node("Gather", split, graph.constant(np.array(i)), axis=2) for i in range(3)]
    query = graph.node("Transpose", parts[0], perm=[0, 2, 1, 3])
    key = graph.node("Transpose", parts[1], perm=[0, 2, 3, 1])
    value = graph.node("Transpose", parts[2], perm=[0, 2, 1, 3])
    scores = graph.node("Mul", graph.node("MatMul", query, key), graph.constant(1 / math.sqrt(width)))
    heads = graph.node(
        "Transpose", graph.node("MatMul", graph.node("Softmax", scores, axis=-1), value), perm=[0, 2, 1, 3]
    )
    attended = _linear(graph, weights, f"{name}.out", graph.node("Reshape", heads, graph.constant([0, 0, units])))
    values = graph.node("Add", values, attended)
    wide = _linear(graph, weights, f"{name}.wide", _layer_norm(graph, weights, f"{name}.norm_wide", values))
    return graph.node("Add", values, _linear(graph, weights, f"{name}.narrow", graph.node("Relu", wide)))


_BODIES: Mapping[Network, Callable[[OnnxGraph, Settings, Weights, str], str]] = {
    "lstm": _lstm,
    "tempcnn": _tempcnn,
    "ltae": _ltae,
    "transformer": _transformer,
}
