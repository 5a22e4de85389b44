"""Full-size products, on a tile made small."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from benchmarks import products
from demo.grid import Grid
from demo.world import DemoWorld

SMALL = Grid(epsg=32633, left_m=300000, top_m=4900020, width=1500, height=1320)


def read(folder: Path, pattern: str) -> np.ndarray:
    with rasterio.open(next(folder.glob(pattern))) as source:
        return source.read(1)


@pytest.fixture(scope="module")
def made(demo_world: DemoWorld, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "make", lambda folder, progress: demo_world)
        patch.setattr(products, "TILE", SMALL)
        return products.make_full_tile(tmp_path_factory.mktemp("products"), dates=2)


def test_an_index_runs_there_and_back() -> None:
    assert products._there_and_back(3, 8).tolist() == [0, 1, 2, 2, 1, 0, 0, 1]


def test_smoothing_by_hand() -> None:
    values = np.zeros((5, 5), np.uint16)
    values[2, 2] = 1600
    assert products._smoothed(values)[1:4, 1:4].tolist() == [[100, 200, 100], [200, 400, 200], [100, 200, 100]]


def test_images_are_the_demo_worlds_mirrored(made: list[Path], demo_world: DemoWorld) -> None:
    image = read(made[0], "GRANULE/*/IMG_DATA/R10m/*_B04_10m.jp2")
    assert image.shape == (1320, 1500)
    assert (image[:600, 600:1200] == image[:600, 599::-1]).all()  # 600 by 600 pixels, then their mirror image
    assert (image[600:1200] == image[599::-1]).all()
    source = read(demo_world.before, "GRANULE/*/IMG_DATA/R10m/*_B04_10m.jp2")
    assert (image[:600, :600] == products._smoothed(source)).all()
    classes = read(made[1], "GRANULE/*/IMG_DATA/R20m/*_SCL_20m.jp2")
    assert (classes[:300, :300] == read(demo_world.after, "GRANULE/*/IMG_DATA/R20m/*_SCL_20m.jp2")).all()


def test_the_dates_differ_where_the_truth_says(made: list[Path]) -> None:
    before, after = (read(product, "GRANULE/*/IMG_DATA/R10m/*_B08_10m.jp2").astype(int) for product in made)
    changed = read(made[0].parent, "change.tif") > 0
    assert 0.04 < changed.mean() < 0.1
    assert np.median(abs(after - before)[changed]) > 2 * np.median(abs(after - before)[~changed])


def test_gdals_driver_opens_it(made: list[Path]) -> None:
    with rasterio.open(f"SENTINEL2_L2A:{made[0]}/MTD_MSIL2A.xml:10m:EPSG_32633") as source:
        assert source.shape == (1320, 1500) and source.transform == SMALL.transform
        found = {source.tags(band)["BANDNAME"] for band in source.indexes[:4]}
    assert found == {"B2", "B3", "B4", "B8"}
