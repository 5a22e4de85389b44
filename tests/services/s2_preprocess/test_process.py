"""Runs of the whole service; pixels are compared with the source images as rasterio reads them."""

import json
import pickle
import shutil

import numpy as np
import pytest
import rasterio
import shapely
import xarray
from rasterio.features import geometry_mask
from small_safe import NATIVE_M, make_safe, numbers, outlines_gml

from eo.io.grid import Grid, grid_of, reproject_geometry
from eo.io.products import open_product
from eo.io.raster_writer import EXTENSIONS
from eo.io.tile_cache import TILES
from services.core.errors import ServiceError
from services.core.registry import get_service
from services.core.runner import run
from services.core.validation import validate
from services.s2_preprocess.process import compute
from services.s2_preprocess.recipe import grid_for, settle

SERVICE = get_service("s2_preprocess")
SCL = np.full((120, 120), 4, np.uint8)
SCL[:, 100:] = 6
SCL[10:20, 10:20] = 9


@pytest.fixture(scope="module")
def l2a(tmp_path_factory):
    return make_safe(tmp_path_factory.mktemp("safe"), layers={"SCL": (SCL, 20)})


def process(output, product, **values):
    return run(SERVICE, {"input": str(product), **values}, output)


def rectangle(west, south, east, north, crs="EPSG:32633"):
    box = shapely.segmentize(shapely.box(west, south, east, north), 50)
    return reproject_geometry(box, crs, "EPSG:4326").wkt


def test_all_bands_on_one_grid(l2a, tmp_path):
    item = process(tmp_path / "out", l2a, resampling_continuous="nearest")
    with rasterio.open(tmp_path / "out/reflectance.tif") as source:
        assert source.descriptions == tuple(b for b in NATIVE_M if b != "B10")
        assert (source.shape, source.res) == ((240, 240), (10, 10))
        for index, band in enumerate(source.descriptions, 1):
            factor = NATIVE_M[band] // 10
            expected = np.kron(numbers(band, 240 // factor), np.ones((factor, factor), np.uint16))
            assert np.array_equal(source.read(index), expected), band
    assert list(item["assets"]) == ["reflectance"]


def test_the_item_says_what_the_numbers_are(l2a, tmp_path):
    item = process(tmp_path / "out", l2a, bands="B04,B03,B02", cloudmask="scl")
    red = item["assets"]["reflectance"]["bands"][0]
    assert (red["name"], red["eo:common_name"], red["eo:center_wavelength"]) == ("B04", "red", 0.6646)
    assert (red["raster:scale"], red["raster:offset"], red["nodata"], red["data_type"]) == (1e-4, -0.1, 0, "uint16")
    assert item["assets"]["reflectance"]["groundwork:style"] == {"bands": [1, 2, 3], "rescale": [[1000, 4000]] * 3}
    assert item["properties"]["datetime"] == "2023-06-01T10:00:31.024Z"
    assert (item["properties"]["platform"], item["properties"]["eo:cloud_cover"]) == ("sentinel-2a", 12.5)
    legend = item["assets"]["mask"]["classification:classes"]
    assert legend[2] == {
        "value": 2,
        "name": "cloud-with-its-margin",
        "title": "Cloud, with its margin",
        "color_hint": "F5F5F5",
    }
    assert len({c["name"] for c in legend}) == len(legend) == 8
    assert [e.split("/")[3] for e in item["stac_extensions"]] == [
        "projection",
        "raster",
        "file",
        "eo",
        "classification",
    ]


def test_clouds_and_sea_are_masked_out_and_told_apart(l2a, tmp_path):
    process(
        tmp_path / "out", l2a, bands="B02", cloudmask="auto", landseamask="sea", land_source="scl", cloud_dilation_m=20
    )
    with rasterio.open(tmp_path / "out/mask.tif") as source:
        mask = source.read(1)
        assert source.colormap(1)[7] == (50, 95, 160, 255)
    with rasterio.open(tmp_path / "out/reflectance.tif") as source:
        values = source.read(1)
    assert (mask[20:40, 20:40] == 2).all() and (mask[18:20, 20:40] == 2).all() and mask[17, 30] == 1
    assert (mask[:, 200:] == 7).all()
    assert np.array_equal(values, np.where(mask == 1, numbers("B02", 240), 0))


def test_land_is_masked_out_the_other_way_round(l2a, tmp_path):
    process(tmp_path / "out", l2a, bands="B02", landseamask="land", land_source="scl")
    with rasterio.open(tmp_path / "out/mask.tif") as source:
        mask = source.read(1)
    assert (mask[:, 200:] == 1).all() and (mask[:, :200] == 6).all()


def test_cut_to_the_area(l2a, tmp_path):
    area = "POLYGON((16.275 45.13, 16.295 45.13, 16.285 45.145, 16.275 45.13))"
    process(tmp_path / "out", l2a, bands="B02", aoi=area)
    process(tmp_path / "kept", l2a, bands="B02", aoi=area, outside_area="keep")
    with (
        rasterio.open(tmp_path / "out/reflectance.tif") as cut,
        rasterio.open(tmp_path / "kept/reflectance.tif") as kept,
    ):
        assert cut.transform == kept.transform
        column, row = round((cut.transform.c - 600_000) / 10), round((5_000_040 - cut.transform.f) / 10)
        expected = numbers("B02", 240)[row : row + cut.height, column : column + cut.width]
        assert np.array_equal(kept.read(1), expected)
        outline = reproject_geometry(shapely.segmentize(shapely.from_wkt(area), 0.001), "EPSG:4326", "EPSG:32633")
        outside = geometry_mask([outline], cut.shape, cut.transform)
        assert np.array_equal(cut.read(1), np.where(outside, 0, expected))
        assert 0.4 < outside.mean() < 0.6


def test_of_a_small_area_only_the_tiles_under_it_are_decoded(l2a, tmp_path):
    TILES.clear()
    process(tmp_path / "all", l2a)
    assert TILES.decoded == 4 * 4 + 6 * 2 + 2 * 1  # GDAL hands out rows of these 64-pixel tiles; 10, 20 and 60 m
    TILES.clear()
    process(tmp_path / "corner", l2a, aoi=rectangle(600_100, 4_999_600, 600_400, 4_999_900))
    assert TILES.decoded == 12


def test_older_baselines_give_the_same_reflectance(tmp_path):
    old = make_safe(
        tmp_path / "old", baseline="02.14", offset=None, bands=["B02"], values=lambda b, n: numbers(b, n) - 1000
    )
    process(tmp_path / "out", old)
    with rasterio.open(tmp_path / "out/reflectance.tif") as source:
        assert np.array_equal(source.read(1), numbers("B02", 240))


def test_l1c_with_its_own_masks(tmp_path):
    ring = "600000 5000040 600100 5000040 600100 4999940 600000 4999940 600000 5000040"
    scene = make_safe(
        tmp_path / "l1c", "1C", baseline="02.07", offset=None, bands=["B02", "B10"], outlines=outlines_gml(ring)
    )
    item = process(tmp_path / "out", scene, cloudmask="auto")
    with rasterio.open(tmp_path / "out/reflectance.tif") as source:
        assert source.descriptions == ("B02", "B10")
        assert (source.read(1)[:10, :10] == 0).all() and (source.read(1) == 0).sum() == 100
        assert source.read(1)[50, 60] == numbers("B02", 240)[50, 60] + 1000
    assert item["assets"]["reflectance"]["bands"][0]["description"].startswith("Top-of-atmosphere reflectance")


def test_a_block_can_be_computed_elsewhere(l2a):
    """The task travels to other processes as bytes."""
    values = {"input": str(l2a), "cloudmask": "scl", "landseamask": "sea", "resolution": 30}
    params = validate(SERVICE, {**values, "aoi": "POLYGON((16.275 45.13, 16.295 45.13, 16.285 45.145, 16.275 45.13))"})
    product = open_product(l2a)
    recipe = settle(product, params, ["B02", "B11"], grid_for(product, params))
    window = next(recipe.grid.blocks(1024))
    here, there = compute(recipe, window), compute(*pickle.loads(pickle.dumps((recipe, window))))  # noqa: S301
    assert np.array_equal(here.reflectance, there.reflectance) and np.array_equal(here.mask, there.mask)
    assert here.reflectance.any()


def test_a_zip_gives_what_the_folder_gives(l2a, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "scene"), "zip", l2a.parent, l2a.name)
    for name, product in (("zip", archive), ("folder", l2a)):
        process(tmp_path / name, product, bands="B02,B05", cloudmask="auto")
    for file in ("reflectance.tif", "mask.tif"):
        assert (tmp_path / "zip" / file).read_bytes() == (tmp_path / "folder" / file).read_bytes()


@pytest.mark.parametrize("format", EXTENSIONS)
def test_every_format_holds_the_same(l2a, tmp_path, format):
    options = {"bands": "B02,B11", "cloudmask": "scl", "aoi": rectangle(600_500, 4_998_000, 601_500, 4_999_500)}
    process(tmp_path / "cog", l2a, **options)
    item = process(tmp_path / "out", l2a, output_format=format, **options)
    with rasterio.open(tmp_path / "cog/reflectance.tif") as source:
        expected = source.read()
    name = tmp_path / f"out/reflectance{EXTENSIONS[format]}"
    if format in ("COG", "GeoTIFF"):
        with rasterio.open(name) as source:
            assert np.array_equal(source.read(), expected)
    else:
        with xarray.open_dataset(
            name, engine="zarr" if format == "Zarr" else "netcdf4", mask_and_scale=False
        ) as source:
            assert np.array_equal(np.stack([source["B02"], source["B11"]]), expected)
    assert item["assets"]["reflectance"]["href"] == f"./reflectance{EXTENSIONS[format]}"
    assert item["bbox"] == pytest.approx(shapely.from_wkt(options["aoi"]).bounds, abs=2e-3)


def test_geographic_projection(l2a, tmp_path):
    process(tmp_path / "out", l2a, bands="B02", projection="EPSG:4326", resolution=20)
    grid = grid_of(str(tmp_path / "out/reflectance.tif"))
    assert grid.crs == "EPSG:4326"
    assert grid.pixel_size_m == pytest.approx((20, 20), rel=1e-3)


def test_the_scene_classification_can_be_written(l2a, tmp_path):
    process(tmp_path / "out", l2a, bands="B02", scene_classification=True, resolution=20)
    with rasterio.open(tmp_path / "out/scene_classification.tif") as source:
        assert np.array_equal(source.read(1), SCL)


@pytest.mark.parametrize(
    ("values", "code", "message"),
    [
        ({"bands": "B10"}, "missing_band", "has no B10. There is: B01 (60 m), B02 (10 m)"),
        ({"aoi": "POLYGON((1 1, 2 1, 2 2, 1 1))"}, "no_overlap", "lies outside of the scene"),
        ({"cloudmask": "product"}, "missing_band", "has no cloud mask of its own. Cloud masks that it has: scl."),
        ({"input": "/nowhere/scene.SAFE"}, "invalid_product", "There is nothing at /nowhere/scene.SAFE."),
        (
            {"landseamask": "sea", "land_source": "vector", "land_vector": "/nowhere.gpkg"},
            "invalid_vector",
            "nowhere.gpkg cannot be read as a vector file",
        ),
    ],
)
def test_bad_input_is_named_and_nothing_is_left(l2a, tmp_path, values, code, message):
    with pytest.raises(ServiceError) as caught:
        run(SERVICE, {"input": str(l2a), **values}, tmp_path / "out")
    assert caught.value.code == code
    assert message in caught.value.message
    assert caught.value.hint
    assert not (tmp_path / "out").exists()


def test_a_damaged_image_fails_without_leaving_anything(l2a, tmp_path):
    copy = tmp_path / l2a.name
    shutil.copytree(l2a, copy)
    image = next(copy.rglob("*_B02_10m.jp2"))
    image.write_bytes(image.read_bytes()[:3000])
    with pytest.raises(ServiceError, match=r"The image \S+_B02_10m\.jp2 cannot be read"):
        process(tmp_path / "out", copy)
    assert not (tmp_path / "out").exists()


def test_real_l2a_at_60_m_with_masks(shared_data, tmp_path):
    folder = next((shared_data / "s2/safe_l2a").glob("*.SAFE"))
    process(tmp_path / "out", folder, bands="B02,B8A,B12", resolution=60, cloudmask="scl", cloud_classes="3,8,9,10,11")
    images = {p.name[-11:-4]: p for p in folder.rglob("R60m/*.jp2")}
    with rasterio.open(images["SCL_60m"]) as source:
        scl = source.read(1)
    hidden = np.isin(scl, (3, 8, 9, 10, 11))
    with rasterio.open(tmp_path / "out/reflectance.tif") as ours, rasterio.open(tmp_path / "out/mask.tif") as mask:
        assert mask.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == ours.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        for index, band in enumerate(("B02", "B8A", "B12"), 1):
            with rasterio.open(images[f"{band}_60m"]) as source:
                stored = source.read(1)
                assert (ours.crs, ours.transform, ours.shape) == (source.crs, source.transform, source.shape)
            expected = np.where(hidden | (stored == 0), np.nan, (stored.astype(float) - 1000) / 10_000)
            number = ours.read(index)
            found = np.where(number == 0, np.nan, number * ours.scales[index - 1] + ours.offsets[index - 1])
            np.testing.assert_allclose(found, expected, atol=1e-9)
        classes = mask.read(1)
    assert np.array_equal(classes == 4, (scl == 10) & (classes > 0))
    assert (classes == 0).mean() == pytest.approx(0.4039, abs=1e-3)


def test_real_l2a_without_10_m_bands_says_so(shared_data, tmp_path):
    with pytest.raises(
        ServiceError, match=r"has no B08 \(B08: named in the metadata, but the file is not in the product"
    ):
        process(tmp_path / "out", shared_data / "s2/safe_l2a", bands="B08")


def test_theia_folder_at_10_m(shared_data, tmp_path):
    folder = shared_data / "s2/fordead_theia_T31UFQ/SENTINEL/ZoneTest"
    scene = next(folder.glob("SENTINEL2A_20160428*"))
    process(tmp_path / "out", scene, cloudmask="auto", resampling_continuous="nearest")
    with rasterio.open(next(scene.glob("*_FRE_B11.tif"))) as source:
        stored = np.kron(source.read(1), np.ones((2, 2), int))
    with rasterio.open(next(scene.glob("MASKS/*_CLM_R2.tif"))) as source:
        clm = np.kron(source.read(1), np.ones((2, 2), int))
    with rasterio.open(tmp_path / "out/reflectance.tif") as ours:
        expected = np.where((clm > 0) | (stored == -10_000), 0, stored + 1000)
        assert np.array_equal(ours.read(ours.descriptions.index("B11") + 1), expected)


def test_sen2r_stack_in_another_projection(shared_data, tmp_path):
    scene = shared_data / "s2/sen2r_barbellino/out/S2A2A_20170703_022_Barbellino_BOA_10.tif"
    item = process(tmp_path / "out", scene, projection="EPSG:3035", resolution=20, cloudmask="scl")
    grid = grid_of(str(tmp_path / "out/reflectance.tif"))
    assert isinstance(grid, Grid) and grid.crs == "EPSG:3035"
    assert item["bbox"] == pytest.approx(grid_of(str(scene)).footprint().bounds, abs=5e-4)  # some 40 m


def test_a_run_through_the_command_line(l2a, tmp_path):
    from services.core.command import run_command

    options = ["--input", str(l2a), "--bands", "B02", "--AoI", rectangle(600_100, 4_999_000, 600_300, 4_999_300)]
    status = run_command(SERVICE, [*options, "--output_path", str(tmp_path / "out")], prog="S2-preprocess")
    assert status == 0
    provenance = json.loads((tmp_path / "out/provenance.json").read_text())
    assert provenance["inputs"][0]["product"].startswith("S2A_MSIL2A_20230601")
