"""Whether probabilities can be taken at their word, and one temperature that makes them so.

Sources: Guo, Pleiss, Sun, Weinberger 2017, arXiv:1706.04599 (temperature scaling, expected calibration error);
Naeini, Cooper, Hauskrecht 2015 (bins).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15
COLDEST, WARMEST = 0.05, 20.0
_STEPS, _ENOUGH = 50, 1e-10

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reliability:
    """Samples by their highest probability, in bins of equal width.

    Args:
        edges: of the bins, one more than bins.
        confidence, accuracy: means in each bin, NaN where it is empty.
        count: samples in each bin.
    """

    edges: Floats
    confidence: Floats
    accuracy: Floats
    count: NDArray[np.int64]

    @property
    def expected_calibration_error(self) -> float:
        """Mean distance of accuracy and confidence over the samples."""
        distance = np.abs(self.accuracy - self.confidence)
        return float((np.nan_to_num(distance) * self.count).sum() / max(self.count.sum(), 1))


def reliability(probabilities: NDArray[np.floating], truth: NDArray[np.integer], bins: int = BINS) -> Reliability:
    """Sort samples into bins by their highest probability.

    Args:
        probabilities: (samples, classes).
        truth: position of each sample's class.
    """
    highest = np.asarray(probabilities.max(1), np.float64)
    right = probabilities.argmax(1) == truth
    which = np.clip(np.ceil(highest * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(which, highest, bins) / count
        accuracy = np.bincount(which, right, bins) / count
    return Reliability(np.linspace(0, 1, bins + 1), confidence, accuracy, count)


def expected_calibration_error(
    probabilities: NDArray[np.floating], truth: NDArray[np.integer], bins: int = BINS
) -> float:
    """Return how far, in the mean, the highest probability lies from the share that is right."""
    return reliability(probabilities, truth, bins).expected_calibration_error


def fit_temperature(logits: NDArray[np.floating], truth: NDArray[np.integer]) -> float:
    """Return the temperature that makes the truth likeliest: Newton's steps on 1/T, where the likelihood is convex.

    Args:
        logits: (samples, classes) of samples that were not learnt from.
        truth: position of each sample's class.
    """
    values = np.asarray(logits, np.float64)
    values = values - values.max(1, keepdims=True)
    own = values[np.arange(len(truth)), truth]
    beta = 1.0
    for _ in range(_STEPS):
        shares = softmax(beta * values)
        mean = (shares * values).sum(1)
        slope = float((mean - own).mean())
        curvature = float(((shares * values**2).sum(1) - mean**2).mean())
        step = slope / max(curvature, 1e-12)
        following = float(np.clip(beta - step, max(beta / 3, 1 / WARMEST), min(beta * 3, 1 / COLDEST)))
        if abs(following - beta) < _ENOUGH:
            break
        beta = following
    return 1.0 / beta


def softmax(logits: NDArray[np.floating]) -> Floats:
    """Return probabilities of logits (samples, classes)."""
    powers = np.exp(np.asarray(logits, np.float64) - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float64)
