"""The made season: it repeats, its scenes see its crops, its clouds differ from day to day."""

import json
from itertools import pairwise

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.features import rasterize

from demo.crops import CROPS
from demo.landscape import GRIDS
from demo.season import EVERY_DAYS, GRID, acquisitions, make_season
from demo.world import AFTER, BEFORE
from eo.io.grid import reproject_geometry
from eo.io.products import open_product

NAMES = [crop.name for crop in CROPS]
CLOUDS = (3, 8, 9, 10)


def read(path):
    with rasterio.open(path) as source:
        return source.read(1)


def ndvi(scene):
    red, near = (
        (read(next(scene.glob(f"GRANULE/*/IMG_DATA/R20m/*_{band}_20m.jp2"))).astype(float) - 1000) / 10_000
        for band in ("B04", "B8A")
    )
    clear = ~np.isin(read(next(scene.glob("GRANULE/*/IMG_DATA/R20m/*_SCL_20m.jp2"))), CLOUDS)
    return np.where(clear, (near - red) / np.maximum(near + red, 0.001), np.nan)


def test_it_lies_beside_the_demo_world_and_on_other_days():
    assert not GRID.outline.intersects(GRIDS["full"].outline)
    days = [acquisition.sensed.date() for acquisition, _ in acquisitions(1, 24)]
    assert {(b - a).days for a, b in pairwise(days)} == {EVERY_DAYS}
    assert not {BEFORE.sensed.date(), AFTER.sensed.date()} & set(days)
    assert (days[0].year, days[-1].year, days[-1].month) == (2025, 2025, 12)


def test_making_again_makes_nothing(demo_season):
    made = demo_season.scenes[0].stat().st_mtime_ns
    assert make_season(demo_season.folder, scenes=len(demo_season.scenes)) == demo_season
    assert demo_season.scenes[0].stat().st_mtime_ns == made


def test_scenes_are_products(demo_season):
    products = [open_product(path) for path in demo_season.scenes]
    assert [p.level for p in products] == ["L2A"] * len(products)
    assert products[0].grid.shape == GRID.shape
    clouds = [np.isin(read(next(p.glob("GRANULE/*/IMG_DATA/R20m/*SCL_20m.jp2"))), CLOUDS) for p in demo_season.scenes]
    shares = np.array([c.mean() for c in clouds])
    assert shares.min() < 0.1 and shares.max() > 0.6
    assert np.stack(clouds).mean(axis=0).max() < 1  # every place is seen once at least


def test_fields_agree_with_the_raster(demo_season):
    document = json.loads(demo_season.fields.read_text())
    crops = read(demo_season.crops)
    assert crops.max() == len(CROPS) and (crops > 0).mean() > 0.3
    assert {f["properties"]["crop"] for f in document["features"]} == set(NAMES)
    lonlat = np.array([shapely.geometry.shape(f["geometry"]) for f in document["features"]])
    outlines = [reproject_geometry(one, "EPSG:4326", GRID.crs) for one in lonlat]
    for outline, feature in zip(outlines, document["features"], strict=True):
        own = crops[rasterize([outline], out_shape=GRID.shape, transform=GRID.transform) == 1]
        assert (own == feature["properties"]["value"]).mean() > 0.95
        assert NAMES[feature["properties"]["value"] - 1] == feature["properties"]["crop"]


def test_wheat_is_green_in_spring_and_maize_in_summer(demo_season):
    crops = read(demo_season.crops)[::2, ::2]
    by_day = {path.name[15:19]: ndvi(path) for path in demo_season.scenes}
    wheat, maize = (crops == NAMES.index(name) + 1 for name in ("winter wheat", "maize"))
    spring, summer = by_day["0403"], by_day["0801"]
    assert np.nanmedian(spring[wheat]) > np.nanmedian(spring[maize]) + 0.2
    assert np.nanmedian(summer[maize]) > np.nanmedian(summer[wheat]) + 0.2


def test_another_seed_is_another_land(tmp_path):
    found = [make_season(tmp_path / str(seed), seed=seed, scenes=1) for seed in (1, 2)]
    one, two = (read(season.crops) for season in found)
    assert (one != two).mean() > 0.3


@pytest.mark.parametrize("name", ["truth/crops.tif"])
def test_what_is_missing_is_made_again(tmp_path, name):
    season = make_season(tmp_path, scenes=1)
    before = (season.folder / name).read_bytes()
    (season.folder / name).unlink()
    assert make_season(tmp_path, scenes=1) == season
    assert (season.folder / name).read_bytes() == before
