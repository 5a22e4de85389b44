"""Runs of the whole service on series whose composites are known by hand."""

import random
import shutil
from datetime import date

import numpy as np
import pytest
import rasterio
import shapely
import xarray
from known_series import Harmonised, clouds, flat, make_spring
from pyproj import Transformer
from small_safe import make_safe
from small_series import BANDS, NORTH, WEST, make_theia, write_series, write_tif

from eo.io.grid import reproject_geometry
from eo.io.tile_cache import TILES
from eo.io.time_stack import open_stack
from eo.timeseries.gaps import Fill

YEAR = {"start": "2023-01-01", "end": "2023-12-31"}


@pytest.fixture
def spring(tmp_path):
    return make_spring(tmp_path / "spring")


def test_monthly_medians_by_hand(spring, tmp_path):
    run = Harmonised(tmp_path / "out", spring)
    march, april, may = (run.composite(f"2023-0{month}") for month in (3, 4, 5))
    assert march[:, 5, 5].tolist() == [1000 + place for place in range(9)]
    assert march[0, 0, 0] == 1200  # of 1000 and 1400: the first scene is cloudy there
    assert may[0, 5, 5] == 2006  # (2000 + 2011) / 2, half up
    # the middle of April lies 30.5 days after that of March and 30.5 days before that of May
    assert april[0, 5, 5] == 1503
    assert march[0, 1, 1] == may[0, 1, 1] == 2006  # held from May, 61 days on, within the 62 of the limit
    looks, filling = run.read("clear_looks"), run.read("filling")
    assert looks[:, 5, 5].tolist() == [3, 0, 2]
    assert (looks[0, 0, 0], looks[0, 1, 1]) == (2, 0)
    assert filling[:, 5, 5].tolist() == [Fill.OBSERVED, Fill.INTERPOLATED, Fill.OBSERVED]
    assert filling[:, 1, 1].tolist() == [Fill.HELD, Fill.HELD, Fill.OBSERVED]


def test_gaps_stay_where_the_limit_is_short(spring, tmp_path):
    run = Harmonised(tmp_path / "out", spring, gap_limit_days=0)
    assert (run.composite("2023-04") == -1000).all()
    assert run.composite("2023-03")[0, 1, 1] == -1000
    assert run.read("filling")[:, 1, 1].tolist() == [Fill.NO_DATA, Fill.NO_DATA, Fill.OBSERVED]
    held = Harmonised(tmp_path / "held", spring, gap_limit_days=31, hold_ends=False)
    assert held.composite("2023-04")[0, 5, 5] == 1503
    assert held.composite("2023-03")[0, 1, 1] == -1000


def test_the_order_of_scenes_does_not_matter(spring, tmp_path):
    scenes = sorted(spring.iterdir())
    mixed = random.Random(3).sample(scenes, len(scenes))
    for method in ("median", "medoid", "max_ndvi"):
        one = Harmonised(tmp_path / f"{method}1", scenes, method=method)
        other = Harmonised(tmp_path / f"{method}2", mixed, method=method)
        for name in ("composite_2023-03", "composite_2023-04", "clear_looks", "filling"):
            assert np.array_equal(one.read(name), other.read(name))


def test_whole_looks(spring, tmp_path):
    medoid = Harmonised(tmp_path / "medoid", spring, method="medoid")
    assert medoid.composite("2023-03")[:, 5, 5].tolist() == [1000 + place for place in range(9)]
    greenest = Harmonised(tmp_path / "ndvi", spring, method="max_ndvi")
    # NDVI is 4 / (2 · value + 8): greatest where the ground is darkest
    assert greenest.composite("2023-03")[:, 5, 5].tolist() == [900 + place for place in range(9)]
    assert greenest.composite("2023-03")[0, 0, 0] == 1000


def test_series_of_different_length_give_the_same_regular_stack(spring, tmp_path):
    scenes = sorted(spring.iterdir())
    stacks = []
    for number, chosen in enumerate((scenes, scenes[1:2], scenes[3:])):
        Harmonised(tmp_path / f"out{number}", chosen, **YEAR)
        stacks.append(open_stack(tmp_path / f"out{number}"))
    assert stacks[0].grid == stacks[1].grid == stacks[2].grid
    assert list(stacks[0].periods) == list(stacks[1].periods) == list(stacks[2].periods)
    assert [p.label for p in stacks[0].periods] == [f"2023-{month:02d}" for month in range(1, 13)]
    assert [stack.names for stack in stacks] == [BANDS] * 3


def test_periods_of_any_length(spring, tmp_path):
    run = Harmonised(tmp_path / "out", spring, start="2023-03-01", period_days=10, gap_limit_days=0)
    assert len(run.item["properties"]["groundwork:periods"]) == 8
    assert run.composite("2023-03-01_2023-03-10")[0, 5, 5] == 900
    assert run.composite("2023-03-11_2023-03-20")[0, 5, 5] == 1000
    assert (run.composite("2023-03-31_2023-04-09") == -1000).all()


@pytest.mark.parametrize("format", ["NetCDF", "Zarr"])
def test_a_cube_holds_what_the_files_hold(spring, tmp_path, format):
    files = Harmonised(tmp_path / "files", spring)
    run = Harmonised(tmp_path / "cube", spring, output_format=format)
    path = tmp_path / "cube" / ("stack.nc" if format == "NetCDF" else "stack.zarr")
    with xarray.open_dataset(path, mask_and_scale=False, engine="netcdf4" if format == "NetCDF" else "zarr") as cube:
        assert cube.time.values.astype("datetime64[D]").astype(str).tolist() == [
            "2023-03-16",
            "2023-04-16",
            "2023-05-16",
        ]
        for number, month in enumerate(("03", "04", "05")):
            assert np.array_equal(cube.reflectance.values[number], files.read(f"composite_2023-{month}"))
    assert set(run.item["assets"]) == {"stack", "clear_looks", "filling"}
    assert np.array_equal(run.read("clear_looks"), files.read("clear_looks"))


def test_the_result_says_what_it_is(spring, tmp_path):
    run = Harmonised(tmp_path / "out", spring)
    assert list(run.item["assets"])[:2] == ["composite_2023-03", "composite_2023-04"]
    about = run.item["properties"]
    assert (about["groundwork:scenes"], about["groundwork:looks"]) == (5, [3, 0, 2])
    assert about["groundwork:bands"] == list(BANDS)
    assert about["groundwork:periods"][0] == {"label": "2023-03", "start": "2023-03-01", "end": "2023-04-01"}
    assert (about["start_datetime"][:10], about["end_datetime"][:10]) == ("2023-03-03", "2023-05-18")
    red = run.item["assets"]["composite_2023-03"]["bands"][2]
    assert (red["name"], red["eo:common_name"], red["raster:scale"], red["raster:offset"]) == ("B04", "red", 1e-4, -0.1)
    assert [band["name"] for band in run.item["assets"]["clear_looks"]["bands"]] == ["2023-03", "2023-04", "2023-05"]
    assert len(run.provenance["inputs"]) == 5
    assert all(len(source["sha256"]) == 64 for source in run.provenance["inputs"])


def test_area_and_resolution(spring, tmp_path):
    west, north = WEST, NORTH
    box = shapely.box(west + 12, north - 38, west + 48, north - 12)
    area = reproject_geometry(box, "EPSG:32633", "EPSG:4326").wkt
    run = Harmonised(tmp_path / "out", spring, aoi=area)
    with rasterio.open(run.folder / "composite_2023-03.tif") as source:
        assert source.bounds == (west + 10, north - 40, west + 50, north - 10)
    coarse = Harmonised(tmp_path / "coarse", spring, resolution=20, bands="B04,B03")
    assert coarse.composite("2023-03").shape == (2, 4, 4)
    assert coarse.composite("2023-03")[:, 3, 3].tolist() == [1002, 1001]


def test_shadows_snow_and_missing_data_are_left_out(tmp_path):
    scl = np.full((4, 8, 8), 4)
    values = np.stack([np.full((8, 8), value) for value in (1000, 2000, 3000, 9000)])
    for place, masked in enumerate((3, 8, 9, 10, 11, 1, 0)):
        scl[3, 0, place] = masked
    values[0, 7, 7] = 0
    write_series(tmp_path / "s/S2.nc", [f"2023-03-0{day}" for day in range(1, 5)], dict.fromkeys(BANDS, values), scl)
    run = Harmonised(tmp_path / "out", tmp_path / "s")
    assert run.read("clear_looks")[0, 0].tolist() == [3] * 7 + [4]
    assert run.composite("2023-03")[0, 0].tolist() == [2000] * 7 + [2500]
    assert run.composite("2023-03")[0, 7, 7] == 3000  # of 2000, 3000, 9000
    keep = Harmonised(tmp_path / "keep", tmp_path / "s", cloud_classes="8,9")
    assert keep.read("clear_looks")[0, 0].tolist() == [4, 3, 3, 4, 4, 4, 3, 4]
    none = Harmonised(tmp_path / "none", tmp_path / "s", cloudmask="none")
    assert (none.read("clear_looks")[0, 0] == 4).all()


def test_snow_of_theia_is_left_out_where_snow_is(tmp_path):
    for day in ("20230303", "20230313"):
        scene = make_theia(tmp_path / "s", day, flat(1000), clouds((0, 0)))
    write_tif(scene / "MASKS" / f"{scene.name}_MG2_R1.tif", clouds((2, 2), bit=4) | clouds((3, 3), bit=1))
    run = Harmonised(tmp_path / "out", tmp_path / "s")
    assert [run.read("clear_looks")[0, k, k] for k in range(4)] == [0, 2, 1, 2]  # bit 0 is water
    keep = Harmonised(tmp_path / "keep", tmp_path / "s", cloud_classes="3,8,9,10")
    assert [keep.read("clear_looks")[0, k, k] for k in range(4)] == [0, 2, 2, 2]


def test_masks_that_are_given(spring, tmp_path):
    scenes = sorted(spring.iterdir())
    for scene in scenes:
        mask = np.zeros((8, 8), np.uint8)
        mask[6, 6] = "20230313" in scene.name
        name = scene.name if "202303" in scene.name else f"{scene.name[11:15]}-{scene.name[15:17]}-{scene.name[17:19]}"
        write_tif(tmp_path / "masks" / f"{name}.tif", mask)
    run = Harmonised(tmp_path / "out", spring, masks=str(tmp_path / "masks"))
    assert run.read("clear_looks")[0, 6, 6] == 2
    assert run.composite("2023-03")[0, 6, 6] == 1150
    assert run.composite("2023-03")[0, 0, 0] == 1200


def test_a_margin_around_clouds(spring, tmp_path):
    run = Harmonised(tmp_path / "out", spring, cloud_dilation_m=10)
    assert run.read("clear_looks")[0, :3, :3].tolist() == [[2, 0, 3], [0, 0, 0], [3, 0, 3]]


def test_tiles_of_one_overpass_are_one_look(tmp_path):
    """The second tile, seen 14 s later, fills what is cloudy in the first, and counts no pixel twice."""
    folder = tmp_path / "tiles"
    make_theia(folder, "20230303-100031", flat(1000), clouds((2, 2), (3, 3)), tile="33TWL")
    make_theia(folder, "20230303-100045", flat(1500), clouds((3, 3)), tile="33TWK")
    make_theia(folder, "20230308-100031", flat(3000), clouds(), unit="B")
    run = Harmonised(tmp_path / "out", folder)
    assert run.item["properties"]["groundwork:looks"] == [2]
    assert [run.read("clear_looks")[0, k, k] for k in (1, 2, 3)] == [2, 2, 1]
    assert [run.composite("2023-03")[0, k, k] for k in (1, 2, 3)] == [2000, 2250, 3000]


def test_scenes_of_two_zones_make_one_stack(tmp_path):
    """A place that both zones hold, 3 pixels from the border of neither; most scenes decide."""
    x, y = Transformer.from_crs(32633, 32632, always_xy=True).transform(600_040, 5_000_000)
    west, north = round(x / 10) * 10 - 100, round(y / 10) * 10 + 100
    folder = tmp_path / "zones"
    make_theia(folder, "20230303", flat(1000), clouds())
    make_theia(folder, "20230313", flat(1100), clouds())
    make_theia(folder, "20230323", flat(1700, 20), clouds(size=20), west=west, north=north, epsg=32632, tile="32TQR")
    run = Harmonised(tmp_path / "out", folder)
    with rasterio.open(run.folder / "composite_2023-03.tif") as source:
        assert source.crs == "EPSG:32633"
        row, column = source.index(600_045, 4_999_995)
    assert run.composite("2023-03")[0, row, column] == 1100
    assert run.read("clear_looks")[0, row, column] == 3


def test_a_newer_processing_replaces_the_older(tmp_path):
    scl = np.full((120, 120), 4, np.uint8)
    old = make_safe(tmp_path / "a", baseline="04.00", layers={"SCL": (scl, 20)})
    new = make_safe(tmp_path / "b", baseline="05.09", layers={"SCL": (scl, 20)})
    run = Harmonised(tmp_path / "out", [old, new], bands="B04")
    assert [source["product"] for source in run.provenance["inputs"]] == [new.name.removesuffix(".SAFE")]
    assert run.item["properties"]["groundwork:looks"] == [1]
    assert run.item["properties"]["groundwork:scenes_left_out"] == 1


def test_safe_zip_and_folder_are_the_same(tmp_path):
    scl = np.full((120, 120), 4, np.uint8)
    scl[:10] = 9
    safe = make_safe(tmp_path / "safe", layers={"SCL": (scl, 20)})
    name = shutil.make_archive(str(tmp_path / "zips" / safe.stem), "zip", safe.parent, safe.name)
    runs = [Harmonised(tmp_path / f"out{n}", path, bands="B04,B8A") for n, path in enumerate((safe, name, safe.parent))]
    found = [run.read("composite_2023-06") for run in runs]
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])
    assert (found[0][:, :20] == 0).all() and (found[0][:, 20:] > 0).all()


def test_one_scene_and_all_cloud(tmp_path):
    make_theia(tmp_path / "one", "20230303", flat(1000), clouds())
    one = Harmonised(tmp_path / "out1", tmp_path / "one")
    assert (one.composite("2023-03")[0] == 1000).all()
    make_theia(tmp_path / "grey", "20230303", flat(1000), np.full((8, 8), 2, np.uint8))
    grey = Harmonised(tmp_path / "out2", tmp_path / "grey")
    assert (grey.composite("2023-03") == -1000).all()
    assert (grey.read("clear_looks") == 0).all()


def test_blocks_do_not_show(tmp_path, monkeypatch):
    """Whatever the size of blocks, the result is the same."""
    rng = np.random.default_rng(2)
    for day in ("20230303", "20230313", "20230323"):
        bands = {band: rng.integers(100, 5000, (150, 130)) for band in BANDS}
        make_theia(tmp_path / "s", day, bands, (rng.random((150, 130)) < 0.4) * np.uint8(2))
    whole = Harmonised(tmp_path / "whole", tmp_path / "s", cloud_dilation_m=25)
    monkeypatch.setattr("services.s2_harmonisation.blocks._EDGES", (64, 32))
    monkeypatch.setattr("services.s2_harmonisation.blocks.BLOCK_BYTES", 1)
    monkeypatch.setattr("services.s2_harmonisation.blocks._SHARED_PIXELS", 64)
    TILES.clear()
    parts = Harmonised(tmp_path / "parts", tmp_path / "s", cloud_dilation_m=25)
    for name in ("composite_2023-03", "clear_looks", "filling"):
        assert np.array_equal(whole.read(name), parts.read(name))


def test_the_first_day_of_a_period_counts_from_the_start(spring, tmp_path):
    run = Harmonised(tmp_path / "out", spring, period_days=31, start="2023-02-20", end="2023-05-23")
    assert [p["start"] for p in run.item["properties"]["groundwork:periods"]] == [
        "2023-02-20",
        "2023-03-23",
        "2023-04-23",
    ]
    assert date.fromisoformat(run.item["properties"]["groundwork:periods"][-1]["end"]) == date(2023, 5, 24)
