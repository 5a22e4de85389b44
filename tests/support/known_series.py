"""Series whose composites are known by hand, and runs of the harmonisation over them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from small_series import BANDS, CLOUD_BIT, make_theia

from services.core.preflight import check
from services.core.registry import get_service
from services.core.runner import run
from services.core.validation import validate

SERVICE = get_service("s2_harmonisation")
SIZE = 8


class Harmonised:
    """A run: its item, its folder, and the rasters in it."""

    def __init__(self, folder: Path, scenes: Any, **values: Any) -> None:
        self.folder = folder
        self.item = run(SERVICE, {"scenes": _paths(scenes), **values}, folder)

    def read(self, name: str) -> np.ndarray:
        """All bands of a raster."""
        with rasterio.open(self.folder / f"{name}.tif") as source:
            return source.read()

    def composite(self, period: str) -> np.ndarray:
        """Reflectance × 10000, (bands, rows, columns); −1000 is no data."""
        return self.read(f"composite_{period}").astype(int) - 1000

    @property
    def provenance(self) -> dict[str, Any]:
        """What it says of its making."""
        return json.loads((self.folder / "provenance.json").read_text())


def dry_run(scenes: Any, **values: Any) -> tuple[dict[str, dict[str, Any]], dict[str, Any] | None]:
    """Check the world for a run; return findings by code, and the estimate."""
    answer = check(SERVICE, validate(SERVICE, {"scenes": _paths(scenes), **values}))
    return {f["code"]: f for f in answer["findings"]}, answer["estimate"]


def flat(value: int, size: int = SIZE) -> dict[str, np.ndarray]:
    """All nine bands, each one number: `value` and its place among the bands."""
    return {band: np.full((size, size), value + place) for place, band in enumerate(BANDS)}


def clouds(*pixels: tuple[int, int], bit: int = CLOUD_BIT, size: int = SIZE) -> np.ndarray:
    """A cloud mask of THEIA, with a bit set at (row, column)."""
    mask = np.zeros((size, size), np.uint8)
    for row, column in pixels:
        mask[row, column] = bit
    return mask


def make_spring(folder: Path) -> Path:
    """Three scenes in March, none in April, two in May; (0, 0) is cloudy in the first, (1, 1) in all of March."""
    for day, value, cloudy in (
        ("20230303", 900, [(0, 0), (1, 1)]),
        ("20230313", 1000, [(1, 1)]),
        ("20230323", 1400, [(1, 1)]),
        ("20230508", 2000, []),
        ("20230518", 2011, []),
    ):
        make_theia(folder, day, flat(value), clouds(*cloudy))
    return folder


def _paths(scenes: Any) -> Any:
    return [str(path) for path in scenes] if isinstance(scenes, list) else str(scenes)
