from pathlib import Path

import fake_gpt
import pytest

from eo.snap.gpt import Gpt, Limits
from eo.snap.graph import Graph, GraphBuilder


@pytest.fixture
def gpt(tmp_path: Path) -> Gpt:
    """The stand-in, as version 14."""
    return Gpt(fake_gpt.install(tmp_path), "14.0.0", "14")


@pytest.fixture
def limits() -> Limits:
    return Limits(threads=2, cache_bytes=512 << 20, timeout_s=20.0)


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """Read and write."""
    builder = GraphBuilder("14")
    builder.add("Write", builder.add("Read", file="/data/in.zip"), file=tmp_path / "out.dim")
    return builder.build()
