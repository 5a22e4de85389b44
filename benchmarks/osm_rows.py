"""Rows of the report on OpenStreetMap's features."""

from collections.abc import Sequence
from typing import Any


def percentile(values: Sequence[float], share: int) -> float:
    """Return the value below which a share (percent) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share / 100 * (len(ordered) - 1)))]


def row(
    name: str,
    ours: float,
    unit: str,
    target: float,
    note: str,
    comparison: float | None = None,
    *,
    at_least: bool = False,
) -> dict[str, Any]:
    """Return one row of the report; the target is the most there may be, or the least."""
    return {
        "name": f"OSM: {name}",
        "ours": round(ours, 2),
        "comparison": round(comparison, 2) if comparison else None,
        "unit": unit,
        "ratio": round(ours / comparison, 2) if comparison else None,
        "target": f"{'>=' if at_least else '<='} {target:g} {unit}".strip(),
        "ok": ours >= target if at_least else ours <= target,
        "note": note,
    }
