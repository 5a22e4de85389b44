"""What a training leaves behind: the package of the model, its metrics and its pictures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.io.model_package import CARD, ONNX, WEIGHTS, write_package
from eo.learning.calibration import Reliability, reliability, softmax
from eo.learning.card import Metrics
from eo.learning.metrics import card_metrics
from eo.learning.onnx_export import export_classifier
from eo.learning.pictures import confusion_picture, curve_picture, reliability_picture
from eo.learning.settings import Settings
from eo.learning.training import Trained
from services.core.context import Context
from services.crop_lstm_train import CropTrainingParams
from services.crop_lstm_train.samples import Parts

CURVE_MEMBERS = ("epoch", "train_loss", "val_loss", "val_accuracy", "val_f1", "learning_rate", "seconds")
_SHOWN_FIRST = ("test", "validation")
_NO_TRAINING = {"data", "val", "labels", "stack"}


@dataclass(frozen=True)
class Classifier:
    """A trained classifier, and what it says of the samples that it did not learn from: logits and truth by part."""

    settings: Settings
    weights: dict[str, NDArray[np.float32]]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    temperature: float
    logits: Mapping[str, NDArray[np.float32]]
    truth: Mapping[str, NDArray[np.int64]]
    trained: Trained
    device: str
    ranks: int

    def reliability(self, part: str, *, scaled: bool) -> Reliability:
        """Return how probabilities of a part compare with what is right, with the temperature or as trained."""
        return reliability(softmax(self.logits[part] / (self.temperature if scaled else 1.0)), self.truth[part])

    def metrics(self, values: list[int]) -> dict[str, Metrics]:
        """Return the metrics of every part, with the temperature."""
        return {
            part: card_metrics(softmax(logits / self.temperature), self.truth[part], values)
            for part, logits in self.logits.items()
        }


def write_outputs(context: Context, params: CropTrainingParams, parts: Parts, classifier: Classifier) -> None:
    """Write card, weights, ONNX, metrics and pictures, and hand them over."""
    metrics = classifier.metrics([c.value for c in parts.meta.classes])
    onnx = export_classifier(
        params.network,
        classifier.settings,
        classifier.weights,
        classifier.mean,
        classifier.std,
        classifier.temperature,
    )
    write_package(context.folder, _card(params, parts, classifier, metrics), classifier.weights, onnx)
    for name, file in (("card", CARD), ("weights", WEIGHTS), ("onnx", ONNX)):
        context.add(name, context.folder / file)
    _write_metrics(context, parts, classifier, metrics)
    _draw(context, parts, classifier, metrics)
    shown = metrics[_shown(metrics)]
    context.properties["groundwork:metrics"] = {
        "part": _shown(metrics),
        "overall_accuracy": round(shown.overall_accuracy, 4),
        "macro_f1": round(shown.macro_f1, 4),
        "expected_calibration_error": round(shown.expected_calibration_error, 4),
    }


def _shown(metrics: Mapping[str, Metrics]) -> str:
    return next(part for part in _SHOWN_FIRST if part in metrics)


def _card(
    params: CropTrainingParams, parts: Parts, classifier: Classifier, metrics: Mapping[str, Metrics]
) -> dict[str, Any]:
    meta = parts.meta
    source = meta.source or "samples without a description"
    test = parts.tests.get("test")
    return {
        "task": "crop_classification",
        "name": f"Crop types: {params.network}, {len(meta.classes)} classes",
        "description": f"Tells {len(meta.classes)} classes from {meta.periods.count} periods of "
        f"{len(meta.bands)} bands. Trained on {len(parts.train)} samples: {source}.",
        "architecture": {
            "network": params.network,
            "settings": classifier.settings.as_card(),
            "parameters": sum(w.size for w in classifier.weights.values()),
        },
        "inputs": {
            "bands": meta.bands,
            "periods": meta.periods,
            "normalisation": {"mean": classifier.mean, "std": classifier.std},
        },
        "outputs": {"classes": meta.classes},
        "temperature": classifier.temperature,
        "data": {
            "source": source,
            "sha256": parts.train.sha256,
            "test_sha256": test.sha256 if test else None,
            "samples": parts.counts(),
            "split": parts.split,
            "licence": meta.licence or "not said",
        },
        "metrics": metrics,
        "curve": [{k: p[k] for k in CURVE_MEMBERS if k in p} for p in classifier.trained.curve],
        "training": _training(params, classifier),
        "licence": meta.licence or "That of the samples.",
        "intended_use": "Maps of crop types from harmonised Sentinel-2 series of the same bands and periods, in "
        "regions and seasons like those of the samples.",
        "limits": _limits(params, parts, metrics),
        "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "software": {name: version(name) for name in ("torch", "onnx", "numpy")},
    }


def _training(params: CropTrainingParams, classifier: Classifier) -> dict[str, Any]:
    given = params.model_dump(exclude=_NO_TRAINING)
    trained = classifier.trained
    return given | {
        "epochs_done": len(trained.curve),
        "best_epoch": trained.best_epoch,
        "resumed_after": trained.resumed_after,
        "batch_pieces": trained.pieces,
        "device": classifier.device,
        "ranks": classifier.ranks,
    }


def _limits(params: CropTrainingParams, parts: Parts, metrics: Mapping[str, Metrics]) -> list[str]:
    told = metrics[_shown(metrics)]
    names = {c.value: c.name for c in parts.meta.classes}
    weak = [names[c.value] for c in told.classes if c.support and c.f1 < 0.5]
    limits = ["Knows no other crops, regions, seasons or bands than those of its samples."]
    if weak:
        limits.append(f"Tells badly (F1 below 0.5 on the {_shown(metrics)} samples): {', '.join(weak)}.")
    if params.class_weights == 0:
        limits.append("Trained as if all classes were equally common: rare ones are found more often than they occur.")
    if "at random" in parts.split or "test" not in metrics:
        limits.append("Its metrics say too much good: samples were not held back by field or tile, or none for a test.")
    return limits


def _write_metrics(context: Context, parts: Parts, classifier: Classifier, metrics: Mapping[str, Metrics]) -> None:
    document = {
        "temperature": classifier.temperature,
        "majority_accuracy": {p: float(np.bincount(t).max() / len(t)) for p, t in classifier.truth.items()},
        "parts": {part: told.model_dump(mode="json") for part, told in metrics.items()},
        "reliability": {
            part: {
                "as_trained": _plain(classifier, part, scaled=False),
                "scaled": _plain(classifier, part, scaled=True),
            }
            for part in metrics
        },
        "samples": parts.counts(),
        "split": parts.split,
    }
    path = context.target("metrics", ".json")
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n")
    context.add("metrics", path)


def _plain(classifier: Classifier, part: str, *, scaled: bool) -> dict[str, Any]:
    told = classifier.reliability(part, scaled=scaled)
    filled = told.count > 0
    return {
        "expected_calibration_error": told.expected_calibration_error,
        "confidence": told.confidence[filled].round(4).tolist(),
        "accuracy": told.accuracy[filled].round(4).tolist(),
        "samples": told.count[filled].tolist(),
    }


def _draw(context: Context, parts: Parts, classifier: Classifier, metrics: Mapping[str, Metrics]) -> None:
    part = _shown(metrics)
    told = metrics[part]
    words = f"{part} samples: overall accuracy {told.overall_accuracy:.3f}, macro-F1 {told.macro_f1:.3f}"
    pair = [classifier.reliability(part, scaled=scaled) for scaled in (False, True)]
    names = [c.name for c in parts.meta.classes]
    pictures = {
        "confusion": confusion_picture(np.array(told.confusion), names, words),
        "reliability": reliability_picture(pair[0], pair[1], f"{part} samples, T = {classifier.temperature:.2f}"),
        "curve": curve_picture(classifier.trained.curve, classifier.trained.best_epoch, "Training"),
    }
    for name, picture in pictures.items():
        path = context.target(name, ".png")
        path.write_bytes(picture)
        context.add(name, path)
