"""Training: it learns, stops, is taken up with the same bits after a kill, and several ranks do what one does."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from train_small import losses, small_series

from eo.errors import OutOfDeviceMemory
from eo.learning import training
from eo.learning.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from eo.learning.networks import build
from eo.learning.settings import settings_for
from eo.learning.training import Recipe, evaluate, train

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "tests/support/train_small.py"
CPU = torch.device("cpu")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def fresh(dropout: float = 0.0) -> torch.nn.Module:
    torch.manual_seed(1)
    return build("lstm", settings_for("lstm", 6, 2, 3, hidden_units=8, dropout=dropout))


def accuracy(outputs, targets) -> dict[str, float]:
    return {"val_accuracy": float((outputs.argmax(1) == targets).mean())}


def test_it_learns_and_keeps_its_best_epoch() -> None:
    points, told = [], []
    network, validation = fresh(), small_series(200, 2)
    recipe = Recipe(12, 16, 2e-2, best="val_accuracy", highest=True)
    trained = train(
        network,
        small_series(400, 1),
        validation,
        recipe,
        loss=losses,
        score=accuracy,
        curve=points.append,
        progress=lambda fraction, stage: told.append((fraction, stage)),
    )
    assert trained.curve == points
    assert [p["epoch"] for p in points] == list(range(1, 13))
    assert points[-1]["train_loss"] < 0.8 * points[0]["train_loss"]
    best = max(p["val_accuracy"] for p in points)
    assert best > 0.65
    assert points[trained.best_epoch - 1]["val_accuracy"] == best
    found = evaluate(network, validation.x).argmax(1)
    assert float((found == validation.y).float().mean()) == pytest.approx(best)
    assert not network.training


def test_it_stops_when_nothing_gets_better() -> None:
    network = fresh()
    trained = train(network, small_series(64, 1), small_series(64, 2), Recipe(50, 16, 1e-9, patience=3), loss=losses)
    assert len(trained.curve) == trained.best_epoch + 3 < 50


def test_the_loss_of_an_epoch_and_the_first_step_by_hand() -> None:
    """One batch, no dropout: torch's own AdamW at the rate of the first step."""
    samples = small_series(32, 1)
    network, reference = fresh(), fresh()
    trained = train(network, samples, samples, Recipe(1, 32, 1e-2), loss=losses)
    reference.train()
    optimizer = torch.optim.AdamW(reference.parameters(), 1e-2 * 1e-2, weight_decay=1e-4)
    loss = losses(reference(samples.x), samples.y).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(reference.parameters(), 1.0)
    optimizer.step()
    assert trained.curve[0]["train_loss"] == pytest.approx(loss.item(), rel=1e-6)
    for mine, theirs in zip(network.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def run_small(order: dict, *launcher: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *launcher, str(SCRIPT), json.dumps(order)]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True, timeout=120)


def test_a_killed_training_ends_with_the_same_bits(tmp_path: Path) -> None:
    whole, taken_up = tmp_path / "whole.pt", tmp_path / "taken_up.pt"
    run_small({"epochs": 6, "weights": str(whole)})
    order = {"epochs": 6, "weights": str(taken_up), "keep": str(tmp_path / "keep")}
    child = subprocess.Popen(
        [sys.executable, str(SCRIPT), json.dumps(order | {"pause_s": 0.5})],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child, child.stdout as lines:
        next(line for line in lines if "epoch 3" in line)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    run_small(order)
    expected, found = (torch.load(path, weights_only=True) for path in (whole, taken_up))
    assert found["resumed"] >= 3
    assert found["curve"] == expected["curve"]
    for name, value in expected["network"].items():
        assert torch.equal(found["network"][name], value), name


def test_two_ranks_do_what_one_does(tmp_path: Path) -> None:
    """The last batch, of 203 % 16 = 11 samples, is uneven; one of 3 ranks' shares in a batch of 1 is empty."""
    order = {"epochs": 3, "dropout": 0.0, "batch_size": 101}
    run_small(order | {"weights": str(tmp_path / "one.pt")})
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
    out = run_small(order | {"weights": str(tmp_path / "two.pt"), "keep": str(tmp_path / "keep")}, *launcher).stdout
    assert {"rank 0 epoch 3", "rank 1 epoch 3"} <= set(out.splitlines())
    expected, found = (torch.load(tmp_path / name, weights_only=True) for name in ("one.pt", "two.pt"))
    for one, two in zip(expected["curve"], found["curve"], strict=True):
        assert one == pytest.approx(two, rel=1e-4)
    for name, value in expected["network"].items():
        torch.testing.assert_close(found["network"][name], value, rtol=1e-3, atol=1e-4)


class _Small(torch.nn.Module):
    """A network on a card that holds `most` series at once."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.inner = most, fresh()

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        if self.training and len(series) > self.most:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return self.inner(series)


def test_out_of_memory_halves_the_batch_once_with_the_same_result() -> None:
    samples, recipe = small_series(48, 1), Recipe(2, 16, 1e-2)
    short, plenty = _Small(8), _Small(99)
    trained = train(short, samples, samples, recipe, loss=losses)
    train(plenty, samples, samples, recipe, loss=losses)
    assert trained.pieces == 2
    for mine, theirs in zip(short.parameters(), plenty.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-5)


def test_out_of_memory_at_half_a_batch_is_told() -> None:
    samples = small_series(48, 1)
    with pytest.raises(OutOfDeviceMemory, match="too little memory for 8 series at once") as raised:
        train(_Small(5), samples, samples, Recipe(2, 16, 1e-2), loss=losses)
    assert "batch_size" in raised.value.hint


def test_mixed_precision_learns_too() -> None:
    trained = train(
        fresh(), small_series(400, 1), small_series(200, 2), Recipe(6, 16, 2e-2, precision="mixed"), loss=losses
    )
    assert trained.curve[-1]["val_loss"] < 0.9 * trained.curve[0]["val_loss"]


def test_a_checkpoint_is_only_its_own_training_s(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, Checkpoint("mine", 3, best_value=0.5))
    assert load_checkpoint(tmp_path, "mine", CPU).epochs_done == 3
    assert load_checkpoint(tmp_path, "other", CPU) is None
    assert load_checkpoint(tmp_path / "empty", "mine", CPU) is None
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.pt"]
    for content in (b"", b"broken", b"\x80\x04N."):
        (tmp_path / "checkpoint.pt").write_bytes(content)
        assert load_checkpoint(tmp_path, "mine", CPU) is None


def test_every_epoch_and_rank_draws_its_own() -> None:
    seeds = {training.hash_seed(s, e, r) for s in range(3) for e in range(5) for r in range(-1, 3)}
    assert len(seeds) == 60
