"""World checks of a dry run: do models and samples fit together, and what will the comparison cost."""

from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.model_compare import CompareParams
from services.model_compare.settling import settle

_FLOPS_PER_CORE = 60e9
_START_S = 4.0
_MEMORY_BYTES = 800 << 20
_OUTPUT_BYTES = 200_000


def preflight(params: CompareParams) -> Preflight:
    """Open both models and the samples; say what flatters one of them."""
    work = settle(params)
    a, b = work.cards
    count = len(work.samples.y)
    flops = sum(2 * c.architecture.parameters * c.inputs.periods.count * count for c in (a, b))
    seconds = round(_START_S + flops / _FLOPS_PER_CORE / default_threads(), 1)
    findings = [
        Finding("ok", "models", f"{a.name} ({a.architecture.network}) beside {b.name} ({b.architecture.network})."),
        Finding("ok", "samples", f"{count} samples in {work.folder.name}."),
        *(Finding("warning", "flattered", remark, "Take samples that neither has seen.") for remark in work.remarks),
    ]
    memory = _MEMORY_BYTES + 8 * count * (len(a.outputs.classes) + 4)
    return Preflight(tuple(findings), Estimate(seconds, _OUTPUT_BYTES, 2 * _OUTPUT_BYTES, memory))
