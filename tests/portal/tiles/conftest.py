"""Small results to draw: three bands of reflectance, one of classes, one of heights without a nodata value."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx2
import numpy as np
import pytest
import rasterio
from rasterio.shutil import copy
from rasterio.transform import from_origin
from starlette.testclient import TestClient

WEST, NORTH, ROWS, COLUMNS = 500_000, 5_000_000, 1200, 1500
FOLDER = "a-result"


def reflectance() -> np.ndarray:
    """Return (3, rows, columns): each number tells its band, row and column; the first 100 columns hold nothing."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    stored = np.stack([rows * 20 + columns % 20 + band * 7 for band in range(1, 4)]).astype(np.uint16)
    stored[:, :, :100] = 0
    return stored


def write(path: Path, stored: np.ndarray, *, overviews: str = "NEAREST", **profile) -> Path:
    """Write a COG at 10 m in UTM zone 33, its west edge on the central meridian."""
    grid = {"crs": "EPSG:32633", "transform": from_origin(WEST, NORTH, 10, 10)}
    size = {"count": stored.shape[0], "height": stored.shape[1], "width": stored.shape[2], "dtype": stored.dtype}
    options = {"compress": "deflate", "blocksize": 256, "overview_resampling": overviews}
    plain = path.with_suffix(".plain.tif")
    colours = profile.pop("colours", None)
    with rasterio.open(plain, "w", driver="GTiff", **size, **grid, **profile) as target:
        target.write(stored)
        target.scales, target.offsets = [0.0001] * target.count, [-0.1] * target.count
        target.units = ["1"] * target.count
        if colours:
            target.write_colormap(1, colours)
    copy(plain, path, driver="COG", **options)
    plain.unlink()
    return path


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results with one result in it."""
    root = tmp_path_factory.mktemp("results")
    folder = root / FOLDER
    folder.mkdir()
    stored = reflectance()
    write(folder / "reflectance.tif", stored, nodata=0)
    classes = (stored[:1] % 3).astype(np.uint8)
    colours = {0: (0, 0, 0, 255), 1: (255, 0, 0, 255), 2: (0, 128, 0, 255), 255: (0, 0, 0, 0)}
    classes[0, :, :100] = 255
    write(folder / "classes.tif", classes, nodata=255, colours=colours)
    heights = np.linspace(-5, 5, ROWS * COLUMNS, dtype=np.float32).reshape(1, ROWS, COLUMNS)
    write(folder / "heights.tif", heights)
    holes = heights.copy()
    holes[:, :600] = np.nan
    write(folder / "holes.tif", holes, nodata=float("nan"))
    write(folder / "nothing.tif", np.zeros((1, 600, 600), np.uint16), nodata=0)
    (folder / "item.json").write_text("{}")
    secret = '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
    (folder / "vrt.tif").write_text(secret)
    return root


@pytest.fixture
def get(results: Path, settings) -> Callable[..., httpx2.Response]:
    """Ask the tile server for `/<token of the file>/<rest>`."""
    from apps.catalog.tile_tokens import make_token
    from portal.tiles.app import app

    settings.RESULTS_ROOT = results
    client = TestClient(app)

    def ask(file: str, rest: str, token: str | None = None, **headers: str) -> httpx2.Response:
        return client.get(f"/{quote(token or make_token(FOLDER, file))}/{rest}", headers=headers)

    return ask
