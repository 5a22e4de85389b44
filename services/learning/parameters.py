"""Parameters that every training service has. Pydantic only, nothing heavier."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from eo.learning.settings import Network
from services.core.device import Device, device
from services.core.service import Params, param

NETWORK_LABELS = {
    "lstm": "LSTM",
    "tempcnn": "TempCNN (convolutions over time)",
    "ltae": "L-TAE (light attention)",
    "transformer": "Transformer encoder",
}


def power_of_two(value: int) -> int:
    """Return a batch size that is a power of two.

    Raises:
        ValueError: it is none; names the nearest ones.
    """
    if value & (value - 1):
        below = 1 << (value.bit_length() - 1)
        nearest = f"nearest are {below} and {2 * below}" if below > 2 else "nearest is 4"
        raise ValueError(f"{value} is no power of two; the {nearest}")
    return value


BatchSize = Annotated[int, AfterValidator(power_of_two)]


def epochs(default: int) -> Any:
    """Declare how long is trained."""
    return param(
        default,
        title="Epochs",
        help="How often all samples are gone through, more than once.",
        unit="1",
        gt=1,
        le=10_000,
    )


def batch_size(default: int) -> Any:
    """Declare the samples of a step."""
    return param(
        default,
        title="Batch size",
        help="Samples per step, a power of two greater than 2; over all processes together.",
        unit="1",
        gt=2,
        le=65_536,
    )


def learning_rate(default: float) -> Any:
    """Declare the size of the steps."""
    return param(
        default,
        title="Learning rate",
        help="The highest step size: reached after one epoch, then falling to a hundredth of it.",
        unit="1",
        gt=0,
        lt=1,
    )


def dropout(*, advanced: bool = False) -> Any:
    """Declare how much of the network is left out."""
    return param(
        0.3,
        title="Dropout",
        help="Share of the units left out in each step, from 0 to below 1.",
        unit="1",
        ge=0,
        lt=1,
        advanced=advanced,
    )


def patience(default: int) -> Any:
    """Declare when training stops early."""
    return param(
        default,
        title="Patience",
        help="Epochs without a better one on the validation samples after which it stops; 0: never before the last.",
        unit="1",
        ge=0,
        le=10_000,
        advanced=True,
    )


def masked_share(default: float) -> Any:
    """Declare how much of a series is hidden while it is learnt from."""
    return param(
        default,
        title="Masked periods",
        help="Share of the periods that are hidden from the network in each step, so that it learns to do without.",
        unit="1",
        ge=0,
        le=0.9,
        advanced=True,
    )


def noise(default: float) -> Any:
    """Declare what is added to the samples while they are learnt from."""
    return param(
        default,
        title="Noise",
        help="What is added to each number in each step, in standard deviations of its band.",
        unit="1",
        ge=0,
        le=1,
        advanced=True,
    )


def seed() -> Any:
    """Declare where chance starts from."""
    return param(
        0,
        title="Seed",
        help="Where chance starts from: the same seed gives the same network on the same machine.",
        unit="1",
        ge=0,
        lt=2**31,
        advanced=True,
    )


class TrainingParams(Params):
    """How a network is trained; each service adds its data and what is its own."""

    epochs: int = epochs(100)
    batch_size: BatchSize = batch_size(64)
    learning_rate: float = learning_rate(1e-3)
    dropout: float = dropout()
    network: Network = param("lstm", title="Network", help="What is trained.", labels=NETWORK_LABELS)
    layers: int | None = param(
        None,
        title="Layers",
        help="Layers of the network; without a number its own: two for an LSTM.",
        unit="1",
        ge=1,
        le=8,
        advanced=True,
    )
    hidden_units: int | None = param(
        None,
        title="Hidden units",
        help="Units per layer and direction; without a number the network's own: 128 for an LSTM.",
        unit="1",
        ge=4,
        le=1024,
        advanced=True,
    )
    bidirectional: bool = param(
        False, title="Both directions", help="Whether an LSTM reads the series backwards too.", advanced=True
    )
    patience: int = patience(15)
    masked_share: float = masked_share(0.0)
    noise: float = noise(0.0)
    shifted_share: float = param(
        0.0,
        title="Shifted series",
        help="Share of the series that are moved by one period in each step, either way.",
        unit="1",
        ge=0,
        le=1,
        advanced=True,
    )
    seed: int = seed()
    device: Device = device()
    precision: Literal["auto", "float32", "mixed"] = param(
        "auto",
        title="Precision",
        help="mixed computes in 16 bits where that does no harm; auto does so on graphics cards.",
        labels={"auto": "As fits the device", "float32": "32 bits", "mixed": "Mixed, 16 and 32 bits"},
        advanced=True,
    )
