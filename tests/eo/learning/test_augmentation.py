"""Masks, noise and shifts."""

import torch

from eo.learning.augmentation import Augmentation


def series() -> torch.Tensor:
    return torch.arange(1.0, 9.0).reshape(1, 4, 2).repeat(2000, 1, 1)


def test_whole_periods_are_masked_at_the_share() -> None:
    torch.manual_seed(0)
    masked = Augmentation(masked_share=0.25)(series()) == 0
    assert torch.equal(masked[..., 0], masked[..., 1])
    assert abs(masked.float().mean() - 0.25) < 0.02


def test_noise_leaves_gaps() -> None:
    torch.manual_seed(0)
    given = series()
    given[:, 1] = 0
    noisy = Augmentation(noise=0.1)(given)
    assert (noisy[:, 1] == 0).all()
    assert abs((noisy - given)[:, 0].std() - 0.1) < 0.01


def test_shifts_open_a_gap() -> None:
    torch.manual_seed(0)
    shifted = Augmentation(shifted_share=0.5)(series())
    kinds = {tuple(row[:, 0].tolist()) for row in shifted}
    assert kinds == {(1, 3, 5, 7), (0, 1, 3, 5), (3, 5, 7, 0)}
    same = (shifted == series()).all(dim=(1, 2)).float().mean()
    assert abs(same - 0.5) < 0.04


def test_nothing_asked_nothing_changed() -> None:
    assert torch.equal(Augmentation()(series()), series())
