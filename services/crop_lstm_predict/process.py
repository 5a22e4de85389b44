"""Crop types, block by block: read the series, classify what is wanted, write; nothing larger than a block is held."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io.raster_writer import create_raster
from eo.learning.inference import Prediction, predict, seen_periods
from eo.timeseries.periods import first_and_last_moment
from services.core.context import Context
from services.core.execution import map_bounded
from services.crop_lstm_predict import PredictionParams, outputs
from services.crop_lstm_predict.areas import AreaCounts
from services.crop_lstm_predict.settling import Recipe, Work, harmonised, settle
from services.prediction.engine import remarks
from services.prediction.inputs import blocks

Planes = NDArray[np.uint8]
_READ, _HARMONISED, _DONE = 0.02, 0.4, 0.93
"""Share of the run that is done after each stage."""


def run(params: PredictionParams, context: Context) -> None:
    """Classify a stack, or scenes; write the map, probabilities, entropy, areas.

    Raises:
        EoError: the stack, the model, the mask or the device cannot be used; says why.
    """
    context.progress(0.01, "reading the metadata")
    work = settle(params)
    began = _HARMONISED if params.scenes else _READ
    work = harmonised(work, params, context, began)
    _note_inputs(work, context)
    counts = _write(work, params, context, began)
    _hand_over(work, params, context, counts)


def compute(recipe: Recipe, window: Window) -> Mapping[str, Planes]:
    """Return one block of the result; where the mask wants nothing, nothing is read."""
    rows, columns = int(window.height), int(window.width)
    wanted = recipe.mask.wanted(recipe.imagery.grid, window).ravel()
    nothing = np.zeros((1, 1, rows, columns), np.uint16)
    stack = recipe.imagery.read(window) if wanted.any() else nothing
    flat = stack.reshape(*stack.shape[:2], rows * columns)
    wanted &= seen_periods(flat) >= recipe.least_periods
    found = predict(recipe.network, flat, wanted, recipe.values, keep=recipe.keep)
    return _as_rasters(found, rows, columns)


def _as_rasters(found: Prediction, rows: int, columns: int) -> Mapping[str, Planes]:
    """Return the planes (bands, rows, columns) of each raster, by the name of the output."""
    rasters = {"crop_map": found.classes[None], "entropy": found.entropy[None]}
    if len(found.ranked):
        rasters |= {"top_classes": found.ranked, "top_probabilities": found.probabilities}
    elif len(found.probabilities):
        rasters["probabilities"] = found.probabilities
    return {name: planes.reshape(-1, rows, columns) for name, planes in rasters.items()}


def _note_inputs(work: Work, context: Context) -> None:
    card, periods = work.package.card, work.imagery.periods
    for parameter, name, fingerprint in work.inputs:
        context.read(parameter, name, fingerprint)
    context.read("model", card.name, card.weights.sha256, network=card.architecture.network, licence=card.licence)
    context.acquired(*first_and_last_moment(periods))
    context.covers(work.imagery.grid.footprint())


def _write(work: Work, params: PredictionParams, context: Context, began: float) -> AreaCounts:
    grid, classes = work.imagery.grid, work.package.card.outputs.classes
    recipe = work.recipe()
    windows = list(blocks(grid))
    counts = AreaCounts()
    with ExitStack() as opened:
        writers = {
            name: opened.enter_context(
                create_raster(context.target(name, ".tif"), "COG", grid, specs, threads=context.threads)
            )
            for name, specs in outputs.layers(classes, params.probabilities, params.top_classes).items()
        }
        done = map_bounded(context.executor, partial(compute, recipe), windows, in_flight=context.threads + 1)
        for number, (window, rasters) in enumerate(done, 1):
            for name, writer in writers.items():
                writer.write(window, rasters[name])
            counts.add(rasters["crop_map"][0], grid.block(window))
            context.progress(began + (_DONE - began) * number / len(windows), "classifying")
        context.progress(_DONE, "building overviews")
    if not counts.classified:
        raise work.nothing_classified()
    return counts


def _hand_over(work: Work, params: PredictionParams, context: Context, counts: AreaCounts) -> None:
    card = work.package.card
    classes = card.outputs.classes
    for name, specs in outputs.layers(classes, params.probabilities, params.top_classes).items():
        context.add(
            name,
            context.target(name, ".tif"),
            bands=outputs.stac_bands(specs),
            properties=outputs.asset_properties(name, classes),
        )
    table = counts.table(classes)
    path = context.target("areas", ".json")
    path.write_text(json.dumps(table, indent=2, ensure_ascii=False) + "\n")
    context.add("areas", path, properties={"groundwork:areas": table["classes"]})
    said = [*work.remarks, *remarks(work.network)]
    context.properties |= outputs.properties(card, work.imagery.periods, work.network.precision, said)
