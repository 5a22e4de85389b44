"""Train the network that is shipped, and write its package: `python -m scripts.pretrain`.

Without `--data` it learns from the made set, and from some fields of a real patch of WorldCereal where one is given
(`--real`); the card tells how well it does on that patch's other fields. With `--data RESULT` it learns from a result
of TimeSen2Crop and nothing else, and the card says so: that is how the network is made anew by whoever has the real
dataset.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from eo.io.crop_samples import made_samples
from eo.io.model_package import Package, open_package, write_package
from eo.io.sample_arrays import Samples, write_samples
from eo.io.worldcereal import SOURCE as WORLDCEREAL
from eo.io.worldcereal import flanders_samples, split_by_group
from eo.learning.card import Metrics
from eo.learning.metrics import card_metrics
from eo.timeseries.made_crops import SOURCE
from services.core.command import print_bar, print_epoch
from services.core.errors import ServiceError
from services.core.registry import get_service
from services.core.runner import run

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "eo/data/models/timesen2crop-lstm"
PICTURES = ("confusion.png", "reliability.png", "curve.png")
PER_TILE, SEED = 6000, 5
MADE_RECIPE = {"epochs": 14, "batch_size": 256, "learning_rate": 4e-3, "class_weights": 1, "precision": "mixed"}
REAL_RECIPE = {"epochs": 60, "batch_size": 256, "learning_rate": 3e-3, "class_weights": 0, "precision": "auto"}


def main() -> int:
    """Train and write; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.pretrain", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="result of TimeSen2Crop to learn from, instead of the made set")
    parser.add_argument("--real", type=Path, help="real patch of WorldCereal: half its fields join the made set")
    parser.add_argument("--output", type=Path, default=SHIPPED, help="folder for the package")
    parser.add_argument("--epochs", type=int, help="instead of those of the recipe")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="groundwork-pretrain-") as scratch:
        try:
            _train(arguments, Path(scratch))
        except ServiceError as error:
            print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
            return error.exit_status
    print(f"The package is in {arguments.output}.")
    return 0


def _train(arguments: argparse.Namespace, scratch: Path) -> None:
    data = arguments.data or _made(scratch, arguments.real)
    recipe = REAL_RECIPE if arguments.data else MADE_RECIPE
    values = {**recipe, "data": str(data), **({"epochs": arguments.epochs} if arguments.epochs else {})}
    service, result = get_service("crop_lstm_train"), scratch / "result"
    run(service, values, result, report=print_bar, curve=print_epoch, keep=arguments.output.parent / ".resume")
    package = open_package(result)
    parts = _real_words(package) if arguments.data else _made_words(package, arguments.real)
    shutil.rmtree(arguments.output, ignore_errors=True)
    write_package(arguments.output, parts, package.weights(), package.onnx_path.read_bytes())
    for name in PICTURES:
        shutil.copy(result / name, arguments.output / name)


def _made(scratch: Path, real: Path | None) -> Path:
    """Write the parts of the made set, the fields of a real patch among those that are trained on."""
    folder = scratch / "made"
    parts: dict[str, Samples] = dict(made_samples(PER_TILE, SEED))  # type: ignore[arg-type]
    if real is not None:
        parts["train"] = _joined(parts["train"], _fields(real)[0])
    for part, samples in parts.items():
        write_samples(folder / f"samples_{part}", samples)
    return folder


def _fields(patch: Path) -> tuple[Samples, Samples]:
    """Return real samples to train on and, of other fields, to test on."""
    samples = flanders_samples(patch)
    test = split_by_group(samples.y, samples.groups)
    return samples.take(np.flatnonzero(~test)), samples.take(np.flatnonzero(test))


def _joined(made: Samples, real: Samples) -> Samples:
    """Return both, the real fields numbered on after the made tiles."""
    groups = [np.zeros(len(part), np.int64) if part.groups is None else part.groups for part in (made, real)]
    if real.meta.bands != made.meta.bands or real.meta.periods != made.meta.periods:
        raise SystemExit("The real samples have other bands or periods than the made set.")
    told = {"source": f"{made.meta.source}; {len(real)} pixels of {real.meta.source}", "gaps": True}
    told["licence"] = f"{made.meta.licence}; {real.meta.licence}"
    x = np.concatenate([np.asarray(made.x), np.asarray(real.x)])
    y = np.concatenate([made.y, real.y])
    both = np.concatenate([groups[0], groups[1] + groups[0].max() + 1])
    return Samples(x, y, made.meta.model_copy(update=told), both)


def _real_metrics(package: Package, patch: Path) -> Metrics:
    """Return how well the package does on the real fields that it did not learn from."""
    test = _fields(patch)[1]
    session = onnxruntime.InferenceSession(str(package.onnx_path), providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(None, {"series": np.asarray(test.x, np.float32)})
    return card_metrics(probabilities, test.positions(), [c.value for c in package.card.outputs.classes])


def _made_words(package: Package, real: Path | None) -> dict[str, Any]:
    """Return the card with what is to be said of a network that learnt from made series."""
    besides = " and a few real fields (Flanders 2018)" if real else ""
    card = package.card.model_dump(exclude={"weights", "onnx"})
    limits = [
        f"Trained on made series{besides}, not on TimeSen2Crop: the metrics called validation, test and cross_year are "
        "those of made tiles, and say nothing about real fields.",
        "On real scenes expect it to find broad groups (winter and summer crops, grassland) at best; retrain it on "
        "real samples before use.",
        "The made set was shaped while looking at how simple classifiers do on it: how near a network comes to its "
        "Bayes rate is weaker evidence than on a set fixed beforehand.",
        "Seasons run from September to August, as in Austria.",
    ]
    if real:
        metrics = _real_metrics(package, real)
        card["metrics"]["real_fields"] = metrics.model_dump()
        card["data"]["samples"]["real_fields"] = metrics.samples
        card["data"]["source"] = (
            f"{SOURCE}. Besides these, {len(_fields(real)[0])} real pixels of other fields than those of the part "
            f"real_fields: {WORLDCEREAL}, patch {real.name}"
        )
        limits.insert(1, "The part real_fields are a few fields of one patch: too few to say how it does elsewhere.")
    return card | {
        "name": "Crop types, LSTM (made samples)",
        "description": "The published architecture (LSTM of 2 × 128 units, twelve months, nine bands, the sixteen "
        f"classes of TimeSen2Crop), trained on series that Groundwork made{besides}: no copy of TimeSen2Crop is "
        "behind it. It is there so that everything works at once; `python -m scripts.pretrain --data RESULT` makes it "
        "anew from the real dataset.",
        "intended_use": "Trying out crop maps, the demo world and tests; a start where nothing better is at hand. "
        "Not for decisions about real fields.",
        "limits": (*limits, *package.card.limits),
    }


def _real_words(package: Package) -> dict[str, Any]:
    """Return the card of a network that learnt from the real dataset."""
    return package.card.model_dump(exclude={"weights", "onnx"}) | {
        "name": "Crop types, LSTM (TimeSen2Crop)",
        "description": "The published architecture (LSTM of 2 × 128 units), trained on TimeSen2Crop (Weikmann, Paris, "
        "Bruzzone 2021): Austrian crops, whole tiles held back for validation and test.",
        "limits": ("Knows Austria's crops and season (September to August).", *package.card.limits),
    }


if __name__ == "__main__":
    sys.exit(main())
