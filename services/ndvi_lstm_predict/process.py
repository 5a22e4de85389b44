"""Forecasts of NDVI, block by block: nothing larger than a block is held."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.errors import NotEnoughData
from eo.io.band_spec import BandSpec
from eo.io.raster_writer import create_raster
from eo.timeseries.periods import Period, first_and_last_moment
from services.core.context import Context
from services.core.execution import map_bounded
from services.ndvi_lstm_predict import NdviPredictionParams
from services.ndvi_lstm_predict.settling import Recipe, Work, settle
from services.prediction.engine import remarks
from services.prediction.inputs import blocks

Planes = NDArray[np.int16]
SCALE = 1e-4
NODATA = -32768
LAYERS = ("ndvi_forecast", "ndvi_lower", "ndvi_upper")
_READ, _DONE = 0.02, 0.95


def run(params: NdviPredictionParams, context: Context) -> None:
    """Forecast a stack; write the median and the ends of the interval.

    Raises:
        EoError: the stack, the model, the mask or the device cannot be used; says why.
    """
    context.progress(0.01, "reading the metadata")
    work = settle(params)
    _note_inputs(work, context)
    if not _write(work, context):
        raise NotEnoughData(
            f"Nothing was forecast: no pixel inside the mask was seen in {work.recipe.least_periods} of "
            f"{work.package.card.inputs.periods.count} periods.",
            hint="Ask for fewer with least_periods, or take another mask.",
        )
    _hand_over(work, context)


def compute(recipe: Recipe, window: Window) -> Mapping[str, Planes]:
    """Return the planes (periods ahead, rows, columns) of each raster of a block."""
    grid = recipe.ndvi.imagery.grid
    rows, columns = int(window.height), int(window.width)
    wanted = recipe.mask.wanted(grid, window).ravel()
    quantiles = np.empty((0, *recipe.shape), np.float32)
    if wanted.any():
        series = recipe.ndvi.read(window)
        wanted &= np.isfinite(series).sum(axis=1) >= recipe.least_periods
        if wanted.any():
            quantiles = recipe.network(series[wanted])
    levels = dict(zip(LAYERS, (recipe.middle, 0, quantiles.shape[2] - 1), strict=True))
    return {name: _spread(quantiles[:, :, level], wanted).reshape(-1, rows, columns) for name, level in levels.items()}


def _spread(values: NDArray[np.float32], wanted: NDArray[np.bool_]) -> Planes:
    """Return (periods ahead, pixels) as stored numbers, no data where nothing was forecast."""
    out = np.full((values.shape[1], len(wanted)), NODATA, np.int16)
    if len(values):
        out[:, wanted] = np.round(np.clip(values, -1, 1) / SCALE).astype(np.int16).T
    return out


def _note_inputs(work: Work, context: Context) -> None:
    card, imagery = work.package.card, work.recipe.ndvi.imagery
    for parameter, name, fingerprint in work.inputs:
        context.read(parameter, name, fingerprint)
    context.read("model", card.name, card.weights.sha256, network=card.architecture.network, licence=card.licence)
    context.acquired(*first_and_last_moment(work.ahead))
    context.covers(imagery.grid.footprint())


def _write(work: Work, context: Context) -> int:
    """Write the rasters; return how many pixels were forecast."""
    grid = work.recipe.ndvi.imagery.grid
    windows = list(blocks(grid))
    forecast = 0
    with ExitStack() as opened:
        writers = {
            name: opened.enter_context(
                create_raster(context.target(name, ".tif"), "COG", grid, _specs(work.ahead), threads=context.threads)
            )
            for name in LAYERS
        }
        done = map_bounded(context.executor, partial(compute, work.recipe), windows, in_flight=context.threads + 1)
        for number, (window, rasters) in enumerate(done, 1):
            for name, writer in writers.items():
                writer.write(window, rasters[name])
            forecast += int((rasters[LAYERS[0]][0] != NODATA).sum())
            context.progress(_READ + (_DONE - _READ) * number / len(windows), "forecasting")
    return forecast


def _specs(ahead: Sequence[Period]) -> list[BandSpec]:
    return [
        BandSpec(p.label, "int16", nodata=NODATA, scale=SCALE, unit="1", description=f"NDVI of {p.label}")
        for p in ahead
    ]


def _hand_over(work: Work, context: Context) -> None:
    card = work.package.card
    low, high = card.outputs.quantiles[0], card.outputs.quantiles[-1]
    titles = {"ndvi_lower": f"NDVI, quantile {low:g}", "ndvi_upper": f"NDVI, quantile {high:g}"}
    bands = [{"name": p.label, "description": f"NDVI of {p.label}"} for p in work.ahead]
    for name in LAYERS:
        context.add(name, context.target(name, ".tif"), title=titles.get(name), bands=bands)
    said = [*work.remarks, *remarks(work.recipe.network)]
    context.properties |= {
        "constellation": "sentinel-2",
        "groundwork:model": {
            "name": card.name,
            "network": card.architecture.network,
            "sha256": card.weights.sha256,
        },
        "groundwork:periods": [_named(p) for p in work.ahead],
        "groundwork:seen_periods": [_named(p) for p in work.recipe.ndvi.imagery.periods],
        "groundwork:quantiles": list(card.outputs.quantiles),
        **({"groundwork:remarks": said} if said else {}),
    }


def _named(period: Period) -> dict[str, Any]:
    return {"label": period.label, "start": period.start.isoformat(), "end": period.end.isoformat()}
