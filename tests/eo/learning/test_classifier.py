"""Normalisation, weights and the loss of a classifier, by hand and against torch."""

import numpy as np
import pytest
import torch

from eo.learning.classifier import (
    class_scores,
    class_weights_for,
    cross_entropy,
    inverse_prior,
    normalisation,
    normalised,
)

CPU = torch.device("cpu")


def test_the_scale_leaves_gaps_out() -> None:
    series = np.full((3, 2, 3), np.nan, np.float32)
    series[:, 0, 0] = [0.1, 0.2, 0.6]
    series[..., 1] = 0.5
    mean, std = normalisation(series)
    assert mean == pytest.approx((0.3, 0.5, 0.0))
    assert std == pytest.approx((np.std([0.1, 0.2, 0.6]), 1e-4, 1.0))
    learnt = normalised(series, np.array([0, 1, 0]), mean, std, CPU)
    assert learnt.x[:, 1, 0].tolist() == [0, 0, 0]
    assert learnt.x[2, 0, 0].item() == pytest.approx(0.3 / std[0], rel=1e-5)
    assert not learnt.x.isnan().any()


def test_weights_are_the_inverse_of_the_shares() -> None:
    targets = np.array([0] * 6 + [1] * 2 + [3] * 4)
    weights = inverse_prior(targets, 4)
    assert weights.tolist() == pytest.approx([12 / 18, 2.0, 0.0, 1.0])
    assert weights[targets].mean() == pytest.approx(1)
    assert class_weights_for(1, targets, 4) is None
    assert class_weights_for(0, targets, 4).tolist() == weights.tolist()


def test_the_loss_weighs_the_true_class() -> None:
    outputs, targets = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    weights = np.array([1.0, 2.0, 0.5], np.float32)
    plain = -torch.log_softmax(outputs, 1)[range(5), targets]
    torch.testing.assert_close(cross_entropy(weights, CPU)(outputs, targets), plain * torch.tensor(weights)[targets])
    torch.testing.assert_close(cross_entropy(None, CPU)(outputs, targets), plain)


def test_scores_of_an_epoch() -> None:
    told = class_scores(2)(np.array([[1, 0], [1, 0], [0, 1.0]], np.float32), np.array([0, 1, 1]))
    assert told == {"val_accuracy": pytest.approx(2 / 3), "val_f1": pytest.approx(2 / 3)}
