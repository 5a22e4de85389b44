"""Pictures of a set of samples: counts, mean series, flags, where the tiles lie."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from eo.timeseries.timesen2crop import BANDS, CLASSES

_DPI = 110
_PART_COLOURS = {
    "train": "#4c78a8",
    "validation": "#e0a030",
    "test": "#c4003c",
    "cross_year": "#7b3fa0",
    "split at random": "#4c78a8",
    "left out": "#9a9a9a",
}
_FLAG_COLOURS = {"clear": "#3f9b5f", "cloud": "#b9c0c8", "shadow": "#50565e", "snow": "#8fc7ef"}
_RED, _NEAR = BANDS.index("B04"), BANDS.index("B8A")


def draw_counts(statistics: Mapping[str, Any], path: Path) -> None:
    """Draw samples per class, stacked by part, and a table of tiles."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.5), sharey=True)
    tiles = statistics["tiles"]
    totals = [c["samples"] for c in statistics["classes"]]
    left.barh(range(len(CLASSES)), totals, color=[c.colour for c in CLASSES], edgecolor="#333", linewidth=0.5)
    left.set_xscale("symlog", linthresh=10)
    left.xaxis.set_major_formatter(EngFormatter(sep=""))
    left.set_yticks(range(len(CLASSES)), [f"{c.value} {c.name}" for c in CLASSES])
    left.invert_yaxis()
    left.set_xlabel("samples")
    counts = np.array([[tile["counts"].get(str(c.value), 0) for tile in tiles.values()] for c in CLASSES])
    with np.errstate(divide="ignore"):
        shown = np.ma.masked_invalid(np.log10(counts.astype(float)))
    image = right.imshow(shown, aspect="auto", cmap="viridis")
    right.set_xticks(range(len(tiles)), tiles, rotation=70)
    figure.colorbar(image, ax=right, label="log₁₀ of samples; white: none")
    figure.suptitle(f"{statistics['samples']:,} samples by class and tile")
    _save(figure, path)


def draw_series(statistics: Mapping[str, Any], path: Path) -> None:
    """Draw the mean of red, near infrared and NDVI of each class over the periods, with one standard deviation."""
    figure = Figure(figsize=(13, 10), layout="constrained")
    axes = figure.subplots(4, 4, sharex=True, sharey=True).ravel()
    labels = [label[:7] for label in statistics["periods"]]
    for axis, one in zip(axes, CLASSES, strict=True):
        axis.set_title(f"{one.value} {one.name}", fontsize=9)
        if str(one.value) not in statistics["mean"]:
            continue
        mean = np.array(statistics["mean"][str(one.value)], float)
        spread = np.array(statistics["spread"][str(one.value)], float)
        for band, colour in ((_RED, "#c0392b"), (_NEAR, "#6b4f9e")):
            axis.plot(mean[:, band], color=colour, label=BANDS[band])
            low, high = mean[:, band] - spread[:, band], mean[:, band] + spread[:, band]
            axis.fill_between(range(len(mean)), low, high, color=colour, alpha=0.2, linewidth=0)
        ndvi = (mean[:, _NEAR] - mean[:, _RED]) / (mean[:, _NEAR] + mean[:, _RED])
        axis.plot(ndvi, color="#2e8b57", linestyle="--", label="NDVI of the means")
        axis.grid(alpha=0.3)
    step = max(1, len(labels) // 6)
    axes[0].set_xticks(range(0, len(labels), step), labels[::step])
    axes[0].set_ylim(0, 1)
    for axis in axes[-4:]:
        axis.tick_params(axis="x", rotation=60)
    axes[0].legend(fontsize=7, loc="upper left")
    figure.supylabel("reflectance (band: mean ± one standard deviation), NDVI")
    _save(figure, path)


def draw_flags(statistics: Mapping[str, Any], path: Path) -> None:
    """Draw the shares of flags in each tile."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    axis = figure.subplots()
    tiles = statistics["tiles"]
    bottom = np.zeros(len(tiles))
    for flag, colour in _FLAG_COLOURS.items():
        share = np.array([100 * tile["flags"][flag] for tile in tiles.values()])
        axis.bar(range(len(tiles)), share, bottom=bottom, color=colour, label=flag)
        bottom += share
    names = [f"{name}\n{tile['looks']} dates" for name, tile in tiles.items()]
    axis.set_xticks(range(len(tiles)), names, rotation=60)
    axis.set_ylabel("% of looks")
    axis.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    _save(figure, path)


def draw_map(outlines: Mapping[str, Any], path: Path) -> None:
    """Draw where the tiles lie, in longitude and latitude, coloured by what they are for."""
    figure = Figure(figsize=(9, 6), layout="constrained")
    axis = figure.subplots()
    seen: set[str] = set()
    for feature in outlines["features"]:
        ring = np.array(feature["geometry"]["coordinates"][0])
        part = feature["properties"]["part"]
        colour = _PART_COLOURS.get(part, "#4c78a8")
        dashed = feature["properties"]["tile"][:4].isdecimal()
        label = part.replace("_", " ") if part not in seen else None
        seen.add(part)
        axis.fill(*ring.T, color=colour, alpha=0.0 if dashed else 0.25)
        axis.plot(*ring.T, color=colour, label=label, linestyle="--" if dashed else "-", linewidth=2 if dashed else 1.2)
        x, y = ring[:-1].mean(axis=0)
        shift = -0.12 if dashed else 0.0
        axis.text(x, y + shift, feature["properties"]["tile"], ha="center", va="center", fontsize=8)
    axis.set_xlabel("longitude (°)")
    axis.set_ylabel("latitude (°)")
    axis.set_aspect(1 / np.cos(np.radians(np.mean(axis.get_ylim()))))
    axis.legend(loc="upper left")
    axis.grid(alpha=0.3)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=_DPI)
