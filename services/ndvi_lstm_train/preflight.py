"""World checks of a dry run: are there enough periods, and what will the training cost. No pixel is read."""

from pathlib import Path

from eo.errors import NotEnoughData
from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.ndvi_lstm_train import NdviTrainingParams
from services.ndvi_lstm_train.series import MOST_WINDOWS, bounds, months_of, sample_parts
from services.prediction.imagery import read_stand_ins
from services.prediction.ndvi import open_ndvi

# Measured on one core of a small virtual machine.
_VALUES_READ_PER_S = 5e6
_FLOPS_PER_CORE = 25e9
_START_S = 8.0
_MEMORY_BYTES = 1200 << 20
_PACKAGE_BYTES = 2 << 20


def preflight(params: NdviTrainingParams) -> Preflight:
    """Open the series, say how they are parted, and what the run would cost."""
    findings = []
    if params.stack is not None:
        found = open_ndvi(Path(params.stack), None, read_stand_ins(params.stand_ins))
        periods, grid = found.imagery.periods, found.imagery.grid
        first_validation, first_test = bounds(len(periods), params.past, params.horizon)
        series, count = min(grid.width * grid.height, params.pixels), first_validation
        read = grid.width * grid.height * len(periods)
        words = (
            f"{len(periods)} periods: trained before {periods[first_validation].label}, chosen before "
            f"{periods[first_test].label}, tested from there on."
        )
        unknown = set(months_of(periods)) - set(months_of(periods[:first_validation]))
        if unknown:
            message = f"{len(unknown)} months of the year are not among the periods that are trained on."
            findings.append(Finding("warning", "short_series", message, "Give a stack of two years or more.", "stack"))
    else:
        parts = sample_parts(Path(str(params.data)))
        series, count = len(parts["train"].y), parts["train"].meta.periods.count
        read = series * count
        words = f"{series} training series of {count} periods."
    if count < params.past + params.horizon:
        raise NotEnoughData(f"Series of {count} periods hold no {params.past} and {params.horizon} after them.")
    windows = min(series * (count - params.past - params.horizon + 1), MOST_WINDOWS)
    return Preflight((Finding("ok", "series", words), *findings), _estimate(params, windows, read))


def _estimate(params: NdviTrainingParams, windows: int, read: int) -> Estimate:
    units = params.hidden_units
    per_window = 3 * 2 * params.past * 4 * units * (units + 1 + (params.layers - 1) * 2 * units)
    training = params.epochs * windows * per_window / _FLOPS_PER_CORE / default_threads()
    seconds = round(_START_S + read / _VALUES_READ_PER_S + training, 1)
    memory = _MEMORY_BYTES + 3 * windows * 4 * (params.past + params.horizon)
    return Estimate(seconds, _PACKAGE_BYTES, 2 * _PACKAGE_BYTES, memory)
