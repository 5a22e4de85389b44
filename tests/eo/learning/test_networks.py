"""The networks: shapes, sizes, and the weights that a card promises."""

import numpy as np
import pytest
import torch

from eo.errors import InvalidOption
from eo.learning.networks import build, load_weights, positions, weights_of
from eo.learning.settings import NETWORKS, read_settings, settings_for, tensor_shapes

each = pytest.mark.parametrize("network", NETWORKS)


@each
def test_logits_come_out_and_every_weight_learns(network) -> None:
    module = build(network, settings_for(network, 12, 9, 16, dropout=0.1))
    logits = module(torch.randn(5, 12, 9))
    assert logits.shape == (5, 16)
    logits.square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in module.parameters())


@each
@pytest.mark.parametrize("size", [{}, {"hidden_units": 32, "layers": 1}, {"hidden_units": 48}])
def test_the_weights_are_those_the_settings_say(network, size) -> None:
    settings = settings_for(network, 7, 4, 3, **size)
    weights = weights_of(build(network, settings))
    assert {name: value.shape for name, value in weights.items()} == tensor_shapes(network, settings)
    assert {value.dtype for value in weights.values()} == {np.dtype(np.float32)}


def test_a_bidirectional_lstm_has_the_weights_the_settings_say() -> None:
    settings = settings_for("lstm", 7, 4, 3, bidirectional=True, hidden_units=8, layers=3)
    module = build("lstm", settings)
    assert {n: v.shape for n, v in weights_of(module).items()} == tensor_shapes("lstm", settings)
    assert module(torch.randn(2, 7, 4)).shape == (2, 3)


@pytest.mark.parametrize(("network", "size"), [("lstm", 205_328), ("tempcnn", 249_360), ("ltae", 37_440)])
def test_the_default_sizes_are_the_published_ones(network, size) -> None:
    module = build(network, settings_for(network, 12, 9, 16))
    assert sum(p.numel() for p in module.parameters()) == pytest.approx(size, rel=0.05)


@each
def test_weights_go_out_and_in(network) -> None:
    settings = settings_for(network, 6, 3, 4)
    first, second = build(network, settings).eval(), build(network, settings).eval()
    series = torch.randn(3, 6, 3)
    load_weights(second, weights_of(first))
    assert torch.equal(first(series), second(series))


def test_an_lstm_of_layers_is_torch_s_own() -> None:
    """Hidden states of one `nn.LSTM` with two layers, same weights."""
    module = build("lstm", settings_for("lstm", 6, 3, 4, hidden_units=8)).eval()
    whole = torch.nn.LSTM(3, 8, 2, batch_first=True)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    for layer in (0, 1):
        for name in names:
            getattr(whole, f"{name}_l{layer}").data = getattr(module.recurrent[layer], f"{name}_l0").data
    series = torch.randn(3, 6, 3)
    torch.testing.assert_close(module(series), module.head(whole(series)[1][0][-1]))


def test_positions_tell_periods_apart() -> None:
    table = positions(12, 8)
    np.testing.assert_allclose(table[0], [0, 1, 0, 1, 0, 1, 0, 1])
    np.testing.assert_allclose(table[3, :2], [np.sin(3), np.cos(3)], rtol=1e-6)
    assert len(np.unique(table.round(5), axis=0)) == 12


@pytest.mark.parametrize(
    ("network", "change", "words"),
    [
        ("gru", {}, "There is no network 'gru'."),
        ("lstm", {"hidden_units": 4096}, "hidden_units is 4096; it may be 1 to 1024."),
        ("lstm", {"dropout": 1.0}, "dropout is 1; it may be 0 to below 1."),
        ("lstm", {"layers": True}, "The setting layers is True, but should be a int."),
        ("ltae", {"hidden_units": 100, "layers": 1}, "hidden_units is 100; for ltae it is a multiple of 16."),
        ("ltae", {}, "layers is 2; an ltae has one."),
        ("tempcnn", {"bidirectional": True}, "A tempcnn has no direction: only an lstm can be bidirectional."),
        ("lstm", {"cells": 3}, "A lstm has the settings periods, bands, outputs, layers"),
    ],
)
def test_settings_of_a_card_are_checked(network, change, words) -> None:
    values = settings_for("lstm", 12, 9, 16, dropout=0.3).as_card() | change
    with pytest.raises(InvalidOption) as raised:
        read_settings(network, values)
    assert raised.value.message.startswith(words)


def test_settings_go_through_a_card() -> None:
    settings = settings_for("transformer", 12, 9, 16, dropout=0.3)
    assert read_settings("transformer", settings.as_card()) == ("transformer", settings)
