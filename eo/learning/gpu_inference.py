"""Run a trained network by torch on a graphics card: large batches, one at a time, whoever asks."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from torch import Tensor, nn

from eo.errors import OutOfDeviceMemory
from eo.learning.card import ModelCard
from eo.learning.networks import build, load_weights
from eo.learning.settings import read_settings

BATCH = 65_536
_LOCK = threading.Lock()
_LOADED: "dict[TorchNetwork, _Loaded]" = {}


@dataclass(frozen=True)
class TorchNetwork:
    """The network of a package, run on a device; made and moved there when first asked.

    Args:
        card: text of the card.
        weights: the file of weights.
        batch: series at once; halved once where memory does not suffice.
    """

    card: str
    weights: Path
    device: str = "cuda"
    batch: int = BATCH
    precision: ClassVar[str] = "float32"

    def __call__(self, series: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the network says of (samples, …), as its ONNX file would.

        Raises:
            OutOfDeviceMemory: not even half of the batch fits into the device's memory, or there is no such device.
        """
        with _LOCK:
            return _loaded(self).run(series)

    def remark(self) -> str | None:
        """Say that the batch was halved; None where it was not."""
        loaded = _LOADED.get(self)
        if loaded is None or loaded.batch == self.batch:
            return None
        return f"The device had too little memory for {self.batch} series at once: {loaded.batch} at once were taken."


class _Loaded:
    """A network on its device, and how many series it is given at once."""

    def __init__(self, module: nn.Module, device: str, batch: int) -> None:
        self.module, self.device, self.batch = module, device, batch
        self._may_halve = True

    def run(self, series: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            return self._run(series)
        except torch.OutOfMemoryError:
            if not self._may_halve:
                raise _too_small(self.batch) from None
        self._may_halve, self.batch = False, max(self.batch // 2, 1)
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()
        return self.run(series)

    def _run(self, series: NDArray[np.float32]) -> NDArray[np.float32]:
        parts = []
        with torch.inference_mode():
            for start in range(0, max(len(series), 1), self.batch):
                piece = torch.from_numpy(np.ascontiguousarray(series[start : start + self.batch]))
                parts.append(self.module(piece.to(self.device)).cpu().numpy())
        return np.concatenate(parts)


class Classifier(nn.Module):
    """From reflectance with gaps to probabilities: what the ONNX file of a classifier does."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, card: ModelCard) -> None:
        super().__init__()
        self.network, self.temperature = network, card.temperature
        normalisation = card.inputs.normalisation
        self.register_buffer("mean", torch.tensor(normalisation.mean))
        self.register_buffer("std", torch.tensor(normalisation.std))

    def forward(self, series: Tensor) -> Tensor:
        """Return probabilities (batch, classes) of (batch, periods, bands)."""
        scaled = torch.nan_to_num((series - self.mean) / self.std, nan=0.0)
        return torch.softmax(self.network(scaled) / self.temperature, dim=-1)


def _loaded(network: TorchNetwork) -> _Loaded:
    if network not in _LOADED:
        card = ModelCard.model_validate_json(network.card)
        try:
            module = module_of(card, load_file(network.weights)).to(network.device)
        except torch.OutOfMemoryError:
            raise _too_small(network.batch) from None
        except (RuntimeError, AssertionError) as error:  # torch says in both ways that there is no such device
            raise OutOfDeviceMemory(
                f"The device {network.device} cannot be used: {error}.", hint="Compute on the processor (device cpu)."
            ) from None
        _LOADED.clear()
        _LOADED[network] = _Loaded(module, network.device, network.batch)
    return _LOADED[network]


def module_of(card: ModelCard, weights: dict[str, Any]) -> nn.Module:
    """Return the whole network of a card, ready to be run."""
    from eo.learning.forecast import Forecaster

    network = build(*read_settings(card.architecture.network, card.architecture.settings))
    load_weights(network, weights)
    wrapped = Forecaster(network, card) if card.task == "ndvi_forecast" else Classifier(network, card)
    return wrapped.eval()


def _too_small(batch: int) -> OutOfDeviceMemory:
    return OutOfDeviceMemory(
        f"The device has too little memory even for {batch} series at once.",
        hint="Compute on the processor (device cpu), or where nothing else uses the device.",
    )
