"""What training a classifier of series needs beside the loop: normalisation, the loss and its weights, the scores."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eo.learning.metrics import confusion_matrix, scores
from eo.learning.training import Loss, Score, Series

Floats = NDArray[np.float32]
_ROWS_AT_ONCE = 65_536
_LEAST_STD = 1e-4


def normalisation(series: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of each band over (samples, periods, bands), NaN left out.

    A band that is never seen gets mean 0 and standard deviation 1; one that never changes no less than 0.0001.
    """
    bands = series.shape[2]
    count, total, squares = np.zeros(bands), np.zeros(bands), np.zeros(bands)
    for start in range(0, len(series), _ROWS_AT_ONCE):
        part = np.asarray(series[start : start + _ROWS_AT_ONCE], np.float64).reshape(-1, bands)
        seen = np.isfinite(part)
        part = np.where(seen, part, 0.0)
        count += seen.sum(0)
        total += part.sum(0)
        squares += (part**2).sum(0)
    mean = total / np.maximum(count, 1)
    deviation = np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean**2, 0))
    deviation = np.where(count > 0, np.maximum(deviation, _LEAST_STD), 1.0)
    return tuple(float(np.float32(m)) for m in mean), tuple(float(np.float32(d)) for d in deviation)


def normalised(
    series: Floats, targets: NDArray[np.int64], mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
) -> Series:
    """Return what a network learns from: normalised, NaN as 0, on the device.

    Args:
        series: (samples, periods, bands) reflectance; may lie on the disk.
        targets: position of each sample's class.
    """
    x = torch.empty(series.shape, dtype=torch.float32)
    middle, scale = np.array(mean, np.float32), np.array(std, np.float32)
    for start in range(0, len(series), _ROWS_AT_ONCE):
        part = (np.asarray(series[start : start + _ROWS_AT_ONCE], np.float32) - middle) / scale
        np.nan_to_num(part, copy=False, nan=0.0)
        x[start : start + len(part)] = torch.from_numpy(part)
    return Series(x.to(device), torch.from_numpy(np.ascontiguousarray(targets, np.int64)).to(device))


def inverse_prior(targets: NDArray[np.integer], classes: int) -> Floats:
    """Return a weight per class: the inverse of its share of the samples, scaled so that the mean over them is 1.

    Classes that never occur weigh nothing.
    """
    count = np.bincount(targets, minlength=classes).astype(float)
    there = (count > 0).sum()
    return np.asarray(np.divide(len(targets), there * count, out=np.zeros(classes), where=count > 0), np.float32)


def class_weights_for(parameter: int, targets: NDArray[np.integer], classes: int) -> Floats | None:
    """Return the weights that the published parameter asks for: 0 the inverse of the shares, 1 none."""
    return inverse_prior(targets, classes) if parameter == 0 else None


def cross_entropy(weights: Floats | None, device: torch.device) -> Loss:
    """Return the loss of a classifier: cross-entropy times the weight of the true class, per sample."""
    weight = None if weights is None else torch.from_numpy(weights).to(device)

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        return torch.nn.functional.cross_entropy(outputs, targets, weight=weight, reduction="none")

    return loss


def class_scores(classes: int) -> Score:
    """Return what an epoch's point says of validation samples: `val_accuracy` and `val_f1` (macro)."""

    def score(outputs: Floats, targets: NDArray[np.int64]) -> Mapping[str, float]:
        told = scores(confusion_matrix(targets, outputs.argmax(1), classes))
        return {"val_accuracy": told.overall_accuracy, "val_f1": told.macro_f1}

    return score
