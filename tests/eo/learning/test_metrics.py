"""Scores against scikit-learn's, and by hand."""

import numpy as np
import pytest
from sklearn import metrics as reference

from eo.learning.metrics import card_metrics, confusion_matrix, scores


def test_four_samples_by_hand() -> None:
    confusion = confusion_matrix(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 3)
    assert confusion.tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]
    told = scores(confusion)
    assert (told.overall_accuracy, told.balanced_accuracy) == (0.75, 0.75)
    assert told.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert told.kappa == pytest.approx((0.75 - 0.5) / 0.5)
    assert told.precision.tolist() == [1, pytest.approx(2 / 3), 0]


@pytest.mark.parametrize("seed", range(5))
def test_the_scores_are_scikit_learn_s(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.choice(6, 400, p=[0.5, 0.2, 0.1, 0.1, 0.07, 0.03])
    found = np.where(rng.random(400) < 0.6, truth, rng.integers(0, 6, 400))
    told = scores(confusion_matrix(truth, found, 6))
    assert told.overall_accuracy == pytest.approx(reference.accuracy_score(truth, found))
    assert told.balanced_accuracy == pytest.approx(reference.balanced_accuracy_score(truth, found))
    assert told.macro_f1 == pytest.approx(reference.f1_score(truth, found, average="macro"))
    assert told.kappa == pytest.approx(reference.cohen_kappa_score(truth, found))
    columns = reference.precision_recall_fscore_support(truth, found, labels=range(6), zero_division=0)
    np.testing.assert_allclose([told.precision, told.recall, told.f1, told.support], columns)
    np.testing.assert_array_equal(confusion_matrix(truth, found, 6), reference.confusion_matrix(truth, found))


def test_the_metrics_of_a_card() -> None:
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    told = card_metrics(probabilities, np.array([0, 1, 1]), [3, 7])
    assert told.confusion == ((1, 0), (1, 1))
    assert [(c.value, c.support) for c in told.classes] == [(3, 1), (7, 2)]
    assert told.expected_calibration_error == pytest.approx((0.1 + 0.6 + 0.2) / 3)


def test_one_class_only_told_rightly() -> None:
    assert scores(confusion_matrix(np.zeros(3, int), np.zeros(3, int), 2)).kappa == 1
