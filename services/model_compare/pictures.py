"""Two models side by side, as a picture."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_FIRST, _SECOND, _GREY, _BROWN = "#1f5fd6", "#c4540b", "#9aa1ab", "#8c6d3f"
_WORDS = {
    "overall_accuracy": "overall accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "kappa": "kappa",
    "expected_calibration_error": "calibration error",
}


def classes_picture(table: Mapping[str, Any]) -> bytes:
    """Draw the numbers of two classifiers, and F1 of each class; PNG."""
    rows = [row for row in table["classes"] if row["samples"]]
    figure = Figure(figsize=(10.0, 1.8 + 0.3 * max(len(rows), 6)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    names = [model["name"] for model in table["models"]]
    _pairs(left, [_WORDS[n] for n in table["numbers"]], list(table["numbers"].values()), names)
    _pairs(right, [f"{r['name']} ({r['samples']})" for r in rows], [r["f1"] for r in rows], names)
    left.set_title(f"{table['samples']} samples of the part {table['part']}", fontsize=10)
    right.set_title("F1 of each class (samples)", fontsize=10)
    left.legend(fontsize=8, loc="lower right")
    return _png(figure)


def forecast_picture(table: Mapping[str, Any]) -> bytes:
    """Draw the errors of two forecasts beside persistence and climatology; PNG."""
    figure = Figure(figsize=(7.0, 3.8), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    names = [model["name"] for model in table["models"]]
    rows = {
        **table["references"],
        **{f"{i}. {n}": r for i, (n, r) in enumerate(zip(names, table["numbers"]["rmse"], strict=True), 1)},
    }
    ahead = np.arange(1, len(table["numbers"]["rmse"][0]) + 1)
    for place, ((name, values), colour) in enumerate(zip(rows.items(), (_GREY, _BROWN, _FIRST, _SECOND), strict=True)):
        axes.bar(ahead + (place - 1.5) * 0.2, values, 0.18, color=colour, label=name)
    axes.set_xticks(ahead)
    axes.set(xlabel="periods ahead", ylabel="RMSE of NDVI")
    axes.set_title(f"{table['samples']} windows of the part {table['part']}", fontsize=10)
    axes.legend(fontsize=8)
    axes.grid(axis="y", alpha=0.25)
    return _png(figure)


def _pairs(axes: Any, labels: list[str], pairs: list[list[float]], names: list[str]) -> None:
    place = np.arange(len(labels))
    for number, (name, colour) in enumerate(zip(names, (_FIRST, _SECOND), strict=True)):
        values = [pair[number] for pair in pairs]
        at = place + (number - 0.5) * 0.38
        axes.barh(at, values, 0.36, color=colour, label=f"{number + 1}. {name}")
        for y, value in zip(at, values, strict=True):
            axes.text(max(value, 0) + 0.01, y, f"{value:.3f}", va="center", fontsize=7)
    axes.set_yticks(place, labels, fontsize=8)
    axes.set_xlim(0, 1.12)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.25)


def _png(figure: Figure) -> bytes:
    content = BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()
