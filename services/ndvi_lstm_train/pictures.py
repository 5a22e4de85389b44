"""The errors of a forecast beside those of its references, as a picture."""

from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from eo.learning.card import ForecastMetrics

_COLOURS = {"persistence": "#9aa1ab", "climatology": "#c4540b", "network": "#1f5fd6"}
_WIDTH = 0.26


def skill_picture(metrics: ForecastMetrics, title: str) -> bytes:
    """Draw the root-mean-square error per period ahead beside persistence and climatology; PNG."""
    figure = Figure(figsize=(6.4, 3.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    ahead = np.arange(1, len(metrics.rmse) + 1)
    rows = (metrics.rmse_persistence, metrics.rmse_climatology, metrics.rmse)
    for place, ((name, colour), values) in enumerate(zip(_COLOURS.items(), rows, strict=True)):
        axes.bar(ahead + (place - 1) * _WIDTH, values, _WIDTH * 0.92, color=colour, label=name)
    axes.set_xticks(ahead)
    axes.set(xlabel="periods ahead", ylabel="RMSE of NDVI")
    axes.legend(fontsize=8)
    axes.grid(axis="y", alpha=0.25)
    words = f"{metrics.coverage:.0%} of the values lie in the {metrics.nominal_coverage:.0%} interval"
    axes.set_title(f"{title}\n{words}", fontsize=10)
    content = BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()
