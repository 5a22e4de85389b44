"""Networks for regular time series: what goes in is normalised with gaps as zeros, what comes out are logits.

Sources: LSTM: Hochreiter, Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735. TempCNN: Pelletier, Webb, Petitjean 2019,
doi:10.3390/rs11050523. L-TAE: Sainte Fare Garnot, Landrieu 2020, arXiv:2007.00586. Transformer encoder: Vaswani et al.
2017, arXiv:1706.03762, with the norms first (Xiong et al. 2020, arXiv:2002.04745).
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eo.learning.settings import (
    DENSE_UNITS,
    KERNEL,
    LTAE_HEADS,
    LTAE_KEY,
    TRANSFORMER_HEADS,
    Network,
    Settings,
    check_settings,
)


def build(network: Network, settings: Settings) -> nn.Module:
    """Make a network with fresh weights; it takes (batch, periods, bands) and returns (batch, outputs).

    Raises:
        InvalidOption: settings beyond what the network takes.
    """
    return _MODULES[network](check_settings(network, settings))


def weights_of(network: nn.Module) -> dict[str, NDArray[np.float32]]:
    """Return the weights as arrays of this process's memory, by name."""
    return {name: value.detach().float().cpu().numpy().copy() for name, value in network.state_dict().items()}


def load_weights(network: nn.Module, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Put all weights into a network of the same settings."""
    network.load_state_dict({name: torch.tensor(np.asarray(value)) for name, value in weights.items()})


def positions(periods: int, width: int) -> NDArray[np.float32]:
    """Return the sines and cosines that tell a period's place, shape (periods, width) (Vaswani et al., section 3.5)."""
    place = np.arange(periods)[:, None] / 1000.0 ** (np.arange(0, width, 2)[None, :] / width)
    table = np.zeros((periods, width), np.float32)
    table[:, 0::2] = np.sin(place)
    table[:, 1::2] = np.cos(place[:, : width // 2])
    return table


class LstmNetwork(nn.Module):
    """Stacked LSTMs; the last hidden state (of both directions) is classified.

    One module per layer with dropout between: faster in training than one `nn.LSTM` of several layers with dropout.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        ways = 2 if settings.bidirectional else 1
        sizes = [settings.bands] + [settings.hidden_units * ways] * (settings.layers - 1)
        self.recurrent = nn.ModuleList(
            nn.LSTM(into, settings.hidden_units, batch_first=True, bidirectional=settings.bidirectional)
            for into in sizes
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Linear(settings.hidden_units * ways, settings.outputs)

    def forward(self, series: Tensor) -> Tensor:
        """Return logits."""
        for layer in self.recurrent:
            states, (last, _) = layer(series)
            series = self.dropout(states)
        final: Tensor = torch.cat(tuple(last), dim=1)
        return self.head(self.dropout(final))  # type: ignore[no-any-return]


class TempCnn(nn.Module):
    """Convolutions along time, then a dense layer over all periods."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        units = settings.hidden_units
        sizes = [settings.bands] + [units] * (settings.layers - 1)
        self.convolutions = nn.ModuleList(nn.Conv1d(into, units, KERNEL, padding=KERNEL // 2) for into in sizes)
        self.norms = nn.ModuleList(_BatchNorm(units) for _ in sizes)
        self.dense = nn.Linear(units * settings.periods, DENSE_UNITS)
        self.dense_norm = _BatchNorm(DENSE_UNITS)
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Linear(DENSE_UNITS, settings.outputs)

    def forward(self, series: Tensor) -> Tensor:
        """Return logits."""
        values = series.transpose(1, 2)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            values = self.dropout(torch.relu(norm(convolution(values))))
        dense = self.dropout(torch.relu(self.dense_norm(self.dense(values.flatten(1)))))
        return self.head(dense)  # type: ignore[no-any-return]


class Ltae(nn.Module):
    """Attention over time by learnt queries, each head on its own share of the channels."""

    place: Tensor

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        units = settings.hidden_units
        self.embed = nn.Linear(settings.bands, units)
        self.norm_in = nn.LayerNorm(units)
        self.register_buffer("place", torch.from_numpy(positions(settings.periods, units)), persistent=False)
        self.key = nn.Linear(units, LTAE_HEADS * LTAE_KEY)
        self.query = nn.Parameter(torch.randn(LTAE_HEADS, LTAE_KEY) * math.sqrt(2.0 / LTAE_KEY))
        self.mix = nn.Linear(units, units)
        self.norm_out = nn.LayerNorm(units)
        self.dropout = nn.Dropout(settings.dropout)
        self.head = nn.Linear(units, settings.outputs)

    def forward(self, series: Tensor) -> Tensor:
        """Return logits."""
        values = self.norm_in(self.embed(series)) + self.place
        batch, periods, units = values.shape
        keys = self.key(values).view(batch, periods, LTAE_HEADS, LTAE_KEY)
        scores = (keys * self.query).sum(-1) / math.sqrt(LTAE_KEY)
        shares = torch.softmax(scores, dim=1).unsqueeze(-1)
        heads = (values.view(batch, periods, LTAE_HEADS, units // LTAE_HEADS) * shares).sum(1)
        mixed = torch.relu(self.norm_out(self.mix(heads.flatten(1))))
        return self.head(self.dropout(mixed))  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """Encoder blocks with self-attention over time; the largest value of each channel over time is classified."""

    place: Tensor

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        units = settings.hidden_units
        self.embed = nn.Linear(settings.bands, units)
        self.register_buffer("place", torch.from_numpy(positions(settings.periods, units)), persistent=False)
        self.blocks = nn.ModuleList(_Block(units, settings.dropout) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(units)
        self.head = nn.Linear(units, settings.outputs)

    def forward(self, series: Tensor) -> Tensor:
        """Return logits."""
        values = self.embed(series) + self.place
        for block in self.blocks:
            values = block(values)
        return self.head(self.norm(values).amax(1))  # type: ignore[no-any-return]


class _Block(nn.Module):
    def __init__(self, units: int, dropout: float) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(units)
        self.qkv = nn.Linear(units, 3 * units)
        self.out = nn.Linear(units, units)
        self.norm_wide = nn.LayerNorm(units)
        self.wide = nn.Linear(units, 2 * units)
        self.narrow = nn.Linear(2 * units, units)
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Tensor) -> Tensor:
        batch, periods, units = values.shape
        split = self.qkv(self.norm_attention(values)).view(batch, periods, 3, TRANSFORMER_HEADS, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-1, -2) / math.sqrt(units // TRANSFORMER_HEADS)
        heads = (torch.softmax(scores, dim=-1) @ value).transpose(1, 2).reshape(batch, periods, units)
        values = values + self.dropout(self.out(heads))
        return values + self.dropout(self.narrow(torch.relu(self.wide(self.norm_wide(values)))))  # type: ignore[no-any-return]


class _BatchNorm(nn.BatchNorm1d):
    """A batch norm without its counter, which nothing reads and which is no float."""

    def __init__(self, units: int) -> None:
        super().__init__(units)
        self.num_batches_tracked = None

    def _load_from_state_dict(self, state: Any, prefix: str, metadata: Any, *rest: Any) -> None:
        """Load what has no counter, whatever version it says it is of."""
        super()._load_from_state_dict(state, prefix, {**metadata, "version": 2}, *rest)


_MODULES: Mapping[Network, type[nn.Module]] = {
    "lstm": LstmNetwork,
    "tempcnn": TempCnn,
    "ltae": Ltae,
    "transformer": Transformer,
}
