"""From a service's parameters and context to the training loop."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from eo.learning.augmentation import Augmentation
from eo.learning.networks import build
from eo.learning.ranks import Ranks, open_ranks
from eo.learning.settings import Settings, settings_for
from eo.learning.training import Loss, Recipe, Score, Series, Trained, train
from services.core.context import Context
from services.learning.parameters import TrainingParams

BEGIN, END = 0.04, 0.92
"""The share of a run that the epochs take."""
HALVED = "The graphics card was short of memory: each batch is computed in two halves, which changes no result."
_TIMED_STEPS, _WARM_STEPS = 6, 2
_EVALUATION_SHARE = 1.15


@contextmanager
def ranks_for(params: TrainingParams, context: Context) -> Iterator[Ranks]:
    """Yield this process's place among those that torchrun started, each with its share of the threads."""
    with open_ranks(params.device) as ranks:
        torch.set_num_threads(max(1, context.threads // ranks.count))
        yield ranks


def settings_of(params: TrainingParams, periods: int, bands: int, outputs: int) -> Settings:
    """Return the settings of the network that is asked for.

    Raises:
        InvalidOption: what the network cannot be.
    """
    return settings_for(
        params.network,
        periods,
        bands,
        outputs,
        layers=params.layers,
        hidden_units=params.hidden_units,
        bidirectional=params.bidirectional,
        dropout=params.dropout,
    )


def fresh_network(params: TrainingParams, settings: Settings) -> nn.Module:
    """Return a network with fresh weights: the same on every rank."""
    torch.manual_seed(params.seed)
    return build(params.network, settings)


def recipe_of(params: TrainingParams, *, best: str, highest: bool) -> Recipe:
    """Return how it is trained; the best epoch is told by member `best` of its point."""
    return Recipe(
        epochs=params.epochs,
        batch_size=params.batch_size,
        learning_rate=params.learning_rate,
        seed=params.seed,
        patience=params.patience,
        best=best,
        highest=highest,
        precision=params.precision,
    )


def fit(
    params: TrainingParams,
    context: Context,
    ranks: Ranks,
    network: nn.Module,
    samples: Series,
    validation: Series,
    *,
    loss: Loss,
    score: Score,
    recipe: Recipe,
    data_sha256: str,
) -> Trained:
    """Train a network, telling curve and progress; taken up from what an interrupted run of the same kept.

    Raises:
        OutOfDeviceMemory: the graphics card holds not even half a batch.
    """
    changes = Augmentation(params.masked_share, params.noise, params.shifted_share)
    trained = train(
        network,
        samples,
        validation,
        recipe,
        loss=loss,
        score=score,
        augment=changes if changes != Augmentation() else None,
        ranks=ranks,
        curve=context.curve,
        progress=lambda done, stage: context.progress(BEGIN + (END - BEGIN) * done, stage),
        keep=context.keep,
        identity=_identity(params, context, data_sha256, ranks),
    )
    if trained.pieces > 1:
        context.progress(END, HALVED)
    return trained


def seconds_of_training(
    params: TrainingParams, settings: Settings, samples: int, threads: int, ranks: int = 1
) -> float:
    """Return how long all epochs would take here, from a few steps on made numbers; stopping early takes less."""
    torch.set_num_threads(max(1, threads))
    network = fresh_network(params, settings)
    rows = min(params.batch_size, 4096)
    made = Series(torch.randn(rows, settings.periods, settings.bands), torch.zeros(rows, dtype=torch.int64))

    def loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return outputs.square().sum(1)

    taken = []
    for steps in (_WARM_STEPS, _TIMED_STEPS):
        began = time.perf_counter()
        train(network, made, made, Recipe(steps, rows, 1e-6, precision=params.precision), loss=loss)
        taken.append((time.perf_counter() - began) / steps)
    return taken[-1] / rows * samples * params.epochs * _EVALUATION_SHARE / ranks


def _identity(params: TrainingParams, context: Context, data_sha256: str, ranks: Ranks) -> str:
    """Return what must be the same for a checkpoint to be taken up: parameters, data, ranks, torch.

    Where the data lie is no matter: their sha-256 says what they are.
    """
    told = params.model_dump(mode="json", exclude={*context.service.references(), "device"})
    told |= {"sha256": data_sha256, "ranks": ranks.count, "torch": torch.__version__}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
