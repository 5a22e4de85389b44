"""Two models side by side: their numbers where both were measured on the same samples, else only what they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.models.errors import NotComparable
from apps.models.models import TrainedModel

TEST = "test"
CLASSIFICATION = {
    "overall_accuracy": "Overall accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro-F1",
    "kappa": "Kappa",
    "expected_calibration_error": "Expected calibration error",
}
FORECAST = {"rmse": "RMSE", "mae": "MAE"}
LESS_IS_BETTER = {"expected_calibration_error", "rmse", "mae"}
METRICS, FORECASTS = "metrics", "forecast"


@dataclass(frozen=True)
class Row:
    """One number of both models; `better` is "a", "b" or empty."""

    name: str
    title: str
    a: float | None
    b: float | None

    @property
    def difference(self) -> float | None:
        """How much more the second has."""
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def better(self) -> str:
        """Which of the two does better."""
        if not self.difference:
            return ""
        more = "b" if self.difference > 0 else "a"
        return more if self.name.partition(":")[0] not in LESS_IS_BETTER else {"a": "b", "b": "a"}[more]


@dataclass(frozen=True)
class Comparison:
    """Two models, whether one set of samples tested both, and if so their numbers on it."""

    a: TrainedModel
    b: TrainedModel
    same_test_set: bool
    samples: int | None
    rows: tuple[Row, ...]
    classes: tuple[Row, ...]


def compare(a: TrainedModel, b: TrainedModel) -> Comparison:
    """Compare two models by their cards.

    Raises:
        NotComparable: they do different things.
    """
    if a.task != b.task:
        raise NotComparable(
            f"{a} is a network for {a.task_title}, {b} for {b.task_title}.", hint="Choose two that do the same."
        )
    kind = METRICS if a.task == "crop_classification" else FORECASTS
    parts = [model.card[kind].get(TEST) for model in (a, b)]
    prints = [model.card["data"]["test_sha256"] for model in (a, b)]
    if not all(parts) or not prints[0] or prints[0] != prints[1]:
        return Comparison(a, b, False, None, (), ())
    rows = tuple(_scores(*parts) if kind == METRICS else _errors(*parts))
    classes = tuple(_classes(a, b)) if kind == METRICS else ()
    return Comparison(a, b, True, parts[0]["samples"], rows, classes)


def _scores(one: dict[str, Any], other: dict[str, Any]) -> Iterator[Row]:
    for name, title in CLASSIFICATION.items():
        yield Row(name, title, one[name], other[name])


def _errors(one: dict[str, Any], other: dict[str, Any]) -> Iterator[Row]:
    for name, title in FORECAST.items():
        for ahead in range(max(len(one[name]), len(other[name]))):
            both = [values[name][ahead] if ahead < len(values[name]) else None for values in (one, other)]
            yield Row(f"{name}:{ahead + 1}", f"{title}, {ahead + 1} ahead", *both)
    yield Row("coverage", f"Coverage of the {one['nominal_coverage']:.0%} interval", one["coverage"], other["coverage"])


def _classes(a: TrainedModel, b: TrainedModel) -> Iterator[Row]:
    """Yield the F1 of each class by its name: numbers of classes may differ between models."""
    scores = [_f1_by_name(model) for model in (a, b)]
    for name in dict.fromkeys([*scores[0], *scores[1]]):
        yield Row(f"f1:{name}", name, scores[0].get(name), scores[1].get(name))


def _f1_by_name(model: TrainedModel) -> dict[str, float]:
    names = {one["value"]: one["name"] for one in model.card["outputs"]["classes"]}
    return {names.get(m["value"], str(m["value"])): m["f1"] for m in model.card["metrics"][TEST]["classes"]}
