"""Train a forecast of NDVI: windows over series, pinball loss, errors beside persistence and climatology."""

import hashlib
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eo.io.model_package import write_package
from eo.learning.augmentation import Augmentation
from eo.learning.card import ForecastMetrics, ModelCard
from eo.learning.forecast import LEVELS, export_forecast, pinball
from eo.learning.forecast_data import Windows, score
from eo.learning.inference import OnnxNetwork
from eo.learning.networks import build, weights_of
from eo.learning.pictures import curve_picture
from eo.learning.ranks import open_ranks
from eo.learning.settings import Settings, settings_for
from eo.learning.training import Recipe, Series, Trained, train
from services.core.context import Context
from services.ndvi_lstm_train import NdviTrainingParams
from services.ndvi_lstm_train.pictures import skill_picture
from services.ndvi_lstm_train.series import Learnt, gather
from services.prediction.inputs import named_inputs

_READ, _TRAINED = 0.1, 0.95
_WEIGHT_DECAY = 1e-2


def run(params: NdviTrainingParams, context: Context) -> None:
    """Train, measure, write the package.

    Raises:
        EoError: the series cannot be used; says why.
    """
    context.progress(0.01, "reading the series")
    learnt = gather(params)
    for parameter, name, fingerprint in named_inputs(stack=params.stack, data=params.data):
        context.read(parameter, name, fingerprint)
    mean, std = float(np.nanmean(learnt.train.past)), float(np.nanstd(learnt.train.past)) or 1.0
    settings = settings_for(
        "lstm",
        params.past,
        1,
        params.horizon * len(LEVELS),
        layers=params.layers,
        hidden_units=params.hidden_units,
        dropout=params.dropout,
    )
    weights, trained = _fit(params, context, learnt, settings, (mean, std))
    context.progress(_TRAINED, "measuring")
    onnx = export_forecast("lstm", settings, weights, mean, std, LEVELS)
    card = _write(params, context, learnt, settings, weights, onnx, (mean, std), trained)
    _hand_over(context, card, trained)


def _fit(
    params: NdviTrainingParams, context: Context, learnt: Learnt, settings: Settings, scale: tuple[float, float]
) -> tuple[dict[str, NDArray[np.float32]], Trained]:
    torch.manual_seed(params.seed)
    network = build("lstm", settings)
    with open_ranks(params.device) as ranks:
        recipe = Recipe(
            params.epochs, params.batch_size, params.learning_rate, params.seed, params.patience, _WEIGHT_DECAY
        )
        augmentation = Augmentation(params.masked_share, params.noise)
        trained = train(
            network,
            _tensors(learnt.train, scale, ranks.device),
            _tensors(learnt.validation, scale, ranks.device),
            recipe,
            loss=pinball(LEVELS),
            augment=augmentation,
            ranks=ranks,
            curve=context.curve,
            progress=lambda done, stage: context.progress(_READ + (_TRAINED - _READ) * done, stage),
            keep=context.keep,
            identity=_identity(learnt, f"{settings} {recipe} {augmentation}"),
        )
    return weights_of(network), trained


def _tensors(found: Windows, scale: tuple[float, float], device: torch.device) -> Series:
    """Return the normalised past, gaps as zeros, and what is ahead as changes from the last value seen."""
    mean, std = scale

    def moved(values: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(values.astype(np.float32)).to(device)

    past = np.nan_to_num((found.past - mean) / std, nan=0.0)
    return Series(moved(past[:, :, None]), moved((found.ahead - found.last[:, None]) / std))


def _identity(learnt: Learnt, how: str) -> str:
    text = f"{learnt.digest(learnt.train)} {learnt.digest(learnt.validation)} {how}"
    return hashlib.sha256(text.encode()).hexdigest()


def _write(
    params: NdviTrainingParams,
    context: Context,
    learnt: Learnt,
    settings: Settings,
    weights: dict[str, NDArray[np.float32]],
    onnx: bytes,
    scale: tuple[float, float],
    trained: Trained,
) -> ModelCard:
    drafts = context.scratch("draft.onnx")
    drafts.write_bytes(onnx)
    parts = {
        "task": "ndvi_forecast",
        "name": params.name,
        "description": f"Forecasts NDVI {params.horizon} periods ahead from the {params.past} before.",
        "architecture": {
            "network": "lstm",
            "settings": settings.as_card(),
            "parameters": sum(w.size for w in weights.values()),
        },
        "inputs": {
            "bands": ["NDVI"],
            "periods": learnt.periods,
            "normalisation": {"mean": [scale[0]], "std": [scale[1]]},
        },
        "outputs": {"horizon": params.horizon, "quantiles": LEVELS},
        "data": _data(learnt),
        "forecast": _measured(learnt, OnnxNetwork(drafts)),
        "curve": trained.curve,
        "training": _training(params, trained),
        "licence": learnt.licence,
        "intended_use": "Forecasts of NDVI, and whether what comes is as it should be, where the climate and the crops "
        "are those of the training data.",
        "limits": ["Knows the years and places it was trained on.", "Intervals hold on average, not for each pixel."],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": {name: version(name) for name in ("torch", "numpy", "onnx")},
    }
    return write_package(context.folder, parts, weights, onnx)


def _data(learnt: Learnt) -> dict[str, Any]:
    return {
        "source": learnt.source,
        "sha256": learnt.digest(learnt.train),
        "test_sha256": learnt.digest(learnt.test),
        "samples": {name: len(getattr(learnt, name).past) for name in ("train", "validation", "test")},
        "split": learnt.split,
        "licence": learnt.licence,
    }


def _training(params: NdviTrainingParams, trained: Trained) -> dict[str, Any]:
    names = ("epochs", "batch_size", "learning_rate", "dropout", "masked_share", "noise", "patience", "seed", "pixels")
    return {**{name: getattr(params, name) for name in names}, "best_epoch": trained.best_epoch}


def _measured(learnt: Learnt, network: OnnxNetwork) -> dict[str, ForecastMetrics]:
    """Return the metrics of validation and test by the file that is handed over, not by what was trained."""
    parts = {"validation": learnt.validation, "test": learnt.test}
    return {name: score(network(part.past), LEVELS, part, learnt.table) for name, part in parts.items()}


def _hand_over(context: Context, card: ModelCard, trained: Trained) -> None:
    pictures = {
        "skill": skill_picture(card.forecast["test"], f"{card.name}: errors on the test series"),
        "curve": curve_picture(trained.curve, trained.best_epoch, f"{card.name}: training"),
    }
    for name, content in pictures.items():
        path = context.target(name, ".png")
        path.write_bytes(content)
        context.add(name, path)
    files = {"card": "card.json", "weights": card.weights.file, "onnx": card.onnx.file}
    for name, file in files.items():
        context.add(name, Path(context.folder / file))
    test = card.forecast["test"]
    context.properties |= {
        "groundwork:task": card.task,
        "groundwork:forecast": {part: m.model_dump() for part, m in card.forecast.items()},
        "groundwork:skill_over_persistence": _skill(test.rmse, test.rmse_persistence),
        "groundwork:skill_over_climatology": _skill(test.rmse, test.rmse_climatology),
    }


def _skill(own: tuple[float, ...], reference: tuple[float, ...]) -> list[float]:
    """Return 1 − MSE / MSE of the reference, per period ahead."""
    return [round(1 - (a / b) ** 2, 4) if b else 0.0 for a, b in zip(own, reference, strict=True)]
