"""Cutting land: nothing is lost, nothing overlaps, sizes are as wanted."""

import numpy as np
import pytest
from shapely.geometry import box
from shapely.ops import unary_union

from demo.parcels import blocks, split

EXTENT = box(1000, 2000, 9000, 7000)


def test_blocks_cover_the_extent_once() -> None:
    cells = blocks(EXTENT, 1000, np.random.default_rng(1))
    assert sum(cell.area for cell in cells) == pytest.approx(EXTENT.area, rel=1e-9)
    assert unary_union(cells).area == pytest.approx(EXTENT.area, rel=1e-9)
    assert 35 < len(cells) < 75  # 40 km² in cells of 0.87 km²


def test_split_keeps_the_area_and_reaches_the_size() -> None:
    field = box(0, 0, 800, 500)
    parts = split(field, 20_000, np.random.default_rng(2))
    assert sum(part.area for part in parts) == pytest.approx(400_000)
    assert unary_union(parts).area == pytest.approx(400_000)
    assert max(part.area for part in parts) < 2.1 * 20_000


def test_split_without_skew_keeps_right_angles() -> None:
    parts = split(box(0, 0, 800, 500), 20_000, np.random.default_rng(2), skew_deg=0)
    assert all(part.area == pytest.approx(part.envelope.area) for part in parts)


def test_a_small_block_stays_whole() -> None:
    assert [part.area for part in split(box(0, 0, 10, 10), 20_000, np.random.default_rng(2))] == [100]
