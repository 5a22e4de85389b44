"""Train a classifier of series: samples in, a model package with its metrics and pictures out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from eo.io.sample_arrays import Samples
from eo.learning.calibration import fit_temperature
from eo.learning.classifier import class_scores, class_weights_for, cross_entropy, normalisation, normalised
from eo.learning.networks import weights_of
from eo.learning.ranks import Ranks
from eo.learning.settings import Settings
from eo.learning.training import Series, Trained, evaluate
from services.core.context import Context
from services.crop_lstm_train import CropTrainingParams
from services.crop_lstm_train.package import Classifier, write_outputs
from services.crop_lstm_train.samples import Parts, gather
from services.learning.session import END, fit, fresh_network, ranks_for, recipe_of, settings_of

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Task:
    """What every step of a training needs: parameters, parts, the scale of the bands, the network's settings."""

    params: CropTrainingParams
    parts: Parts
    mean: tuple[float, ...]
    std: tuple[float, ...]
    settings: Settings

    @property
    def classes(self) -> int:
        return len(self.parts.meta.classes)

    def series(self, samples: Samples, ranks: Ranks) -> Series:
        return normalised(samples.x, samples.positions(), self.mean, self.std, ranks.device)


def run(params: CropTrainingParams, context: Context) -> None:
    """Train, calibrate on the validation samples, tell the metrics of every part, write the package."""
    context.progress(0.01, "reading the samples")
    parts = gather(params)
    _note_inputs(params, parts, context)
    mean, std = normalisation(parts.train.x)
    _, periods, bands = parts.train.x.shape
    task = _Task(params, parts, mean, std, settings_of(params, periods, bands, len(parts.meta.classes)))
    with ranks_for(params, context) as ranks:
        network = fresh_network(params, task.settings)
        trained = _train(task, network, context, ranks)
        if not ranks.first:
            return
        context.progress(END, "telling how well it does")
        classifier = _calibrated(task, network, trained, ranks)
    context.progress(0.97, "writing the package")
    write_outputs(context, params, parts, classifier)


def _train(task: _Task, network: nn.Module, context: Context, ranks: Ranks) -> Trained:
    samples = task.series(task.parts.train, ranks)
    weights = class_weights_for(task.params.class_weights, samples.y.cpu().numpy(), task.classes)
    return fit(
        task.params,
        context,
        ranks,
        network,
        samples,
        task.series(task.parts.validation, ranks),
        loss=cross_entropy(weights, ranks.device),
        score=class_scores(task.classes),
        recipe=recipe_of(task.params, best="val_f1", highest=True),
        data_sha256=task.parts.sha256,
    )


def _calibrated(task: _Task, network: nn.Module, trained: Trained, ranks: Ranks) -> Classifier:
    """Return the classifier with the logits of every part, and the temperature that the validation samples ask for."""
    held_out = {"validation": task.parts.validation, **task.parts.tests}
    logits: dict[str, Floats] = {}
    truth: dict[str, NDArray[np.int64]] = {}
    for name, samples in held_out.items():
        series = task.series(samples, ranks)
        logits[name] = evaluate(network, series.x).cpu().numpy()
        truth[name] = series.y.cpu().numpy()
    return Classifier(
        settings=task.settings,
        weights=weights_of(network),
        mean=task.mean,
        std=task.std,
        temperature=fit_temperature(logits["validation"], truth["validation"]),
        logits=logits,
        truth=truth,
        trained=trained,
        device=str(ranks.device),
        ranks=ranks.count,
    )


def _note_inputs(params: CropTrainingParams, parts: Parts, context: Context) -> None:
    parameter = "data" if params.data is not None else "labels"
    context.read(parameter, parts.meta.source or "samples", parts.train.sha256)
    if params.val is not None:
        context.read("val", parts.validation.meta.source or "samples", parts.validation.sha256)
