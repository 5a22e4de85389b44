"""Train a network: epochs over arrays that lie in memory, one process or several, taken up again after a kill.

What is told apart is not known here: the caller brings the loss of each sample and the scores of an epoch. Each epoch
draws from a seed of its own, so a training that goes on from a checkpoint ends with the same bits as one that ran
through.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from eo.errors import OutOfDeviceMemory
from eo.learning.augmentation import Augment
from eo.learning.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from eo.learning.ranks import Ranks

Precision = Literal["auto", "float32", "mixed"]
Point = dict[str, float]
Loss = Callable[[Tensor, Tensor], Tensor]
"""(outputs, targets) of a batch → the loss of each of its samples."""
Score = Callable[[NDArray[np.float32], NDArray[Any]], Mapping[str, float]]
"""(outputs, targets) of the validation samples → what an epoch's point tells beside the losses."""
WARM_UP_EPOCHS = 1.0
LAST_RATE = 0.01
LONGEST_GRADIENT = 1.0
EVALUATED_AT_ONCE = 1024
TOLD_EVERY_S = 0.5


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Args:
        batch_size: over all ranks together.
        learning_rate: the highest: reached after one epoch, then falling along a cosine.
        patience: epochs without a better one after which it stops; 0 for never.
        best: member of an epoch's point that the best epoch is chosen by.
        highest: whether the best is the highest.
        precision: "mixed" computes in bfloat16 (float16 on cards without it), "auto" does so on graphics cards.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int = 0
    patience: int = 0
    weight_decay: float = 1e-4
    best: str = "val_loss"
    highest: bool = False
    precision: Precision = "auto"


@dataclass(frozen=True)
class Series:
    """What a network learns from: normalised (samples, periods, bands), gaps as zeros; a target per sample."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Trained:
    """How a training went; the network holds the weights of the best epoch.

    Args:
        pieces: in how many pieces batches were computed at last, for want of memory.
        resumed_after: epochs that an earlier, interrupted run had done.
    """

    curve: list[Point]
    best_epoch: int
    pieces: int
    resumed_after: int


def train(
    network: nn.Module,
    samples: Series,
    validation: Series,
    recipe: Recipe,
    *,
    loss: Loss,
    score: Score = lambda outputs, targets: {},
    augment: Augment | None = None,
    ranks: Ranks | None = None,
    curve: Callable[[Point], None] = lambda point: None,
    progress: Callable[[float, str], None] = lambda fraction, stage: None,
    keep: Path | None = None,
    identity: str = "",
) -> Trained:
    """Train a network in place; it ends with the weights of its best epoch, in evaluation mode.

    Args:
        network: fresh, the same on every rank.
        loss: returns one number per sample; their mean over the batch is what falls.
        curve: takes the point of each epoch, those of an earlier run too.
        keep: folder for a checkpoint after each epoch.
        identity: of data, network and recipe; a checkpoint of another identity is not taken up.

    Raises:
        OutOfDeviceMemory: the card holds not even half a batch.
    """
    run = _Run(network, recipe, loss, augment, ranks or Ranks())
    begun = (load_checkpoint(keep, identity, run.ranks.device) if keep else None) or Checkpoint(identity)
    resumed_after = begun.epochs_done
    run.restore(begun)
    for point in begun.curve:
        curve(point)
    for epoch in range(begun.epochs_done, recipe.epochs):
        if _has_stopped(begun, recipe):
            break
        started = time.monotonic()
        trained = run.epoch(epoch, samples, _teller(progress, epoch, recipe.epochs))
        point = {"epoch": epoch + 1, "train_loss": trained, **run.validate(validation, score)}
        point |= {"learning_rate": run.rate, "seconds": round(time.monotonic() - started, 3)}
        run.note(begun, point)
        if keep and run.ranks.first:
            save_checkpoint(keep, begun)
        curve(point)
    if begun.best_network is not None:
        network.load_state_dict(begun.best_network)
    network.eval()
    return Trained(begun.curve, begun.best_epoch, run.pieces, resumed_after)


def _teller(progress: Callable[[float, str], None], epoch: int, epochs: int) -> Callable[[float], None]:
    return lambda done: progress((epoch + done) / epochs, f"training: epoch {epoch + 1} of {epochs}")


def _has_stopped(checkpoint: Checkpoint, recipe: Recipe) -> bool:
    return bool(recipe.patience) and checkpoint.epochs_done - checkpoint.best_epoch >= recipe.patience


class _Run:
    """A network in training: where its gradients come from and what became of them."""

    def __init__(self, network: nn.Module, recipe: Recipe, loss: Loss, augment: Augment | None, ranks: Ranks) -> None:
        self.recipe, self.loss, self.augment, self.ranks = recipe, loss, augment, ranks
        self.network = network.to(ranks.device)
        self.joined = DistributedDataParallel(self.network) if ranks.count > 1 else self.network
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )
        self.dtype = _dtype(recipe.precision, ranks.device)
        self.scaler = torch.amp.GradScaler(ranks.device.type, enabled=self.dtype is torch.float16)
        self.pieces, self.rate = 1, 0.0

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from where a checkpoint stands."""
        if checkpoint.epochs_done:
            self.network.load_state_dict(checkpoint.network)
            self.optimizer.load_state_dict(checkpoint.optimizer)
            self.scaler.load_state_dict(checkpoint.scaler)
            self.pieces = checkpoint.pieces

    def note(self, checkpoint: Checkpoint, point: Point) -> None:
        """Put the state after an epoch into the checkpoint."""
        checkpoint.network = self.network.state_dict()
        checkpoint.optimizer = self.optimizer.state_dict()
        checkpoint.scaler = self.scaler.state_dict()
        checkpoint.curve.append(point)
        checkpoint.epochs_done, checkpoint.pieces = len(checkpoint.curve), self.pieces
        value = point[self.recipe.best]
        better = value > checkpoint.best_value if self.recipe.highest else value < checkpoint.best_value
        if better or checkpoint.best_network is None:
            checkpoint.best_network = {name: v.clone() for name, v in checkpoint.network.items()}
            checkpoint.best_epoch, checkpoint.best_value = checkpoint.epochs_done, value

    def epoch(self, epoch: int, samples: Series, progress: Callable[[float], None]) -> float:
        """Go once over the samples; return the mean loss."""
        torch.manual_seed(hash_seed(self.recipe.seed, epoch, self.ranks.rank))
        self.joined.train()
        total = torch.zeros((), dtype=torch.float64, device=self.ranks.device)
        batches = -(-len(samples.y) // self.recipe.batch_size)
        told = time.monotonic()
        for number, batch in enumerate(self._batches(epoch, len(samples.y))):
            self._set_rate(epoch + number / batches)
            total += self._step(samples, batch)
            if time.monotonic() - told > TOLD_EVERY_S:
                told = time.monotonic()
                progress(number / batches)
        return float(self.ranks.sum(total)) / len(samples.y)

    def validate(self, samples: Series, score: Score) -> Point:
        """Return the loss and the scores on samples that are not learnt from."""
        mine = self.ranks.share(len(samples.y))
        part = samples.x[mine]
        found = evaluate(self.network, part if len(part) else samples.x[:1], self.dtype)[: len(part)]
        outputs = self.ranks.gather(found, len(samples.y))
        loss = float(self.loss(outputs, samples.y).double().mean())
        return {"val_loss": loss, **score(outputs.cpu().numpy(), samples.y.cpu().numpy())}

    def _batches(self, epoch: int, count: int) -> Iterator[Tensor]:
        """Yield the indices of each batch over all ranks, in an order that is the epoch's own."""
        draw = torch.Generator().manual_seed(hash_seed(self.recipe.seed, epoch, -1))
        order = torch.randperm(count, generator=draw).to(self.ranks.device)
        return iter(torch.split(order, self.recipe.batch_size))

    def _set_rate(self, epochs_done: float) -> None:
        rising = min(1.0, (epochs_done + 1e-2) / WARM_UP_EPOCHS)
        falling = 0.5 * (1 + math.cos(math.pi * epochs_done / self.recipe.epochs))
        self.rate = self.recipe.learning_rate * rising * (LAST_RATE + (1 - LAST_RATE) * falling)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate

    def _step(self, samples: Series, batch: Tensor) -> Tensor:
        """Learn from one batch; return the sum of the losses of this rank's samples."""
        try:
            return self._learn(samples, batch)
        except torch.cuda.OutOfMemoryError:
            if self.pieces > 1 or self.ranks.count > 1:
                size = -(-len(batch) // self.pieces)
                raise OutOfDeviceMemory(
                    f"The graphics card has too little memory for {size} series at once.",
                    hint="Choose a smaller batch_size or fewer hidden_units, or train with --device cpu.",
                ) from None
        self.pieces = 2
        if self.ranks.device.type == "cuda":
            torch.cuda.empty_cache()
        return self._step(samples, batch)

    def _learn(self, samples: Series, batch: Tensor) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        mine = batch[self.ranks.rank :: self.ranks.count]
        parts = (mine,) if self.pieces == 1 else torch.split(mine, -(-len(mine) // self.pieces))
        total = torch.zeros((), device=self.ranks.device)
        for number, part in enumerate(parts):
            total += self._gradient(samples, part, batch, last=number == len(parts) - 1)
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST_GRADIENT)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return total

    def _gradient(self, samples: Series, part: Tensor, batch: Tensor, *, last: bool) -> Tensor:
        """Add the gradient of some samples; ranks without any in a short last batch take part with nothing."""
        share = self.ranks.count / len(batch) if len(part) else 0.0
        part = part if len(part) else batch[:1]
        series = samples.x[part]
        if self.augment:
            series = self.augment(series)
        wait = nullcontext() if last or self.ranks.count == 1 else self.joined.no_sync()  # type: ignore[operator]
        with wait:
            with torch.autocast(self.ranks.device.type, self.dtype, enabled=self.dtype is not torch.float32):
                outputs = self.joined(series)
            losses: Tensor = self.loss(outputs.float(), samples.y[part])
            self.scaler.scale(losses.sum() * share).backward()  # type: ignore[no-untyped-call]
        return losses.detach().sum() * bool(share)


@torch.no_grad()
def evaluate(network: nn.Module, series: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return a network's outputs (samples, outputs) in evaluation mode, computed in parts where the series lie."""
    network.eval()
    outputs = []
    for part in torch.split(series, EVALUATED_AT_ONCE):
        with torch.autocast(series.device.type, dtype, enabled=dtype is not torch.float32):
            outputs.append(network(part).float())
    return torch.cat(outputs)


def hash_seed(seed: int, epoch: int, rank: int) -> int:
    """Return a seed of its own for every epoch and rank."""
    return int(np.random.SeedSequence([seed, epoch, rank + 1]).generate_state(1, np.uint64)[0] >> 1)


def _dtype(precision: Precision, device: torch.device) -> torch.dtype:
    if precision == "float32" or (precision == "auto" and device.type == "cpu"):
        return torch.float32
    whole = device.type == "cpu" or torch.cuda.is_bf16_supported()
    return torch.bfloat16 if whole else torch.float16
