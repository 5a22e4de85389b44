"""World checks of a dry run: stack, model and mask fit together; what the run would cost. No pixel is read."""

from eo.io.grid import Grid
from eo.learning.inference import OnnxNetwork
from eo.learning.lstm_amx import AmxNetwork
from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.crop_lstm_predict import PredictionParams, outputs
from services.crop_lstm_predict.settling import Work, settle
from services.prediction.crop_mask import CropMask, EverywhereMask
from services.prediction.scenes import PlannedImagery, check

# Measured on cores of a small virtual machine: multiplications and additions of a network in a second, and others.
_FLOPS_PER_CORE = {"float32": 125e9, "bfloat16": 480e9}
_GPU_SERIES_PER_S = 2e6
_READ_VALUES_PER_S = 40e6
_WRITTEN_PIXELS_PER_S = 15e6
_START_S = 4.0
_BASE_MEMORY_BYTES = 900 << 20
_BLOCK_SERIES = 256**2
_BYTES_PER_PIXEL = 0.6
_LOOKED_AT = 64


def preflight(params: PredictionParams) -> Preflight:
    """Open stack, model and mask; say what is odd, and what the run would cost."""
    work = settle(params)
    card, periods, grid = work.package.card, work.imagery.periods, work.imagery.grid
    share = masked_share(work.mask, grid)
    findings = [
        Finding(
            "ok", "model", f"{card.name}: {len(card.outputs.classes)} classes, {card.inputs.periods.count} periods."
        ),
        Finding(
            "ok",
            "stack",
            f"{len(periods)} periods from {periods[0].label} to {periods[-1].label}, {grid.width} × {grid.height} "
            f"pixels in {grid.crs}.",
        ),
    ]
    if not isinstance(work.mask, EverywhereMask):
        findings.append(Finding("ok", "mask", f"About {share:.0%} of the pixels lie in the crop mask."))
    findings += [Finding("warning", "input", remark, "Its card says what to expect.") for remark in work.remarks]
    cost = estimate(work, params, share)
    if isinstance(work.imagery, PlannedImagery):
        before = check(work.imagery)
        findings += before.findings
        cost = _both(before.estimate, cost)
    return Preflight(tuple(findings), cost)


def estimate(work: Work, params: PredictionParams, share: float) -> Estimate:
    """Return what a run will cost, from the weights of the network and the pixels in the mask."""
    card, grid, threads = work.package.card, work.imagery.grid, default_threads()
    pixels = grid.width * grid.height
    series = pixels * share
    values = card.inputs.periods.count * len(card.inputs.bands)
    per_series = 2 * card.architecture.parameters * card.inputs.periods.count
    if isinstance(work.network, OnnxNetwork | AmxNetwork):
        network_s = series * per_series / _FLOPS_PER_CORE[work.network.precision] / threads
    else:
        network_s = series / _GPU_SERIES_PER_S
    planes = sum(map(len, outputs.layers(card.outputs.classes, params.probabilities, params.top_classes).values()))
    seconds = _START_S + network_s + series * values / _READ_VALUES_PER_S / threads
    seconds += pixels * planes / _WRITTEN_PIXELS_PER_S
    output_bytes = round(pixels * planes * _BYTES_PER_PIXEL)
    memory = _BASE_MEMORY_BYTES + (threads + 1) * _BLOCK_SERIES * values * 8
    return Estimate(round(seconds, 1), output_bytes, 2 * output_bytes, memory)


def _both(first: Estimate | None, second: Estimate) -> Estimate:
    """Return what two stages cost, one after the other, the first one's output kept."""
    if first is None:
        return second
    return Estimate(
        round(first.seconds + second.seconds, 1),
        first.output_bytes + second.output_bytes,
        first.scratch_bytes + second.scratch_bytes,
        max(first.memory_bytes, second.memory_bytes),
    )


def masked_share(mask: CropMask, grid: Grid) -> float:
    """Return about which share of the pixels is wanted, by a look at some blocks spread over the grid."""
    if isinstance(mask, EverywhereMask):
        return 1.0
    edge = 256
    windows = list(grid.blocks(edge))
    looked_at = windows[:: -(-len(windows) // _LOOKED_AT)]
    wanted = sum(int(mask.wanted(grid, window).sum()) for window in looked_at)
    return wanted / sum(int(w.width * w.height) for w in looked_at)
