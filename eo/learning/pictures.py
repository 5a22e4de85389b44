"""Pictures of a training: confusion matrix, reliability diagram, curves. PNG bytes, no display needed."""

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from eo.learning.calibration import Reliability

DOTS_PER_INCH = 110
_BLUE, _ORANGE, _GREY = "#1f5fd6", "#c4540b", "#6b7280"
_NUMBERED_UP_TO = 20


def confusion_picture(confusion: NDArray[np.integer], names: Sequence[str], title: str) -> bytes:
    """Draw a confusion matrix: rows are truth, colours the share of the row, numbers the share in percent."""
    count = len(names)
    side = min(4.0 + 0.42 * count, 14.0)
    figure, axes = _figure(side + 3.2, side)
    shares = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    image = axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
    labels = [f"{name} ({n})" for name, n in zip(names, confusion.sum(1), strict=True)]
    axes.set_xticks(range(count), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_yticks(range(count), labels, fontsize=8)
    axes.set_xlabel("found")
    axes.set_ylabel("truth (samples)")
    axes.set_title(title, fontsize=10)
    if count <= _NUMBERED_UP_TO:
        for (row, column), share in np.ndenumerate(shares):
            if share >= 0.005:
                colour = "white" if share > 0.5 else "#222222"
                axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=7, color=colour)
    figure.colorbar(image, ax=axes, label="share of the true class", fraction=0.046, pad=0.03)
    return _png(figure)


def reliability_picture(before: Reliability, after: Reliability, title: str) -> bytes:
    """Draw accuracy over confidence, without and with the temperature, and how many samples stand where."""
    figure, axes = _figure(5.2, 5.2)
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1, label="as it should be")
    for told, colour, words in ((before, _ORANGE, "as trained"), (after, _BLUE, "with the temperature")):
        error = told.expected_calibration_error
        axes.plot(told.confidence, told.accuracy, "o-", color=colour, markersize=4, label=f"{words}: error {error:.3f}")
    share = after.count / max(after.count.sum(), 1)
    axes.bar(
        after.edges[:-1], share, np.diff(after.edges), align="edge", color=_BLUE, alpha=0.15, label="share of samples"
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="highest probability", ylabel="share that is right")
    axes.set_title(title, fontsize=10)
    axes.legend(loc="upper left", fontsize=8)
    return _png(figure)


def curve_picture(curve: Sequence[Mapping[str, float | None]], best_epoch: int, title: str) -> bytes:
    """Draw the losses and, beside them, where the epochs tell them, the shares that are right."""
    groups = {
        "loss": {"train_loss": _GREY, "val_loss": _BLUE},
        "share": {"val_accuracy": _BLUE, "val_f1": _ORANGE},
    }
    told = {name for point in curve for name, value in point.items() if value is not None}
    shown = {label: lines for label, lines in groups.items() if told & set(lines)}
    figure = Figure(figsize=(4.5 * len(shown), 3.6), dpi=DOTS_PER_INCH, layout="constrained")
    epochs = [point["epoch"] for point in curve]
    for axes, (label, lines) in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown.items(), strict=True):
        for name in sorted(told & set(lines), key=list(lines).index):
            axes.plot(epochs, _column(curve, name), color=lines[name], label=name.replace("_", " "))
        axes.axvline(best_epoch, color=_GREY, linestyle=":", linewidth=1, label="best epoch")
        axes.set_ylabel(label)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(fontsize=8)
        axes.grid(alpha=0.25)
    figure.suptitle(title, fontsize=10)
    return _png(figure)


def _column(curve: Sequence[Mapping[str, float | None]], name: str) -> list[float]:
    return [float("nan") if (value := point.get(name)) is None else value for point in curve]


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")
    return figure, figure.subplots()


def _png(figure: Figure) -> bytes:
    out = BytesIO()
    FigureCanvasAgg(figure).print_png(out)  # type: ignore[no-untyped-call]
    return out.getvalue()
