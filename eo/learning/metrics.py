"""How well classes are told: confusion, accuracies, F1, kappa, per class and over all.

Sources: Cohen 1960, doi:10.1177/001316446002000104 (kappa); Congalton 1991, doi:10.1016/0034-4257(91)90048-B.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eo.learning.calibration import expected_calibration_error
from eo.learning.card import ClassMetrics, Metrics

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """What follows from a confusion matrix; the order of classes is the matrix's.

    Means over classes are over those that occur, in truth or prediction (F1) or in truth (balanced accuracy).
    """

    overall_accuracy: float
    balanced_accuracy: float
    macro_f1: float
    kappa: float
    precision: Floats
    recall: Floats
    f1: Floats
    support: Counts


def confusion_matrix(truth: NDArray[np.integer], found: NDArray[np.integer], classes: int) -> Counts:
    """Count samples by position of the true class (row) and of the found one (column)."""
    pairs = truth.astype(np.int64) * classes + found
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def scores(confusion: Counts) -> Scores:
    """Return the scores of a confusion matrix with one sample or more."""
    right = np.diag(confusion).astype(float)
    truth, found, total = confusion.sum(1), confusion.sum(0), confusion.sum()
    precision, recall = _share(right, found), _share(right, truth)
    f1 = _share(2 * right, truth + found)
    chance = float((truth * found.astype(float)).sum()) / float(total) ** 2
    overall = float(right.sum() / total)
    return Scores(
        overall_accuracy=overall,
        balanced_accuracy=float(recall[truth > 0].mean()),
        macro_f1=float(f1[(truth + found) > 0].mean()),
        kappa=1.0 if chance == 1 else (overall - chance) / (1 - chance),
        precision=precision,
        recall=recall,
        f1=f1,
        support=truth,
    )


def card_metrics(probabilities: NDArray[np.floating], truth: NDArray[np.integer], values: Sequence[int]) -> Metrics:
    """Return the metrics of a card.

    Args:
        probabilities: (samples, classes), as the model gives them.
        truth: position of each sample's class.
        values: of the classes, in the order of the probabilities.
    """
    confusion = confusion_matrix(truth, probabilities.argmax(1), len(values))
    told = scores(confusion)
    columns = zip(values, told.precision, told.recall, told.f1, told.support, strict=True)
    return Metrics(
        samples=len(truth),
        overall_accuracy=told.overall_accuracy,
        balanced_accuracy=told.balanced_accuracy,
        macro_f1=told.macro_f1,
        kappa=told.kappa,
        expected_calibration_error=expected_calibration_error(probabilities, truth),
        classes=tuple(
            ClassMetrics(value=v, precision=float(p), recall=float(r), f1=float(f), support=int(n))
            for v, p, r, f, n in columns
        ),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
    )


def _share(part: Floats, whole: NDArray[np.integer]) -> Floats:
    """Return part / whole, 0 where there is nothing."""
    return np.asarray(np.divide(part, whole, out=np.zeros_like(part), where=whole > 0), np.float64)
