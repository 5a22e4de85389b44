"""Train a small network through the runner: the package, its numbers, resuming, ranks, and input that is refused."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from small_samples import small_samples, write_parts

from eo.io.model_package import check_package, open_package
from eo.io.sample_arrays import read_samples, write_samples
from services.core.errors import BadInput, InvalidParameters
from services.core.preflight import check
from services.core.registry import get_service
from services.core.runner import run
from services.core.validation import validate

SERVICE = get_service("crop_lstm_train")
ROOT = Path(__file__).resolve().parents[3]
SMALL = {"epochs": 8, "batch_size": 16, "hidden_units": 16, "learning_rate": 0.02, "dropout": 0.1, "device": "cpu"}
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "GROUNDWORK_THREADS": "1", "PYTHONUNBUFFERED": "1"}


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GROUNDWORK_THREADS", "1")
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_parts(tmp_path / "data", train=300, validation=100, test=120, cross_year=60)


def test_it_works(data: Path, tmp_path: Path) -> None:
    points: list[dict] = []
    item = run(SERVICE, {**SMALL, "data": str(data)}, tmp_path / "out", curve=points.append, keep=tmp_path / "keep")
    card = check_package(tmp_path / "out")
    assert [p["epoch"] for p in points] == [e.epoch for e in card.curve] == list(range(1, 9))
    assert {"train_loss", "val_loss", "val_accuracy", "val_f1"} <= points[0].keys()
    assert card.data.samples == {"train": 300, "validation": 100, "test": 120, "cross_year": 60}
    assert card.metrics["test"].overall_accuracy > 0.9
    assert sum(map(sum, card.metrics["test"].confusion)) == 120
    assert [(c.value, c.name) for c in card.outputs.classes] == [(1, "Maize"), (2, "Beet"), (5, "Soy")]
    assert (card.inputs.bands, card.inputs.periods.first_month) == (("B02", "B03", "B04", "B8A"), 3)
    assert card.data.sha256 == read_samples(data / "samples_train").sha256
    assert (card.training["batch_size"], card.training["best_epoch"] > 0) == (16, True)
    assert item["assets"].keys() == {"card", "weights", "onnx", "metrics", "confusion", "reliability", "curve"}
    assert item["assets"]["onnx"]["href"] == "./model.onnx"
    assert not (tmp_path / "keep").exists()


def test_the_onnx_file_tells_what_the_card_says(data: Path, tmp_path: Path) -> None:
    run(SERVICE, {**SMALL, "data": str(data)}, tmp_path / "out")
    package = open_package(tmp_path / "out")
    samples = read_samples(data / "samples_test")
    session = onnxruntime.InferenceSession(str(package.onnx_path), providers=["CPUExecutionProvider"])
    found = session.run(None, {"series": np.asarray(samples.x)})[0].argmax(1)
    values = np.array([c.value for c in package.card.outputs.classes])
    assert (values[found] == samples.y).mean() == pytest.approx(package.card.metrics["test"].overall_accuracy)


@pytest.mark.parametrize("network", ["tempcnn", "ltae", "transformer"])
def test_the_other_networks_train_under_the_same_command(network: str, data: Path, tmp_path: Path) -> None:
    run(SERVICE, {**SMALL, "data": str(data), "network": network, "learning_rate": 0.005}, tmp_path / "out")
    card = check_package(tmp_path / "out")
    assert card.architecture.network == network
    assert card.metrics["test"].overall_accuracy > 0.8


def test_one_folder_is_parted_by_its_fields(tmp_path: Path) -> None:
    write_samples(tmp_path / "data", small_samples(300))
    run(SERVICE, {**SMALL, "data": str(tmp_path / "data")}, tmp_path / "out")
    card = check_package(tmp_path / "out")
    assert card.data.samples == {"train": 180, "validation": 60, "test": 60}
    assert card.data.split == "by group, 20% each for validation and test, seed 0"
    assert not any("too much good" in limit for limit in card.limits)


def test_validation_samples_given_apart_and_a_split_at_random(tmp_path: Path) -> None:
    plain = small_samples(200)
    write_samples(tmp_path / "data", type(plain)(plain.x, plain.y, plain.meta))
    write_samples(tmp_path / "val", small_samples(50, 7))
    values = {**SMALL, "data": str(tmp_path / "data"), "val": str(tmp_path / "val"), "class_weights": 1}
    run(SERVICE, values, tmp_path / "out")
    card = check_package(tmp_path / "out")
    assert card.data.samples["validation"] == 50
    assert card.data.split.startswith("at random")
    assert any("too much good" in limit for limit in card.limits)


def command(data: Path, out: Path, *more: str) -> list[str]:
    values = {**SMALL, "data": str(data), "output_path": str(out), "progress": "json"}
    options = [word for name, value in values.items() for word in (f"--{name}", str(value))]
    return ["-m", "services", "run", "crop_lstm_train", *options, *more]


@pytest.mark.slow
def test_a_killed_run_is_taken_up_with_the_same_weights(data: Path, tmp_path: Path) -> None:
    run(SERVICE, {**SMALL, "data": str(data), "epochs": 30, "patience": 0}, tmp_path / "whole")
    arguments = command(data, tmp_path / "out", "--epochs", "30", "--patience", "0")
    child = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    with child, child.stdout as lines:
        next(line for line in lines if '"epoch": 4,' in line)
        child.send_signal(signal.SIGKILL)
    assert (tmp_path / "out/.resume/checkpoint.pt").is_file()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=ENVIRONMENT, check=True, capture_output=True)
    whole, taken_up = (check_package(tmp_path / name) for name in ("whole", "out"))
    assert taken_up.training["resumed_after"] >= 3
    assert taken_up.weights.sha256 == whole.weights.sha256
    assert taken_up.onnx.sha256 == whole.onnx.sha256
    assert not (tmp_path / "out/.resume").exists()


@pytest.mark.slow
def test_two_ranks_write_one_package(data: Path, tmp_path: Path) -> None:
    launcher = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*launcher, *command(data, tmp_path / "out", "--dropout", "0")],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [e["point"]["epoch"] for e in events if e["event"] == "curve"] == list(range(1, 9))
    assert not [p for p in (tmp_path / "out").iterdir() if p.name.startswith(".")]
    card = check_package(tmp_path / "out")
    assert card.training["ranks"] == 2
    run(SERVICE, {**SMALL, "data": str(data), "dropout": 0}, tmp_path / "alone")
    alone = check_package(tmp_path / "alone")
    assert [e.val_loss for e in card.curve] == pytest.approx([e.val_loss for e in alone.curve], rel=5e-3)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"batch_size": 48}, "batch_size: 48 is no power of two; the nearest are 32 and 64."),
        ({"batch_size": 2}, "batch_size: Input should be greater than 2 (given: 2)."),
        ({"dropout": 1}, "dropout: Input should be less than 1 (given: 1)."),
        ({"epochs": 1}, "epochs: Input should be greater than 1 (given: 1)."),
        ({"learning_rate": 0}, "learning_rate: Input should be greater than 0 (given: 0)."),
        ({"learning_rate": 1}, "learning_rate: Input should be less than 1 (given: 1)."),
        ({"class_weights": 2}, "class_weights: Input should be less than or equal to 1 (given: 2)."),
        ({"network": "gru"}, "network: Input should be 'lstm', 'tempcnn', 'ltae' or 'transformer' (given: gru)."),
        ({"data": None}, "data: give samples, or labelled polygons together with the stack they lie over."),
        ({"data": None, "labels": "a.geojson"}, "stack: give samples, or labelled polygons together"),
        ({"labels": "a.geojson"}, "data: give samples, or labelled polygons over a stack, not both."),
    ],
)
def test_parameters_that_are_refused(values: dict, words: str) -> None:
    with pytest.raises(InvalidParameters) as raised:
        validate(SERVICE, {"data": "x", **values})
    assert words in raised.value.message


def _damaged(data: Path, part: str, **changes) -> None:
    folder = data / f"samples_{part}"
    for name, change in changes.items():
        array = np.load(folder / f"{name}.npy")
        np.save(folder / f"{name}.npy", change(array))


def _no_gaps(data: Path) -> None:
    meta = json.loads((data / "samples_train/meta.json").read_text())
    (data / "samples_train/meta.json").write_text(json.dumps(meta | {"gaps": False}))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda d: _damaged(d, "train", x=lambda x: x[0]), "x.npy has the shape (6, 4); it should be"),
        (_no_gaps, "x.npy has NaN at sample"),
        (lambda d: _damaged(d, "train", y=lambda y: y + 1), "y.npy has the label"),
        (lambda d: _damaged(d, "train", y=lambda y: np.full_like(y, 5)), "y.npy holds 1 class only (5)"),
        (lambda d: (d / "samples_train/y.npy").unlink(), "There is no y.npy in samples_train."),
        (
            lambda d: write_samples(d / "samples_validation", small_samples(50, periods=5)),
            "The periods of samples_validation are 5, those of the training samples 6.",
        ),
        (
            lambda d: write_samples(d / "samples_test", small_samples(50, bands=3)),
            "The bands of samples_test are B02, B03, B04, those of the training samples B02, B03, B04, B8A.",
        ),
        (
            lambda d: write_samples(
                d / "samples_test",
                small_samples(50, classes=[{"value": v, "name": f"c{v}", "colour": "#000000"} for v in (1, 2, 5)]),
            ),
            "samples_test has the class 1 c1, which the training samples have not: 1 Maize, 2 Beet, 5 Soy.",
        ),
    ],
)
def test_samples_that_cannot_be_used(data: Path, tmp_path: Path, damage, words: str) -> None:
    damage(data)
    answer = check(SERVICE, validate(SERVICE, {**SMALL, "data": str(data)}))
    assert not answer["valid"]
    assert words in answer["findings"][0]["message"]
    with pytest.raises(BadInput) as raised:
        run(SERVICE, {**SMALL, "data": str(data)}, tmp_path / "out")
    assert words in raised.value.message
    assert raised.value.hint
    assert not (tmp_path / "out").exists()


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name, words in (("absent", "There is nothing at absent."), ("empty", "empty holds neither x.npy nor samples_")):
        answer = check(SERVICE, validate(SERVICE, {"data": str(tmp_path / name)}))
        assert words in answer["findings"][0]["message"]


def test_a_network_that_cannot_be(data: Path) -> None:
    for values, words in (
        ({"network": "ltae", "hidden_units": 100}, "hidden_units is 100; for ltae it is a multiple of 16."),
        ({"network": "tempcnn", "bidirectional": True}, "only an lstm can be bidirectional"),
        *([] if torch.cuda.is_available() else [({"device": "gpu"}, "has no graphics card")]),
    ):
        with pytest.raises(BadInput) as raised:
            run(SERVICE, {**SMALL, "data": str(data), **values}, data.parent / "out")
        assert words in raised.value.message


def test_the_preflight_tells_samples_and_time(data: Path) -> None:
    answer = check(SERVICE, validate(SERVICE, {**SMALL, "data": str(data)}))
    assert answer["valid"]
    assert answer["findings"][0]["message"].startswith(
        "300 train, 100 validation, 120 test, 60 cross year samples of 6 periods and 4 bands, 3 classes; as the data"
    )
    assert 10 < answer["estimate"]["seconds"] < 300
    assert answer["estimate"]["memory_bytes"] > 400 << 20


def test_few_samples_and_no_test_are_warned_of(tmp_path: Path) -> None:
    write_parts(tmp_path / "data", train=40, validation=30)
    findings = check(SERVICE, validate(SERVICE, {**SMALL, "data": str(tmp_path / "data")}))["findings"]
    assert [f["code"] for f in findings] == ["samples_readable", "few_samples", "no_test_samples"]
    assert findings[1]["message"] == "Few samples to learn from: Beet (10), Soy (10)."
