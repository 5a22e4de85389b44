"""Changes to series while a network learns: it meets gaps, noise and shifts that no sample of its own had."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Augment = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Augmentation:
    """How normalised series (batch, periods, bands), gaps as zeros, are changed.

    Args:
        masked_share: of the periods of each sample that are emptied.
        noise: standard deviation of what is added to each number, in standard deviations of its band.
        shifted_share: of the samples that are moved by one period, either way; the end that opens is a gap.
    """

    masked_share: float = 0.0
    noise: float = 0.0
    shifted_share: float = 0.0

    def __call__(self, series: Tensor) -> Tensor:
        """Return the changed series; draws from torch's generator."""
        if self.shifted_share:
            series = _shift(series, self.shifted_share)
        if self.noise:
            series = torch.where(series == 0, series, series + self.noise * torch.randn_like(series))
        if self.masked_share:
            kept = torch.rand(series.shape[:2], device=series.device) >= self.masked_share
            series = series * kept.unsqueeze(-1)
        return series


def _shift(series: Tensor, share: float) -> Tensor:
    empty = torch.zeros_like(series[:, :1])
    later, earlier = torch.cat([empty, series[:, :-1]], 1), torch.cat([series[:, 1:], empty], 1)
    draw = torch.rand(len(series), 1, 1, device=series.device)
    return torch.where(draw < share / 2, later, torch.where(draw < share, earlier, series))
