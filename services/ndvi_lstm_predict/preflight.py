"""World checks of a dry run: stack, model and mask fit together; what the run would cost. No pixel is read."""

from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.ndvi_lstm_predict import NdviPredictionParams
from services.ndvi_lstm_predict.settling import Work, settle

_FLOPS_PER_CORE = 60e9
_READ_VALUES_PER_S = 20e6
_START_S = 4.0
_MEMORY_BYTES = 900 << 20
_BYTES_PER_VALUE = 1.6
_PLANES = 3


def preflight(params: NdviPredictionParams) -> Preflight:
    """Open stack, model and mask; say what is odd, and what the run would cost."""
    work = settle(params)
    imagery, card = work.recipe.ndvi.imagery, work.package.card
    findings = [
        Finding("ok", "model", f"{card.name}: {len(work.ahead)} periods out of {card.inputs.periods.count}."),
        Finding(
            "ok",
            "stack",
            f"Seen {imagery.periods[0].label} to {imagery.periods[-1].label}; forecast {work.ahead[0].label} to "
            f"{work.ahead[-1].label}, {imagery.grid.width} × {imagery.grid.height} pixels in {imagery.grid.crs}.",
        ),
        *(Finding("warning", "input", remark, "The result says so too.") for remark in work.remarks),
    ]
    return Preflight(tuple(findings), _estimate(work))


def _estimate(work: Work) -> Estimate:
    card, grid, threads = work.package.card, work.recipe.ndvi.imagery.grid, default_threads()
    pixels, periods = grid.width * grid.height, card.inputs.periods.count
    flops = pixels * 2 * card.architecture.parameters * periods
    seconds = _START_S + (flops / _FLOPS_PER_CORE + pixels * 2 * periods / _READ_VALUES_PER_S) / threads
    output_bytes = round(_PLANES * pixels * len(work.ahead) * _BYTES_PER_VALUE)
    return Estimate(round(seconds, 1), output_bytes, 2 * output_bytes, _MEMORY_BYTES)
