"""Two models and the samples that both are measured on, checked against one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eo.errors import InvalidSamples, MissingBand, PeriodMismatch, WrongModel
from eo.io.model_package import Package, open_package, read_card
from eo.io.sample_arrays import Samples, read_samples
from eo.learning.card import ModelCard
from services.model_compare import CompareParams
from services.prediction.engine import model_path


@dataclass(frozen=True)
class Work:
    """One run; `remarks` say what flatters or harms one of the models."""

    packages: tuple[Package, Package]
    samples: Samples
    folder: Path
    remarks: tuple[str, ...]

    @property
    def cards(self) -> tuple[ModelCard, ModelCard]:
        """The cards of both."""
        first, second = self.packages
        return first.card, second.card


def settle(params: CompareParams) -> Work:
    """Open both models and the samples.

    Raises:
        WrongModel: models of two tasks, of other classes, or of other periods ahead.
        PeriodMismatch, MissingBand, InvalidSamples: samples that do not fit a model.
        InvalidModel, UnsafeModel: a package that cannot be used.
    """
    paths = [model_path(str(name)) for name in (params.model_a, params.model_b)]
    _check_alike(*(read_card(path) for path in paths))
    first, second = (open_package(path) for path in paths)
    folder = _folder(Path(str(params.data)), params.part)
    samples = read_samples(folder, least_classes=1)
    for package in (first, second):
        _check_fit(package.card, samples)
    return Work((first, second), samples, folder, tuple(_flattered((first.card, second.card), samples)))


def series_for(card: ModelCard, samples: Samples, rows: slice) -> NDArray[np.float32]:
    """Return some samples with the bands of a model, found by name."""
    order = [samples.meta.bands.index(name) for name in card.inputs.bands]
    return np.ascontiguousarray(np.asarray(samples.x[rows])[:, :, order])


def positions_of(card: ModelCard, samples: Samples) -> NDArray[np.int64]:
    """Return the position of each sample's class among those of a model."""
    place = {c.value: index for index, c in enumerate(card.outputs.classes)}
    return np.array([place[int(value)] for value in samples.y], np.int64)


def _check_alike(a: ModelCard, b: ModelCard) -> None:
    if a.task != b.task:
        raise WrongModel(f"{a.name} is a {a.task}, {b.name} a {b.task}.", hint="Compare models of the same task.")
    told = [sorted(c.value for c in card.outputs.classes) for card in (a, b)]
    if told[0] != told[1]:
        raise WrongModel(
            f"{a.name} tells the classes {told[0]}, {b.name} {told[1]}.", hint="Compare models of the same classes."
        )
    if a.outputs.horizon != b.outputs.horizon:
        raise WrongModel(
            f"{a.name} forecasts {a.outputs.horizon} periods, {b.name} {b.outputs.horizon}.",
            hint="Compare models of the same periods ahead.",
        )


def _folder(path: Path, part: str) -> Path:
    if (path / "x.npy").is_file():
        return path
    found = path / f"samples_{part}"
    if not (found / "x.npy").is_file():
        there = ", ".join(sorted(p.parent.name for p in path.glob("*/x.npy"))) or "none"
        raise InvalidSamples(f"{path.name} holds no samples of the part {part}; there is: {there}.")
    return found


def _check_fit(card: ModelCard, samples: Samples) -> None:
    count = samples.meta.periods.count
    if card.task == "ndvi_forecast":
        needed = card.inputs.periods.count + (card.outputs.horizon or 0)
        if count < needed:
            raise PeriodMismatch(
                f"{card.name} needs {needed} periods, past and ahead; the samples have {count}.",
                hint="Take longer samples.",
            )
        wanted: Sequence[str] = ("B04", "B8A")
    else:
        if count != card.inputs.periods.count:
            raise PeriodMismatch(f"{card.name} takes {card.inputs.periods.count} periods; the samples have {count}.")
        known = {c.value for c in card.outputs.classes}
        strange = sorted({int(v) for v in np.unique(samples.y)} - known)
        if strange:
            raise InvalidSamples(f"The samples have the classes {strange}, which {card.name} does not know.")
        wanted = card.inputs.bands
    missing = [name for name in wanted if name not in samples.meta.bands]
    if missing:
        raise MissingBand(
            f"The samples have no {', '.join(missing)}, which {card.name} needs. There is: "
            f"{', '.join(samples.meta.bands)}."
        )


def _flattered(cards: Sequence[ModelCard], samples: Samples) -> list[str]:
    return [
        f"{card.name} was trained on these samples: its numbers flatter it."
        for card in cards
        if samples.sha256 and card.data.sha256 == samples.sha256
    ]
