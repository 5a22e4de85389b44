"""A real GRD product over Rome, speckle written into a part of its image, and heights for it."""

from pathlib import Path

import pytest
from radar_products import ROME_WINDOW, copy_of_grd, speckle


@pytest.fixture(scope="session")
def rome_grd(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    original = next((shared_data / "s1/grd_safe").glob("*.SAFE"))
    return copy_of_grd(original, tmp_path_factory.mktemp("grd"), speckle, ROME_WINDOW)


@pytest.fixture
def rome_dem(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = shared_data / "dem/Rome-30m-DEM.tif"
    monkeypatch.setenv("DEM_PATH", str(path))
    return path
