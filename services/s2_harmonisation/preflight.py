"""World checks of a dry run: the scenes, their bands, the periods; and what the run would cost. No pixel is read."""

from eo.errors import EoError
from eo.io.grid import Grid
from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.s2_harmonisation import HarmonisationParams
from services.s2_harmonisation.blocks import BLOCK_BYTES
from services.s2_harmonisation.series import Series, settle

# Measured on one core of a small virtual machine.
_DECODED_PIXELS_PER_S = 9e6
_COMPOSED_PIXELS_PER_S = 60e6
_WRITTEN_PIXELS_PER_S = 25e6
_START_S = 3.0
_BYTES_PER_PIXEL = 1.5
_OVERVIEWS = 4 / 3
_BASE_MEMORY_BYTES = 1000 << 20
_FEW_LOOKS = 2


def preflight(params: HarmonisationParams) -> Preflight:
    """Open the products and say what stands in the way, and what the run would cost."""
    try:
        series = settle(params)
    except EoError as error:
        return Preflight((Finding("error", error.code, error.message, error.hint),))
    first, last = series.products[0], series.products[-1]
    clouds = [p.cloud_cover for p in series.products if p.cloud_cover is not None]
    cover = f", {sum(clouds) / len(clouds):.0f} % cloud on average" if clouds else ""
    findings = [
        Finding(
            "ok",
            "series",
            f"{len(series.products)} scenes from {first.datetime:%Y-%m-%d} to {last.datetime:%Y-%m-%d}{cover}.",
        ),
        Finding("ok", "grid", f"{len(series.periods)} periods of {_size(series.grid)} pixels in {series.grid.crs}."),
        *_remarks(series),
    ]
    return Preflight(tuple(findings), estimate(series))


def estimate(series: Series) -> Estimate:
    """Return what a run will cost, from the pixels it decodes and the pixels it writes."""
    ground = series.grid.width * series.grid.height
    pixel_m = series.grid.pixel_size_m[0]
    looks = [part for row in series.looks for look in row for part in look]
    decoded = sum(ground * min(pixel_m / s.resolution_m, 1) ** 2 for look in looks for s in look.sources)
    composed = ground * len(looks) * len(series.names)
    written = ground * len(series.periods) * len(series.names) * _OVERVIEWS
    work_s = decoded / _DECODED_PIXELS_PER_S + composed / _COMPOSED_PIXELS_PER_S + written / _WRITTEN_PIXELS_PER_S
    output_bytes = round(written * _BYTES_PER_PIXEL)
    memory = _BASE_MEMORY_BYTES + 2 * BLOCK_BYTES * (default_threads() + 1)
    return Estimate(round(_START_S + work_s / default_threads(), 1), output_bytes, 2 * output_bytes, memory)


def _remarks(series: Series) -> list[Finding]:
    empty = [p.label for p, looks in zip(series.periods, series.looks, strict=True) if not looks]
    few = [p.label for p, looks in zip(series.periods, series.looks, strict=True) if 0 < len(looks) < _FEW_LOOKS]
    found = []
    if empty:
        message = f"No scene in {_some(empty)}."
        hint = "These periods are interpolated where gap_limit_days allows, and without data elsewhere."
        found.append(Finding("warning", "empty_periods", message, hint, "gap_limit_days"))
    if few:
        found.append(Finding("warning", "few_looks", f"A single scene in {_some(few)}.", "Add scenes, if there are."))
    if series.elsewhere:
        message = f"{series.elsewhere} scenes lie outside of the time or the area and are left out."
        found.append(Finding("ok", "left_out", message))
    if series.replaced:
        message = f"{series.replaced} scenes are there in a newer processing too and are left out."
        found.append(Finding("ok", "replaced", message))
    if len(series.projections) > 1:
        spread = ", ".join(f"{count} in {crs}" for crs, count in sorted(series.projections.items()))
        message = f"Scenes lie in several projections: {spread}. The stack is in {series.grid.crs}."
        found.append(Finding("warning", "projections", message, "Choose another with projection.", "projection"))
    return found


def _some(labels: list[str]) -> str:
    return ", ".join(labels[:6]) + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")


def _size(grid: Grid) -> str:
    return f"{grid.width} × {grid.height}"
