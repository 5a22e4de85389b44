"""Training beside the bare torch loop; networks beside the Bayes rate, a random forest and one another."""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.learning_data import made_parts, unseen_blocks, unseen_fields
from eo.io.sample_arrays import Samples, read_samples
from eo.learning.calibration import fit_temperature, softmax
from eo.learning.card import Metrics
from eo.learning.classifier import class_scores, class_weights_for, cross_entropy, normalisation, normalised
from eo.learning.metrics import card_metrics
from eo.learning.networks import build
from eo.learning.settings import NETWORKS, Network, settings_for
from eo.learning.training import Recipe, Series, evaluate, train
from services.core.registry import get_service
from services.core.runner import run as run_service

CPU = torch.device("cpu")
SAMPLES, PERIODS, BANDS, CLASSES = 100_000, 12, 9, 16
ROUNDS = 10
THREADS = len(os.sched_getaffinity(0))
LOOP_RATIO, BAYES_RATIO, CALIBRATION, BEHIND_BEST, PUBLISHED_F1 = 1.1, 0.95, 0.05, 0.02, 0.78
TREES, MOST_FOR_TREES = 300, 30_000
RATES: dict[Network, float] = {"lstm": 3e-3, "tempcnn": 2e-3, "ltae": 5e-3, "transformer": 1e-3}

Row = dict[str, Any]


def run() -> list[Row]:
    """Return the rows of the benchmark."""
    torch.set_num_threads(THREADS)
    return [epoch_speed(), *made_accuracy(), *real_accuracy()]


def epoch_speed() -> Row:
    """One epoch over 100 k series, batches of 64, ours and the bare loop in turns; the same network and optimiser."""
    torch.manual_seed(0)
    samples = Series(torch.randn(SAMPLES // ROUNDS, PERIODS, BANDS), torch.randint(0, CLASSES, (SAMPLES // ROUNDS,)))
    few = Series(samples.x[:64], samples.y[:64])
    settings = settings_for("lstm", PERIODS, BANDS, CLASSES, dropout=0.3)
    network, ours, bare = build("lstm", settings), 0.0, 0.0
    loss = cross_entropy(np.ones(CLASSES, np.float32), CPU)
    _bare_epoch(network, few)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        train(network, samples, few, Recipe(1, 64, 1e-3), loss=loss, score=class_scores(CLASSES))
        between = time.perf_counter()
        _bare_epoch(network, samples)
        ours, bare = ours + between - began, bare + time.perf_counter() - between
    return _row(
        "training, one epoch over 100 k series, LSTM 2 × 128, batches of 64",
        round(ours, 1),
        round(bare, 1),
        "s",
        f"<= {LOOP_RATIO} x the bare loop",
        ours <= LOOP_RATIO * bare,
        f"{SAMPLES / ours:.0f} series/s on {THREADS} threads, {ROUNDS} rounds in turns",
    )


def _bare_epoch(network: torch.nn.Module, samples: Series) -> None:
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3, fused=True)
    network.train()
    for batch in torch.randperm(len(samples.y)).split(64):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(samples.x[batch]), samples.y[batch]).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()


def made_accuracy() -> list[Row]:
    """The made set: tiles that no network has seen, cloudy, beside Bayes' rule and a random forest."""
    parts, bayes = made_parts()
    found = fit("lstm", parts, Recipe(12, 256, 4e-3, best="val_accuracy", highest=True, precision="mixed"))
    forest = random_forest(parts)
    ratio = found.overall_accuracy / bayes
    note = (
        f"{len(parts['train'])} series of 13 tiles, tested on {found.samples} of 33UVP; macro-F1 {found.macro_f1:.3f}"
    )
    return [
        _row(
            "made crops, LSTM, overall accuracy beside the Bayes rate",
            round(found.overall_accuracy, 4),
            round(bayes, 4),
            "1",
            f">= {BAYES_RATIO} of the Bayes rate",
            ratio >= BAYES_RATIO,
            note,
        ),
        _row(
            "made crops, LSTM, overall accuracy beside a random forest",
            round(found.overall_accuracy, 4),
            round(forest.overall_accuracy, 4),
            "1",
            "> the random forest",
            found.overall_accuracy > forest.overall_accuracy,
            f"{TREES} trees on {min(len(parts['train']), MOST_FOR_TREES)} of the same series",
        ),
        _calibration("made crops", found),
    ]


def real_accuracy() -> list[Row]:
    """Real samples, split in space: every network and a random forest in the same run."""
    blocks, fields = unseen_blocks(), unseen_fields()
    if blocks is None or fields is None:
        return []
    rows: list[Row] = []
    for words, parts, counts in (("blocks of 80 m", blocks, True), ("fields not seen", fields, False)):
        results: dict[str, Metrics] = {name: fit(name, parts, real_recipe(name)) for name in NETWORKS}
        results["random forest"] = random_forest(parts)
        best = max(told.overall_accuracy for told in results.values())
        rows += [_real_row(f"Flanders 2018, {words}", name, told, best, counts) for name, told in results.items()]
    return rows


def _real_row(data: str, name: str, told: Metrics, best: float, counts: bool) -> Row:
    asked = counts and name == "lstm"
    words = f"macro-F1 {told.macro_f1:.3f}, kappa {told.kappa:.3f}, {told.samples} test samples"
    return _row(
        f"{data}, {name}: overall accuracy beside the best",
        round(told.overall_accuracy, 4),
        round(best, 4),
        "1",
        f">= the best - {BEHIND_BEST}" if asked else "–",
        not asked or told.overall_accuracy >= best - BEHIND_BEST,
        f"{words}, calibration error {told.expected_calibration_error:.3f}",
    )


def real_recipe(network: Network, epochs: int = 40) -> Recipe:
    """Return how a network is trained on few samples."""
    return Recipe(epochs, 64, RATES[network], patience=20, best="val_f1", highest=True)


def fit(network: Network, parts: dict[str, Samples], recipe: Recipe, class_weights: int = 1) -> Metrics:
    """Train on one part, take the best epoch and the temperature by another, tell the metrics of the third."""
    train_part = parts["train"]
    mean, std = normalisation(train_part.x)
    series = {name: normalised(p.x, p.positions(), mean, std, CPU) for name, p in parts.items()}
    classes = len(train_part.meta.classes)
    torch.manual_seed(0)
    _, periods, bands = train_part.x.shape
    module = build(network, settings_for(network, periods, bands, classes, dropout=0.3))
    weights = class_weights_for(class_weights, series["train"].y.numpy(), classes)
    train(
        module,
        series["train"],
        series["validation"],
        recipe,
        loss=cross_entropy(weights, CPU),
        score=class_scores(classes),
    )
    logits = {name: evaluate(module, series[name].x).numpy() for name in ("validation", "test")}
    temperature = fit_temperature(logits["validation"], series["validation"].y.numpy())
    values = [c.value for c in train_part.meta.classes]
    return card_metrics(softmax(logits["test"] / temperature), series["test"].y.numpy(), values)


def random_forest(parts: dict[str, Samples]) -> Metrics:
    """Return the metrics of scikit-learn's forest on the same numbers, gaps as -1."""
    from sklearn.ensemble import RandomForestClassifier

    train_part, test = parts["train"], parts["test"]
    some = np.random.default_rng(0).permutation(len(train_part))[:MOST_FOR_TREES]
    forest = RandomForestClassifier(TREES, n_jobs=THREADS, random_state=0)
    forest.fit(_features(train_part)[some], train_part.positions()[some])
    probabilities = np.zeros((len(test), len(train_part.meta.classes)))
    probabilities[:, forest.classes_] = forest.predict_proba(_features(test))
    return card_metrics(probabilities, test.positions(), [c.value for c in train_part.meta.classes])


def _features(samples: Samples) -> NDArray[np.float32]:
    return np.nan_to_num(np.asarray(samples.x).reshape(len(samples), -1), nan=-1.0)


def _calibration(data: str, told: Metrics) -> Row:
    error = told.expected_calibration_error
    return _row(
        f"{data}, LSTM, expected calibration error after temperature scaling",
        round(error, 4),
        None,
        "1",
        f"<= {CALIBRATION}",
        error <= CALIBRATION,
        "15 bins, test samples",
    )


def _row(name: str, ours: float, comparison: float | None, unit: str, target: str, ok: bool, note: str) -> Row:
    ratio = round(ours / comparison, 3) if comparison else None
    return {
        "name": name,
        "ours": ours,
        "comparison": comparison,
        "unit": unit,
        "ratio": ratio,
        "target": target,
        "ok": bool(ok),
        "note": note,
    }


def real_timesen2crop(data: Path, epochs: int = 30) -> list[Row]:
    """For whoever has the real set: macro-F1 on 33UVP, calibration, and the same place in another year.

    Args:
        data: the zip or folder as published, or a result of TimeSen2Crop.
    """
    with tempfile.TemporaryDirectory(prefix="bench-timesen2crop-") as folder:
        if not (data / "samples_train").is_dir():
            values = {"source": "file", "input": str(data)}
            run_service(get_service("timesen2crop"), values, Path(folder) / "result")
            data = Path(folder) / "result"
        names = ("train", "validation", "test", "cross_year")
        parts = {n: read_samples(data / f"samples_{n}") for n in names if (data / f"samples_{n}").is_dir()}
        recipe = Recipe(epochs, 256, 3e-3, patience=8, best="val_f1", highest=True, precision="mixed")
        told = fit("lstm", parts, recipe, class_weights=0)
        rows = [_published(told), _calibration("TimeSen2Crop", told)]
        if "cross_year" in parts:
            other = fit("lstm", {**parts, "test": parts["cross_year"]}, recipe, class_weights=0)
            note = f"overall {other.overall_accuracy:.3f}, calibration error {other.expected_calibration_error:.3f}"
            name = "TimeSen2Crop, LSTM, macro-F1 in another year"
            rows.append(_row(name, round(other.macro_f1, 4), None, "1", "–", True, note))
    return rows


def _published(told: Metrics) -> Row:
    return _row(
        "TimeSen2Crop, LSTM, macro-F1 on 33UVP",
        round(told.macro_f1, 4),
        PUBLISHED_F1,
        "1",
        f">= {PUBLISHED_F1} (published: random forest 0.75, transformer 0.78)",
        told.macro_f1 >= PUBLISHED_F1,
        f"overall {told.overall_accuracy:.3f}, kappa {told.kappa:.3f}",
    )


if __name__ == "__main__":
    from benchmarks.__main__ import table

    torch.set_num_threads(THREADS)
    print(table(real_timesen2crop(Path(sys.argv[1]))))
