"""Which networks there are, how large they may be, and which weights they hold. No torch: cards are checked by this."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, get_args

from eo.errors import InvalidOption

Network = Literal["lstm", "tempcnn", "ltae", "transformer"]
NETWORKS: tuple[Network, ...] = get_args(Network)
Shapes = dict[str, tuple[int, ...]]

KERNEL = 5
"""Length of TempCNN's convolutions, in periods."""
DENSE_UNITS = 256
"""Width of TempCNN's dense layer."""
LTAE_HEADS, LTAE_KEY = 16, 8
TRANSFORMER_HEADS = 4
LIMITS = {"periods": 400, "bands": 64, "outputs": 1024, "layers": 8, "hidden_units": 1024}
SIZES: Mapping[Network, tuple[int, int]] = {
    "lstm": (2, 128),
    "tempcnn": (3, 64),
    "ltae": (1, 128),
    "transformer": (3, 64),
}
"""Layers and hidden units where none are asked for, as in the papers that `networks` names."""


@dataclass(frozen=True)
class Settings:
    """Everything that the shapes of a network's weights follow from, and its dropout.

    Args:
        periods: time steps of the input.
        bands: numbers per time step.
        outputs: classes, or periods ahead × quantiles.
        layers: recurrent, convolutional or attention layers (L-TAE has one).
        hidden_units: units per direction, channels or width.
        bidirectional: whether an LSTM also reads the series backwards.
        dropout: share of units left out in training, 0 to below 1.
    """

    periods: int
    bands: int
    outputs: int
    layers: int
    hidden_units: int
    bidirectional: bool = False
    dropout: float = 0.0

    def as_card(self) -> dict[str, int | float | bool | str]:
        """Return the settings as a card's architecture holds them."""
        return asdict(self)


def settings_for(
    network: Network,
    periods: int,
    bands: int,
    outputs: int,
    *,
    layers: int | None = None,
    hidden_units: int | None = None,
    bidirectional: bool = False,
    dropout: float = 0.0,
) -> Settings:
    """Return the settings of a network for such data; layers and units of its own where none are asked for.

    Raises:
        InvalidOption: a number beyond what the network takes; the message names both.
    """
    own_layers, own_units = SIZES[network]
    settings = Settings(
        periods, bands, outputs, layers or own_layers, hidden_units or own_units, bidirectional, float(dropout)
    )
    return check_settings(network, settings)


def read_settings(network: str, values: Mapping[str, object]) -> tuple[Network, Settings]:
    """Read the settings out of a card's architecture.

    Raises:
        InvalidOption: unknown network, missing or strange settings, or numbers beyond the limits.
    """
    if network not in NETWORKS:
        raise InvalidOption(f"There is no network {network!r}.", hint=f"There are: {', '.join(NETWORKS)}.")
    kinds = {f.name: f.type for f in fields(Settings)}
    if set(values) != set(kinds):
        raise InvalidOption(
            f"A {network} has the settings {', '.join(kinds)}; the card has {', '.join(values) or 'none'}."
        )
    for name, value in values.items():
        allowed = {bool: bool, int: int, float: (int, float)}[kinds[name]]  # type: ignore[index]
        if not isinstance(value, allowed) or (isinstance(value, bool) and kinds[name] is not bool):  # type: ignore[arg-type]
            raise InvalidOption(f"The setting {name} is {value!r}, but should be a {kinds[name].__name__}.")  # type: ignore[union-attr]
    known = next(n for n in NETWORKS if n == network)
    return known, check_settings(known, Settings(**values))  # type: ignore[arg-type]


def check_settings(network: Network, settings: Settings) -> Settings:
    """Return the settings, or say what the network cannot be.

    Raises:
        InvalidOption: the message names the value and what is allowed.
    """
    for name, most in LIMITS.items():
        value = getattr(settings, name)
        if not 1 <= value <= most:
            raise InvalidOption(f"{name} is {value}; it may be 1 to {most}.")
    if not 0 <= settings.dropout < 1:
        raise InvalidOption(f"dropout is {settings.dropout:g}; it may be 0 to below 1.")
    if settings.bidirectional and network != "lstm":
        raise InvalidOption(f"A {network} has no direction: only an lstm can be bidirectional.")
    if network == "ltae" and settings.layers != 1:
        raise InvalidOption(f"layers is {settings.layers}; an ltae has one.")
    heads = {"ltae": LTAE_HEADS, "transformer": TRANSFORMER_HEADS}.get(network, 1)
    if settings.hidden_units % heads:
        raise InvalidOption(f"hidden_units is {settings.hidden_units}; for {network} it is a multiple of {heads}.")
    return settings


def tensor_shapes(network: Network, settings: Settings) -> Shapes:
    """Return the shape of every weight by the name that it has in the file."""
    return _SHAPES[network](settings)


def _linear(name: str, into: int, out: int) -> Shapes:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def _norm(name: str, size: int) -> Shapes:
    return {f"{name}.weight": (size,), f"{name}.bias": (size,)}


def _batch_norm(name: str, size: int) -> Shapes:
    return {**_norm(name, size), f"{name}.running_mean": (size,), f"{name}.running_var": (size,)}


def _lstm(s: Settings) -> Shapes:
    units, ways = s.hidden_units, 2 if s.bidirectional else 1
    shapes: Shapes = {}
    for layer in range(s.layers):
        into = s.bands if layer == 0 else units * ways
        for suffix in ("l0", "l0_reverse")[:ways]:
            name = f"recurrent.{layer}"
            shapes |= {
                f"{name}.weight_ih_{suffix}": (4 * units, into),
                f"{name}.weight_hh_{suffix}": (4 * units, units),
            }
            shapes |= {f"{name}.bias_ih_{suffix}": (4 * units,), f"{name}.bias_hh_{suffix}": (4 * units,)}
    return {**shapes, **_linear("head", units * ways, s.outputs)}


def _tempcnn(s: Settings) -> Shapes:
    shapes: Shapes = {}
    for layer in range(s.layers):
        into = s.bands if layer == 0 else s.hidden_units
        shapes[f"convolutions.{layer}.weight"] = (s.hidden_units, into, KERNEL)
        shapes[f"convolutions.{layer}.bias"] = (s.hidden_units,)
        shapes |= _batch_norm(f"norms.{layer}", s.hidden_units)
    shapes |= _linear("dense", s.hidden_units * s.periods, DENSE_UNITS) | _batch_norm("dense_norm", DENSE_UNITS)
    return {**shapes, **_linear("head", DENSE_UNITS, s.outputs)}


def _ltae(s: Settings) -> Shapes:
    units = s.hidden_units
    shapes: Shapes = {"query": (LTAE_HEADS, LTAE_KEY), **_linear("embed", s.bands, units), **_norm("norm_in", units)}
    shapes |= _linear("key", units, LTAE_HEADS * LTAE_KEY) | _linear("mix", units, units) | _norm("norm_out", units)
    return {**shapes, **_linear("head", units, s.outputs)}


def _transformer(s: Settings) -> Shapes:
    units = s.hidden_units
    shapes: Shapes = _linear("embed", s.bands, units)
    for layer in range(s.layers):
        name = f"blocks.{layer}"
        shapes |= _norm(f"{name}.norm_attention", units) | _linear(f"{name}.qkv", units, 3 * units)
        shapes |= _linear(f"{name}.out", units, units) | _norm(f"{name}.norm_wide", units)
        shapes |= _linear(f"{name}.wide", units, 2 * units) | _linear(f"{name}.narrow", 2 * units, units)
    return {**shapes, **_norm("norm", units), **_linear("head", units, s.outputs)}


_SHAPES: Mapping[Network, Callable[[Settings], Shapes]] = {
    "lstm": _lstm,
    "tempcnn": _tempcnn,
    "ltae": _ltae,
    "transformer": _transformer,
}
