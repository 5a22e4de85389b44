"""Parameters that every training service has. Pydantic only, nothing heavier."""

from typing import Any, Literal

from pydantic import field_validator

from eo.learning.settings import Network
from services.core.device import Device, device
from services.core.service import Params, param

NETWORK_LABELS = {
    "lstm": "LSTM",
    "tempcnn": "TempCNN (convolutions over time)",
    "ltae": "L-TAE (light attention)",
    "transformer": "Transformer encoder",
}


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


class TrainingParams(Params):
    """How a network is trained; each service adds its data and what is its own."""

    epochs: int = param(
        100, title="Epochs", help="How often all samples are gone through, more than once.", unit="1", gt=1, le=10_000
    )
    batch_size: int = param(
        64,
        title="Batch size",
        help="Samples per step, a power of two greater than 2; over all processes together.",
        unit="1",
        gt=2,
        le=65_536,
    )
    learning_rate: float = param(
        1e-3,
        title="Learning rate",
        help="The highest step size: reached after one epoch, then falling to a hundredth of it.",
        unit="1",
        gt=0,
        lt=1,
    )
    dropout: float = param(
        0.3,
        title="Dropout",
        help="Share of the units left out in each step, from 0 to below 1.",
        unit="1",
        ge=0,
        lt=1,
    )
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
    patience: int = param(
        15,
        title="Patience",
        help="Epochs without a better one on the validation samples after which it stops; 0: never before the last.",
        unit="1",
        ge=0,
        le=10_000,
        advanced=True,
    )
    masked_share: float = masked_share(0.0)
    noise: float = param(
        0.0,
        title="Noise",
        help="What is added to each number in each step, in standard deviations of its band.",
        unit="1",
        ge=0,
        le=1,
        advanced=True,
    )
    shifted_share: float = param(
        0.0,
        title="Shifted series",
        help="Share of the series that are moved by one period in each step, either way.",
        unit="1",
        ge=0,
        le=1,
        advanced=True,
    )
    seed: int = param(
        0,
        title="Seed",
        help="Where chance starts from: the same seed gives the same network on the same machine.",
        unit="1",
        ge=0,
        lt=2**31,
        advanced=True,
    )
    device: Device = device()
    precision: Literal["auto", "float32", "mixed"] = param(
        "auto",
        title="Precision",
        help="mixed computes in 16 bits where that does no harm; auto does so on graphics cards.",
        labels={"auto": "As fits the device", "float32": "32 bits", "mixed": "Mixed, 16 and 32 bits"},
        advanced=True,
    )

    @field_validator("batch_size")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        return power_of_two(value)


def power_of_two(value: int) -> int:
    """Return a batch size that is a power of two.

    Raises:
        ValueError: it is none; names the nearest ones.
    """
    if value & (value - 1):
        below = 1 << (value.bit_length() - 1)
        raise ValueError(f"{value} is no power of two; the nearest are {below} and {2 * below}")
    return value
