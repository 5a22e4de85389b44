"""The network of a forecast: quantiles of the periods ahead, as changes from what was last seen; they never cross.

Loss: the pinball loss (Koenker, Bassett 1978, doi:10.2307/1913643). The median is one output, each quantile beyond it
adds a positive step (softplus), so that they keep their order (Park et al. 2022, arXiv:2111.06581, section 3).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eo.learning.card import ModelCard
from eo.learning.forecast_data import middle_of
from eo.learning.onnx_export import add_network, normalise
from eo.learning.onnx_graph import BATCH, OnnxGraph
from eo.learning.settings import Network, Settings

Levels = tuple[float, ...]
LEVELS: Levels = (0.05, 0.25, 0.5, 0.75, 0.95)


def mixing(levels: Levels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what outputs and their softplus are multiplied by, each (levels, levels), to give ordered quantiles."""
    middle, count = middle_of(levels), len(levels)
    k, j = np.indices((count, count))
    median = (k == middle).astype(np.float32)
    steps = ((middle < k) & (k <= j)).astype(np.float32) - ((j <= k) & (k < middle)).astype(np.float32)
    return median, steps


def ordered(outputs: Tensor, levels: Levels) -> Tensor:
    """Return quantiles (batch, horizon, levels), rising, out of a network's (batch, horizon × levels)."""
    median, steps = (torch.from_numpy(m).to(outputs) for m in mixing(levels))
    raw = outputs.reshape(len(outputs), -1, len(levels))
    return raw @ median + nn.functional.softplus(raw) @ steps


def pinball(levels: Levels) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the loss of each sample: outputs (batch, horizon × levels) against (batch, horizon), NaN counting not."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        found = ordered(outputs, levels)
        q = torch.tensor(levels).to(found)
        seen = torch.isfinite(targets)
        error = torch.nan_to_num(targets).unsqueeze(-1) - found
        each = torch.maximum(q * error, (q - 1) * error).mean(dim=-1) * seen
        return each.sum(dim=-1) / seen.sum(dim=-1).clamp(min=1)

    return loss


class Forecaster(nn.Module):
    """From NDVI with gaps to quantiles: what the ONNX file of a forecast does."""

    def __init__(self, network: nn.Module, card: ModelCard) -> None:
        super().__init__()
        self.network, self.levels = network, card.outputs.quantiles
        self.mean, self.std = card.inputs.normalisation.mean[0], card.inputs.normalisation.std[0]

    def forward(self, ndvi: Tensor) -> Tensor:
        """Return (batch, horizon, levels) of (batch, periods)."""
        scaled = torch.nan_to_num((ndvi - self.mean) / self.std, nan=0.0)
        last = torch.full_like(ndvi[:, 0], self.mean)
        for column in ndvi.unbind(dim=1):
            last = torch.where(torch.isnan(column), last, column)
        changes = ordered(self.network(scaled.unsqueeze(-1)), self.levels)
        return last[:, None, None] + changes * self.std


def export_forecast(
    network: Network,
    settings: Settings,
    weights: Mapping[str, NDArray[np.float32]],
    mean: float,
    std: float,
    levels: Sequence[float],
) -> bytes:
    """Return a forecast from `ndvi` (batch, periods), NaN for gaps, to `quantiles` (batch, horizon, levels)."""
    levels = tuple(levels)
    horizon = settings.outputs // len(levels)
    graph = OnnxGraph("ndvi", (BATCH, settings.periods))
    series = graph.node("Unsqueeze", graph.input, graph.constant([2]))
    scaled = normalise(graph, series, [mean], [std])
    outputs = add_network(graph, network, settings, weights, scaled)
    raw = graph.node("Reshape", outputs, graph.constant([-1, horizon, len(levels)]))
    median, steps = (graph.constant(m) for m in mixing(levels))
    grown = graph.node("MatMul", graph.node("Softplus", raw), steps)
    changes = graph.node("Add", graph.node("MatMul", raw, median), grown)
    wide = graph.node("Mul", changes, graph.constant(float(std)))
    result = graph.node("Add", wide, _last_seen(graph, series, settings.periods, mean))
    return graph.finish("quantiles", result, (BATCH, horizon, len(levels)))


def _last_seen(graph: OnnxGraph, series: str, periods: int, mean: float) -> str:
    """Add the last value that is no gap, (batch, 1, 1); `mean` where there is none."""
    missing = graph.node("IsNaN", series)
    last = graph.constant(np.full((1, 1, 1), mean, np.float32))
    for period in range(periods):
        index = graph.constant(np.array([period]))
        value, gap = (graph.node("Gather", source, index, axis=1) for source in (series, missing))
        last = graph.node("Where", gap, last, value)
    return last
