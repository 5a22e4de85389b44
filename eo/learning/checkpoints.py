"""Checkpoints: everything that an interrupted training is taken up from, written whole or not at all."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

FILE = "checkpoint.pt"


@dataclass
class Checkpoint:
    """A training after `epochs_done` epochs.

    Args:
        identity: of data, network and recipe: another training does not go on from here.
        network, optimizer: their states.
        scaler: state of the gradients' scale in half precision.
        best_network: state of the network at its best epoch, None before the first.
        best_value: what the best epoch is chosen by.
        curve: a point per epoch.
        pieces: in how many pieces a batch is computed.
    """

    identity: str
    epochs_done: int = 0
    network: dict[str, Any] = field(default_factory=dict)
    optimizer: dict[str, Any] = field(default_factory=dict)
    scaler: dict[str, Any] = field(default_factory=dict)
    best_network: dict[str, Any] | None = None
    best_epoch: int = 0
    best_value: float = float("nan")
    curve: list[dict[str, float]] = field(default_factory=list)
    pieces: int = 1


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in the place of the last one; a process killed meanwhile leaves the last one."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{FILE}"
    torch.save({f.name: getattr(checkpoint, f.name) for f in fields(checkpoint)}, draft)
    draft.replace(folder / FILE)


def load_checkpoint(folder: Path, identity: str, device: torch.device) -> Checkpoint | None:
    """Read the checkpoint of this training; None where there is none, or another training's, or a damaged one."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = Checkpoint(**torch.load(path, map_location=device, weights_only=True))
    except Exception:  # a damaged file fails in any way there is
        return None
    return found if found.identity == identity else None
