"""The training curve of a job: the points that its child tells, kept beside its log, bounded in number and size."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from threading import Lock

MAX_POINTS = 20_000
MAX_MEMBERS = 16
MAX_EPOCH = 10_000_000
MAX_VALUE = 1e300
"""Neither NaN nor an infinite number lies below it."""
CARD = "card.json"
MAX_CARD_BYTES = 16 << 20
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
Point = dict[str, float]

# What is said of a curve: the member, its words, and whether more of it is better.
_TOLD = (
    ("val_loss", "Loss on validation data", False),
    ("train_loss", "Loss on training data", False),
    ("val_accuracy", "Accuracy on validation data", True),
    ("val_f1", "Macro-F1 on validation data", True),
    ("val_rmse", "RMSE on validation data", False),
)


class Curve:
    """Appends points to a file. A full disk costs the curve, never the job."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.points = len(read_points(path))
        self._left = MAX_POINTS - _lines(path)
        self._lock = Lock()

    def take(self, told: object) -> None:
        """Keep a point of the child's; what is none is passed over."""
        point = clean(told)
        with self._lock:
            if point is None or self._left <= 0:
                return
            try:
                with self.path.open("a") as stream:
                    stream.write(json.dumps(point) + "\n")
            except OSError:
                self._left = 0
                return
            self._left -= 1
            self.points += 1


def clean(told: object) -> Point | None:
    """Return the finite numbers of a point under plain names, `epoch` first; None where that is nothing."""
    if not isinstance(told, Mapping) or len(told) > MAX_MEMBERS:
        return None
    epoch = told.get("epoch")
    if isinstance(epoch, bool) or not isinstance(epoch, int) or not 0 <= epoch <= MAX_EPOCH:
        return None
    values = {k: float(v) for k, v in told.items() if k != "epoch" and isinstance(k, str) and _fits(k, v)}
    return {"epoch": epoch, **values} if values else None


def read_points(path: Path) -> list[Point]:
    """Return the points in the order of epochs; what an attempt told beyond where the next one began is left out."""
    points: list[Point] = []
    for line in _read(path):
        try:
            point = clean(json.loads(line))
        except (ValueError, RecursionError):
            continue
        if point is None:
            continue
        if points and point["epoch"] <= points[-1]["epoch"]:
            points = list(takewhile(lambda earlier, new=point["epoch"]: earlier["epoch"] < new, points))  # type: ignore[misc]
        points.append(point)
    return points


def card_points(folder: Path) -> list[Point]:
    """Return the curve that the card of a trained network holds; empty where there is no card."""
    try:
        card = folder / CARD
        if card.stat().st_size > MAX_CARD_BYTES:
            return []
        told = json.loads(card.read_text()).get("curve", ())
        return [point for point in map(clean, told[:MAX_POINTS]) if point]
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return []


def summary(points: Sequence[Point]) -> str:
    """Return a curve in words: how many epochs, and for each measure the last value and the best."""
    if not points:
        return ""
    count = len(points)
    sentences = [f"{count} epoch{'s' if count > 1 else ''}."]
    for name, words, more_is_better in _TOLD:
        known = [(point[name], int(point["epoch"])) for point in points if name in point]
        if known:
            best = (max if more_is_better else min)(known, key=lambda pair: pair[0])
            now = f"{known[0][0]:.3g} at first, {known[-1][0]:.3g} now"
            sentences.append(f"{words}: {now}, best {best[0]:.3g} in epoch {best[1]}.")
    return " ".join(sentences)


def _fits(name: str, value: object) -> bool:
    return (
        bool(NAME.fullmatch(name))
        and isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < MAX_VALUE
    )


def _read(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()[:MAX_POINTS]
    except OSError:
        return []


def _lines(path: Path) -> int:
    return len(_read(path))
