"""Measure two models on the same samples and set the numbers side by side."""

import json
import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.errors import NotEnoughData
from eo.io.model_package import Package
from eo.io.sample_arrays import Samples
from eo.learning.card import ForecastMetrics, Metrics, ModelCard
from eo.learning.forecast_data import Windows, climatology, ndvi, score, windows
from eo.learning.inference import OnnxNetwork
from eo.learning.metrics import card_metrics
from services.core.context import Context
from services.core.execution import map_bounded
from services.model_compare import CompareParams
from services.model_compare.pictures import classes_picture, forecast_picture
from services.model_compare.settling import Work, positions_of, series_for, settle

_ROWS_AT_ONCE = 4096
_NUMBERS = ("overall_accuracy", "balanced_accuracy", "macro_f1", "kappa", "expected_calibration_error")
Json = dict[str, Any]


def run(params: CompareParams, context: Context) -> None:
    """Write the comparison as JSON and as a picture.

    Raises:
        EoError: models or samples that do not fit together; says why.
    """
    context.progress(0.01, "reading the samples")
    work = settle(params)
    for parameter, card in zip(("model_a", "model_b"), work.cards, strict=True):
        context.read(parameter, card.name, card.weights.sha256)
    context.read("data", work.folder.name, work.samples.sha256, part=params.part)
    compare, draw = {
        "crop_classification": (_classifiers, classes_picture),
        "ndvi_forecast": (_forecasts, forecast_picture),
    }[work.cards[0].task]
    about = {"part": params.part, "samples_sha256": work.samples.sha256, "remarks": list(work.remarks)}
    table = {**about, **compare(work, context)}
    (path := context.target("comparison", ".json")).write_text(json.dumps(table, indent=2, ensure_ascii=False) + "\n")
    context.add("comparison", path, properties={"groundwork:comparison": table["numbers"]})
    (drawn := context.target("picture", ".png")).write_bytes(draw(table))
    context.add("picture", drawn)
    if work.remarks:
        context.properties["groundwork:remarks"] = list(work.remarks)


def _classifiers(work: Work, context: Context) -> Json:
    truth = positions_of(work.cards[0], work.samples)
    metrics, right = [], []
    for number, package in enumerate(work.packages):
        found = _probabilities(package, work.samples, context, number)
        own = positions_of(package.card, work.samples)
        metrics.append(card_metrics(found, own, [c.value for c in package.card.outputs.classes]))
        right.append(found.argmax(axis=1) == own)
    a, b = right
    return {
        "task": "crop_classification",
        "models": [_named(card) for card in work.cards],
        "samples": len(truth),
        "numbers": {name: [getattr(m, name) for m in metrics] for name in _NUMBERS},
        "classes": _by_class(work.cards, metrics),
        "mcnemar": mcnemar(int((a & ~b).sum()), int((b & ~a).sum())),
    }


def mcnemar(only_first: int, only_second: int) -> Json:
    """Return how often only one of two classifiers is right, and how likely that is where both are as good (McNemar).

    Exact binomial below 25 such samples, else chi-squared with one degree of freedom, corrected for continuity.
    """
    total = only_first + only_second
    if total < 25:
        tail = sum(math.comb(total, k) for k in range(min(only_first, only_second) + 1)) / 2**total
        p = min(1.0, 2 * tail)
    else:
        statistic = (abs(only_first - only_second) - 1) ** 2 / total
        p = math.erfc(math.sqrt(statistic / 2))
    return {"only_first_right": only_first, "only_second_right": only_second, "p_value": p}


def _by_class(cards: tuple[ModelCard, ModelCard], metrics: list[Metrics]) -> list[Json]:
    told = [{c.value: c for c in m.classes} for m in metrics]
    return [
        {
            "value": c.value,
            "name": c.name,
            "colour": c.colour,
            "samples": told[0][c.value].support,
            "f1": [t[c.value].f1 for t in told],
        }
        for c in cards[0].outputs.classes
    ]


def _probabilities(package: Package, samples: Samples, context: Context, number: int) -> NDArray[np.float32]:
    rows = [slice(start, start + _ROWS_AT_ONCE) for start in range(0, len(samples.y), _ROWS_AT_ONCE)]
    answer = partial(_answer, OnnxNetwork(package.onnx_path), package.card, samples)
    found = np.empty((len(samples.y), len(package.card.outputs.classes)), np.float32)
    done = map_bounded(context.executor, answer, rows, in_flight=context.threads + 1)
    for count, (part, probabilities) in enumerate(done, 1):
        found[part] = probabilities
        context.progress(0.05 + 0.45 * (number + count / len(rows)), f"asking {package.card.name}")
    return found


def _answer(network: OnnxNetwork, card: ModelCard, samples: Samples, rows: slice) -> NDArray[np.float32]:
    return network(series_for(card, samples, rows))


def _forecasts(work: Work, context: Context) -> Json:
    metrics = list(_forecast_metrics(work, context))
    rows = ("rmse", "mae")
    return {
        "task": "ndvi_forecast",
        "models": [_named(card) for card in work.cards],
        "samples": metrics[0].samples,
        "numbers": {
            **{name: [list(getattr(m, name)) for m in metrics] for name in rows},
            "coverage": [m.coverage for m in metrics],
            "nominal_coverage": [m.nominal_coverage for m in metrics],
        },
        "references": {
            "persistence": list(metrics[0].rmse_persistence),
            "climatology": list(metrics[0].rmse_climatology),
        },
    }


def _forecast_metrics(work: Work, context: Context) -> Iterator[ForecastMetrics]:
    """Yield the metrics of both, on windows whose periods ahead are the same; climatology is of these samples."""
    bands = list(work.samples.meta.bands)
    red, near = (np.asarray(work.samples.x[:, :, bands.index(name)]) for name in ("B04", "B8A"))
    series = ndvi(red, near)
    months = work.samples.meta.periods
    season = np.arange(series.shape[1], dtype=np.int64)
    if months.first_month and months.days is None:
        season = (season + months.first_month - 1) % 12
    longest = max(card.inputs.periods.count for card in work.cards)
    horizon = work.cards[0].outputs.horizon or 1
    found = windows(series, season, longest, horizon)
    if not len(found.past):
        raise NotEnoughData(f"No sample is seen in half of {longest} periods with {horizon} after them.")
    table = climatology(series, season, int(season.max()) + 1)
    for number, package in enumerate(work.packages):
        card = package.card
        quantiles = OnnxNetwork(package.onnx_path)(found.past[:, -card.inputs.periods.count :])
        context.progress(0.1 + 0.4 * (number + 1), f"asking {card.name}")
        yield score(
            quantiles, card.outputs.quantiles, Windows(found.past, found.ahead, found.last, found.season), table
        )


def _named(card: ModelCard) -> Json:
    return {
        "name": card.name,
        "network": card.architecture.network,
        "parameters": card.architecture.parameters,
        "sha256": card.weights.sha256,
        "created": card.created,
    }
