"""The card of a trained network: what it is, what it takes and gives, what it was trained on, how well it does.

Pydantic only: whoever lists models loads no network. The file is `card.json` beside the weights.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Format = Literal["groundwork-model/1"]
FORMAT: Format = "groundwork-model/1"
Task = Literal["crop_classification", "ndvi_forecast"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1)]


def _different(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("names must differ")
    return values


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Architecture(_Part):
    """Which network, and the settings that its weights fit."""

    network: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")]
    settings: dict[str, int | float | bool | str] = {}
    parameters: Annotated[int, Field(gt=0)]
    """How many weights it has."""


class Periods(_Part):
    """The time steps that it takes: `days` is None for calendar months, `first_month` the first one's (1-12)."""

    count: Annotated[int, Field(ge=1, le=400)]
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    first_month: Annotated[int, Field(ge=1, le=12)] | None = None


class Normalisation(_Part):
    """What is subtracted from and divides each band's reflectance, in the order of the bands."""

    mean: tuple[float, ...]
    std: tuple[Annotated[float, Field(gt=0)], ...]


class Inputs(_Part):
    """What goes in: reflectance (or NDVI) of `bands` in this order at `periods`; NaN where nothing was seen."""

    bands: Annotated[tuple[str, ...], Field(min_length=1, max_length=64), AfterValidator(_different)]
    periods: Periods
    normalisation: Normalisation


class CropClass(_Part):
    """One class: the value in maps and labels, its name, its colour as #rrggbb."""

    value: Annotated[int, Field(ge=0, le=254)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class Outputs(_Part):
    """What comes out: `classes` in the order of the probabilities, or `horizon` periods at these `quantiles`."""

    classes: Annotated[tuple[CropClass, ...], Field(max_length=254)] = ()
    horizon: Annotated[int, Field(ge=1, le=60)] | None = None
    quantiles: tuple[Share, ...] = ()


class Data(_Part):
    """What it was trained on; `sha256` is of the training samples, `test_sha256` of the test samples."""

    source: str
    sha256: Sha256
    test_sha256: Sha256 | None = None
    samples: dict[str, int]
    """How many of each part: train, validation, test."""
    split: str
    licence: str


class ClassMetrics(_Part):
    """How well one class is told."""

    value: int
    precision: Share
    recall: Share
    f1: Share
    support: Annotated[int, Field(ge=0)]


class Metrics(_Part):
    """How well a classifier did on one set of samples: `confusion` has rows of truth, columns of prediction."""

    samples: int
    overall_accuracy: Share
    balanced_accuracy: Share
    macro_f1: Share
    kappa: Annotated[float, Field(ge=-1, le=1)]
    expected_calibration_error: Share
    classes: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]


class ForecastMetrics(_Part):
    """How well a forecast did: `rmse` per period ahead beside baselines; `coverage` of the widest interval."""

    samples: int
    rmse: tuple[float, ...]
    rmse_persistence: tuple[float, ...]
    rmse_climatology: tuple[float, ...]
    mae: tuple[float, ...]
    coverage: Share
    nominal_coverage: Share


class Epoch(_Part):
    """One epoch of the training; what was not measured is left out."""

    epoch: int
    train_loss: float
    val_loss: float | None = None
    val_accuracy: float | None = None
    val_f1: float | None = None
    learning_rate: float | None = None
    seconds: float | None = None


class WeightFile(_Part):
    """A file of the package."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}$")]
    sha256: Sha256
    size_bytes: Annotated[int, Field(gt=0)]


class ModelCard(_Part):
    """Everything that is said of a model. Metrics are keyed by the part of the data: "validation", "test", …"""

    format: Format = FORMAT
    task: Task
    name: Annotated[str, Field(min_length=1, max_length=120)]
    description: str = ""
    architecture: Architecture
    inputs: Inputs
    outputs: Outputs
    temperature: Annotated[float, Field(gt=0)] = 1.0
    data: Data
    metrics: dict[str, Metrics] = {}
    forecast: dict[str, ForecastMetrics] = {}
    curve: tuple[Epoch, ...] = ()
    training: dict[str, int | float | bool | str | None] = {}
    """The parameters of the training: epochs, batch size, learning rate, dropout, seed, …"""
    licence: str
    intended_use: str
    limits: tuple[str, ...]
    weights: WeightFile
    onnx: WeightFile
    created: str
    software: dict[str, str] = {}
