"""The processes that train one network together, as torchrun starts them; one alone where it does not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
import torch.distributed as dist
from torch import Tensor

from eo.errors import InvalidOption

Device = Literal["auto", "cpu", "gpu"]
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Ranks:
    """Which of `count` processes this one is, and what it computes on."""

    rank: int = 0
    count: int = 1
    device: torch.device = _CPU

    @property
    def first(self) -> bool:
        """Whether this is the one that tells and writes."""
        return self.rank == 0

    def sum(self, value: Tensor) -> Tensor:
        """Return the sum over all ranks."""
        if self.count > 1:
            dist.all_reduce(value)
        return value

    def share(self, total: int) -> slice:
        """Return this rank's part of `total` things."""
        size = -(-total // self.count)
        return slice(min(self.rank * size, total), min((self.rank + 1) * size, total))

    def gather(self, part: Tensor, total: int) -> Tensor:
        """Return the parts of all ranks, each as `share` cut it, one after the other."""
        if self.count == 1:
            return part
        size = -(-total // self.count)
        padded = part.new_zeros((size, *part.shape[1:]))
        padded[: len(part)] = part
        parts = [torch.empty_like(padded) for _ in range(self.count)]
        dist.all_gather(parts, padded)
        return torch.cat(parts)[:total]


@contextmanager
def open_ranks(device: Device = "auto") -> Iterator[Ranks]:
    """Yield this process's place among those that torchrun started; gloo joins processors, nccl graphics cards.

    Raises:
        InvalidOption: a graphics card is asked for and there is none, or fewer than ranks.
    """
    chosen = choose_device(device)
    if "TORCHELASTIC_RUN_ID" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Ranks(device=chosen)
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size(), chosen)
        dist.barrier()  # whoever is ready early would take the connection from the others
    finally:
        dist.destroy_process_group()


def choose_device(device: Device) -> torch.device:
    """Return the processor, or the graphics card that is this rank's.

    Raises:
        InvalidOption: as for `open_ranks`.
    """
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    own = int(os.environ.get("LOCAL_RANK", "0")) if "TORCHELASTIC_RUN_ID" in os.environ else 0
    if device == "cpu" or (device == "auto" and cards == 0):
        return torch.device("cpu")
    if own >= cards:
        raise InvalidOption(
            f"Rank {own} of this machine has no graphics card: there are {cards}.",
            hint="Start as many ranks as there are cards (--nproc_per_node), or train with --device cpu.",
        )
    return torch.device("cuda", own)
