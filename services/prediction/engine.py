"""The network of a run: its package, and what it is run on."""

from importlib.util import find_spec
from pathlib import Path

import eo
from eo.errors import InvalidOption, WrongModel
from eo.io.model_package import Package, open_package, read_card
from eo.learning.card import ModelCard, Task
from eo.learning.inference import Network, OnnxNetwork
from eo.learning.lstm_amx import AmxNetwork, fits
from services.core.device import Device, Precision

PRETRAINED = "pretrained"
_SHIPPED = Path(eo.__file__).parent / "data/models/timesen2crop-lstm"
_TITLES: dict[Task, str] = {"crop_classification": "classifies crops", "ndvi_forecast": "forecasts NDVI"}


def model_path(model: str) -> Path:
    """Return where the package of a model lies; `pretrained` is the one that comes along."""
    return _SHIPPED if model == PRETRAINED else Path(model)


def open_model(model: str, task: Task) -> Package:
    """Open the package of a model, checked; `pretrained` is the one that comes along.

    Raises:
        WrongModel: a model of another task.
        InvalidModel, UnsafeModel, UnsafeArchive: a package that cannot be used.
    """
    path = model_path(model)
    _check_task(read_card(path), task)
    return open_package(path)


def _check_task(card: ModelCard, task: Task) -> None:
    if card.task != task:
        raise WrongModel(
            f"The model {card.name} {_TITLES[card.task]}; here one is needed that {_TITLES[task]}.",
            hint=f"Choose a model of the task {task}.",
        )


def open_network(package: Package, device: Device, precision: Precision = "float32") -> Network:
    """Return the network of a package, to be run on a device; in bfloat16 classifiers only, on processors only.

    Raises:
        InvalidOption: a graphics card is wanted and there is none, or bfloat16 where it cannot be.
    """
    if device == "cpu" or (device == "auto" and not has_gpu()):
        return _on_processor(package, precision)
    if precision == "bfloat16":
        raise InvalidOption("On a graphics card networks run in float32.", hint="Choose precision auto, or device cpu.")
    if not has_gpu():
        raise InvalidOption("There is no graphics card here.", hint="Choose device cpu or auto.")
    from eo.learning.gpu_inference import TorchNetwork

    return TorchNetwork(package.card.model_dump_json(), package.weights_path)


def _on_processor(package: Package, precision: Precision) -> Network:
    against = "" if precision == "float32" else fits(package.card)
    if precision == "bfloat16" and against:
        raise InvalidOption(f"bfloat16 cannot be had here: {against}.", hint="Choose precision auto or float32.")
    if precision == "float32" or against:
        return OnnxNetwork(package.onnx_path)
    return AmxNetwork(package.card.model_dump_json(), package.weights_path)


def has_gpu() -> bool:
    """Say whether torch is installed and finds a graphics card; without a driver for one torch is not even loaded."""
    if find_spec("torch") is None or not any(Path("/dev").glob("nvidia[0-9]*")):
        return False
    import torch

    return torch.cuda.is_available()


def remarks(network: Network) -> list[str]:
    """Return what is to be said of how the network ran."""
    remark = getattr(network, "remark", lambda: None)()
    return [remark] if remark else []
