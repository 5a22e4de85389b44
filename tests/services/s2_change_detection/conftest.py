"""Small made scenes as folders of band GeoTIFFs, named as THEIA names them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

Writer = Callable[..., Path]


@pytest.fixture
def write_scene(tmp_path: Path) -> Writer:
    """Return a writer of scenes: `write_scene("20200701", {"B2": reflectance, …}, west=…, clouds=…)` → folder."""

    def write(
        day: str,
        bands: Mapping[str, np.ndarray],
        west: float = 600_000,
        north: float = 5_400_000,
        clouds: np.ndarray | None = None,
        epsg: int = 32631,
    ) -> Path:
        name = f"SENTINEL2A_{day}-105000-000_L2A_T31UFQ_C_V2-2"
        folder = tmp_path / "scenes" / f"{west:.0f}_{north:.0f}_{epsg}" / name
        (folder / "MASKS").mkdir(parents=True, exist_ok=True)
        grid = {"crs": f"EPSG:{epsg}", "transform": Affine(10, 0, west, 0, -10, north), "driver": "GTiff", "count": 1}
        for band, reflectance in bands.items():
            counts = np.where(np.isnan(reflectance), -10_000, np.round(reflectance * 10_000)).astype(np.int16)
            _write(folder / f"{name}_FRE_{band}.tif", counts, grid)
        shape = next(iter(bands.values())).shape
        mask = np.zeros(shape, np.uint8) if clouds is None else clouds.astype(np.uint8)
        _write(folder / "MASKS" / f"{name}_CLM_R1.tif", mask, grid)
        return folder

    return write


def _write(path: Path, values: np.ndarray, grid: Mapping[str, object]) -> None:
    height, width = values.shape
    with rasterio.open(path, "w", width=width, height=height, dtype=values.dtype, **grid) as target:
        target.write(values, 1)


@pytest.fixture
def scenes(write_scene: Writer) -> tuple[Path, Path, np.ndarray]:
    """Two dates of 200 × 160 pixels in four bands, a building and a flood between them; and their truth (1, 2)."""
    rng = np.random.default_rng(11)
    cover = np.kron(rng.uniform(0.5, 1.5, (8, 10)), np.ones((20, 20)))
    base = {"B2": 0.05 * cover, "B3": 0.07 * cover, "B4": 0.06 * cover, "B8": 0.3 * cover}
    truth = np.zeros((160, 200), np.uint8)
    truth[20:40, 30:60], truth[90:130, 100:160] = 1, 2
    change = {"B2": (0.1, -0.01), "B3": (0.11, -0.02), "B4": (0.12, -0.03), "B8": (0.05, -0.22)}

    def seen(band: str, after: bool) -> np.ndarray:
        shift = np.array([0, *change[band]])[truth] if after else 0
        return base[band] + shift + rng.normal(0, 0.006, truth.shape)

    before = write_scene("20200701", {b: seen(b, False) for b in base})
    after = write_scene("20210704", {b: seen(b, True) for b in base})
    return before, after, truth
