"""A small season and a network whose answers are known."""

from pathlib import Path

import pytest
from predictable import fields, write_model, write_stack


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    return write_stack(tmp_path / "stack", fields())


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")
