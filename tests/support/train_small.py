"""Train a small network, as a process of its own: to be killed, or one of several.

Arguments: JSON {"keep", "epochs", "batch_size", "dropout", "pause_s", "weights"}; one line per epoch on stdout.
"""

import json
import sys
import time
from pathlib import Path

import torch

from eo.learning.augmentation import Augmentation
from eo.learning.networks import build
from eo.learning.ranks import open_ranks
from eo.learning.settings import settings_for
from eo.learning.training import Recipe, Series, train


def small_series(samples: int, seed: int) -> Series:
    """Return series of three classes that differ in their middle."""
    draw = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 3, (samples,), generator=draw)
    x = torch.randn(samples, 6, 2, generator=draw)
    x[:, 2:4, 0] += y[:, None].float()
    return Series(x, y)


def losses(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of each sample."""
    return torch.nn.functional.cross_entropy(outputs, targets, reduction="none")


def main() -> None:
    """Train as told, write the weights."""
    torch.set_num_threads(1)
    order = json.loads(sys.argv[1])
    with open_ranks("cpu") as ranks:
        torch.manual_seed(1)
        network = build("lstm", settings_for("lstm", 6, 2, 3, hidden_units=8, dropout=order.get("dropout", 0.3)))
        told = train(
            network,
            small_series(203, 1),
            small_series(51, 2),
            Recipe(order["epochs"], order.get("batch_size", 16), 1e-2, seed=7),
            loss=losses,
            augment=Augmentation(0.1, 0.1) if order.get("dropout", 0.3) else None,
            ranks=ranks,
            curve=lambda point: tell(point, ranks.rank, order.get("pause_s", 0)),
            keep=Path(order["keep"]) if "keep" in order else None,
            identity="small",
        )
        if ranks.first and "weights" in order:
            plain = [{k: v for k, v in p.items() if k != "seconds"} for p in told.curve]
            torch.save(
                {"network": network.state_dict(), "curve": plain, "resumed": told.resumed_after}, order["weights"]
            )


def tell(point: dict[str, float], rank: int, pause_s: float) -> None:
    """Print that an epoch is over."""
    print(f"rank {rank} epoch {point['epoch']}", flush=True)
    time.sleep(pause_s)


if __name__ == "__main__":
    main()
