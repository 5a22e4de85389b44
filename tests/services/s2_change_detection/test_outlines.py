"""Polygons agree with the raster they are drawn from."""

from pathlib import Path

import numpy as np
import pyogrio
import pytest
from affine import Affine
from shapely import from_wkb

from eo.io.grid import Grid
from services.s2_change_detection import outlines

GRID = Grid("EPSG:32631", Affine(10, 0, 600_000, 0, -10, 5_400_000), 70, 50)


def make(path: Path, block: int = 16) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Write the outlines of random kinds; return classes, columns and polygons."""
    rng = np.random.default_rng(8)
    classes = rng.choice(np.array([0, 1, 2, 255], np.uint8), GRID.shape, p=[0.5, 0.25, 0.2, 0.05])
    magnitude = rng.integers(500, 4000, GRID.shape).astype(np.uint16)
    direction = np.where(classes == 1, 1000, 15_000).astype(np.uint16)
    percent = np.full(GRID.shape, 97, np.uint8)

    def polar(window):
        return tuple(np.ascontiguousarray(a[window.toslices()]) for a in (magnitude, direction, percent))

    outlines.write_outlines(path, "GPKG", classes, GRID, GRID.blocks(block), polar)
    meta, _, geometry, columns = pyogrio.raw.read(path, layer="changes")
    return classes, dict(zip(meta["fields"], columns, strict=True)) | {"magnitude": magnitude}, from_wkb(geometry)


def test_polygons_and_raster_agree(tmp_path: Path) -> None:
    classes, columns, polygons = make(tmp_path / "c.gpkg")
    areas = np.array([p.area for p in polygons])
    for kind in (1, 2):
        assert areas[columns["kind"] == kind].sum() == (classes == kind).sum() * 100
    assert (columns["pixels"] * 100 == areas).all()
    np.testing.assert_allclose(columns["area_m2"], areas, rtol=2e-3)  # UTM's scale
    assert columns["area_m2"].sum() != areas.sum()


def test_means_are_those_of_the_pixels(tmp_path: Path) -> None:
    _, columns, _ = make(tmp_path / "c.gpkg")
    classes, whole, _ = make(tmp_path / "d.gpkg", block=100)
    assert (columns["magnitude_mean"] == whole["magnitude_mean"]).all()
    total = (columns["magnitude_mean"] * columns["pixels"]).sum()
    changed = np.isin(classes, (1, 2))
    assert total == pytest.approx(columns["magnitude"][changed].sum() / 1e4, rel=1e-3)
    assert set(columns["direction_mean_deg"][columns["kind"] == 1]) == {10.0}
    assert set(columns["posterior_mean"]) == {0.97}


def test_beyond_the_limit_the_smallest_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, columns, _ = make(tmp_path / "all.gpkg")
    monkeypatch.setattr(outlines, "MAX_POLYGONS", 10)
    _, fewer, _ = make(tmp_path / "ten.gpkg")
    assert len(fewer["pixels"]) == 10
    assert sorted(fewer["pixels"]) == sorted(columns["pixels"])[-10:]
