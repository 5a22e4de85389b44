"""Real samples split in space: the network beats the majority class; the benchmark's parts are apart."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import learning
from benchmarks.learning_data import unseen_blocks, unseen_fields
from eo.learning.training import Recipe

MARGIN = 0.15


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(learning, "THREADS", 1)
    yield
    torch.set_num_threads(before)


def test_training_on_real_samples_beats_the_majority_class(shared_data: Path) -> None:
    parts = unseen_blocks()
    told = learning.fit("lstm", parts, Recipe(15, 32, 4e-3, best="val_f1", highest=True))
    majority = np.bincount(parts["test"].y).max() / len(parts["test"])
    assert 0.5 < majority < 0.7
    assert told.overall_accuracy > majority + MARGIN


def test_fields_and_blocks_are_apart(shared_data: Path) -> None:
    fields, blocks = unseen_fields(), unseen_blocks()
    groups = [set(fields[part].groups.tolist()) for part in ("train", "validation", "test")]
    assert not groups[0] & groups[2] and not groups[1] & groups[2] and not groups[0] & groups[1]
    assert {name: len(part) for name, part in blocks.items()} == {"train": 644, "validation": 445, "test": 687}
