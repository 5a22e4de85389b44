"""The whole service on made scenes whose changes are known."""

import json
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from shapely import from_wkb

from services.core.errors import BadInput
from services.core.runner import run
from services.s2_change_detection import SERVICE

CLOUD = 2  # THEIA's bit for clouds


def compute(before: Path, after: Path, output: Path, **values: object) -> dict:
    return run(SERVICE, {"input1": str(before), "input2": str(after), **values}, output)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


@pytest.fixture
def result(scenes, tmp_path: Path) -> tuple[Path, dict, np.ndarray]:
    before, after, truth = scenes
    item = compute(before, after, tmp_path / "out", number_of_classes=2)
    return tmp_path / "out", item, truth


def test_known_changes_are_found_and_told_apart(result) -> None:
    folder, item, truth = result
    classes = read(folder / "classes.tif")
    assert f1(classes > 0, truth > 0) > 0.99
    for kind in (1, 2):  # brighter comes first: its direction is nearer to the vector of ones
        assert f1(classes == kind, truth == kind) > 0.99
    assert item["properties"]["groundwork:changed_percent"] == pytest.approx(100 * (truth > 0).mean(), abs=0.1)
    assert item["properties"]["groundwork:valid_percent"] == 100


def test_rasters_hold_numbers_with_scale_and_nodata(result) -> None:
    folder, _, truth = result
    expected = {"magnitude": (1e-4, 65535), "direction": (0.01, 65535), "posterior": (0.01, 255), "classes": (1, 255)}
    for name, (scale, nodata) in expected.items():
        with rasterio.open(folder / f"{name}.tif") as source:
            assert (source.scales[0], source.nodata) == (scale, nodata)
            assert source.crs.to_epsg() == 32631
            assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    building = read(folder / "magnitude.tif")[truth == 1].mean() * 1e-4
    assert building == pytest.approx(np.linalg.norm([0.1, 0.11, 0.12, 0.05]), abs=0.002)
    cosine = sum([-0.01, -0.02, -0.03, -0.22]) / 2 / np.linalg.norm([0.01, 0.02, 0.03, 0.22])
    flood = read(folder / "direction.tif")[truth == 2].mean() * 0.01
    assert flood == pytest.approx(np.degrees(np.arccos(cosine)), abs=0.5)


def test_posterior_is_the_level_or_more_where_changed(result) -> None:
    folder, item, truth = result
    posterior, magnitude = read(folder / "posterior.tif"), read(folder / "magnitude.tif")
    threshold = round(item["properties"]["groundwork:threshold_magnitude"] * 10_000)
    assert ((posterior >= 95) == (magnitude >= threshold)).all()
    assert posterior[truth > 0].mean() > 99
    assert np.median(posterior[truth == 0]) == 0


def test_legend_stands_in_the_item_and_colours_in_the_file(result) -> None:
    folder, item, _ = result
    legend = item["assets"]["classes"]["classification:classes"]
    assert [entry["value"] for entry in legend] == [0, 1, 2, 255]
    assert legend[1]["title"].startswith("Kind 1: direction 0.0–")
    assert "B04 +0.12" in legend[1]["title"]
    assert "B08 -0.2" in legend[2]["title"]
    with rasterio.open(folder / "classes.tif") as source:
        assert source.colormap(1)[1][:3] == (0xD5, 0x5E, 0x00)


def test_polygons_sum_up_to_the_raster(result) -> None:
    folder, item, _ = result
    classes = read(folder / "classes.tif")
    meta, _, geometry, columns = pyogrio.raw.read(folder / "changes.gpkg")
    fields = dict(zip(meta["fields"], columns, strict=True))
    for kind in (1, 2):
        own = fields["kind"] == kind
        assert sum(p.area for p in from_wkb(geometry[own])) == 100 * (classes == kind).sum()
        assert fields["pixels"][own].sum() == (classes == kind).sum()
    assert fields["area_m2"].sum() == pytest.approx(100 * (classes > 0).sum(), rel=2e-3)
    assert fields["pixels"].min() >= 5
    assert item["properties"]["groundwork:polygons"] == len(geometry)


def test_clouds_of_either_date_are_left_out(scenes, write_scene, tmp_path: Path) -> None:
    before, after, truth = scenes
    clouds = np.zeros(truth.shape, bool)
    clouds[100:110, 120:140] = True
    with rasterio.open(after / "MASKS" / f"{after.name}_CLM_R1.tif", "r+") as mask:
        mask.write(CLOUD * clouds.astype(np.uint8), 1)
    item = compute(before, after, tmp_path / "out", cloud_dilation_m=0)
    for name, nodata in (("classes", 255), ("magnitude", 65535), ("posterior", 255)):
        assert ((read(tmp_path / "out" / f"{name}.tif") == nodata) == clouds).all()
    assert item["properties"]["groundwork:valid_percent"] == pytest.approx(100 * (~clouds).mean())
    compute(before, after, tmp_path / "wide", cloud_dilation_m=30)
    wide = read(tmp_path / "wide" / "classes.tif") == 255
    assert wide[97:113, 125:135].all()
    assert not wide[96, 120:140].any()


def test_nodata_of_either_date_is_left_out(scenes, tmp_path: Path) -> None:
    before, after, _ = scenes
    for folder, band, rows in ((before, "B3", slice(0, 5)), (after, "B8", slice(150, 160))):
        with rasterio.open(folder / f"{folder.name}_FRE_{band}.tif", "r+") as target:
            values = target.read(1)
            values[rows] = -10_000
            target.write(values, 1)
    compute(before, after, tmp_path / "out")
    missing = read(tmp_path / "out" / "classes.tif") == 255
    assert missing[:5].all()
    assert missing[150:].all()
    assert not missing[5:150].any()


def test_no_change_gives_empty_outlines_and_no_kind(scenes, write_scene, tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    bands = {b: 0.2 + rng.normal(0, 0.005, (60, 60)) for b in ("B2", "B3", "B4", "B8")}
    again = {b: v + rng.normal(0, 0.005, (60, 60)) for b, v in bands.items()}
    item = compute(
        write_scene("20200701", bands, west=500_000), write_scene("20200711", again, west=500_000), tmp_path / "o"
    )
    assert item["properties"]["groundwork:threshold_magnitude"] is None
    assert item["properties"]["groundwork:changed_percent"] == 0
    assert read(tmp_path / "o" / "classes.tif").max() == 0
    assert pyogrio.read_info(tmp_path / "o" / "changes.gpkg")["features"] == 0


def test_second_scene_on_another_grid_is_warped(scenes, write_scene, tmp_path: Path) -> None:
    before, after, truth = scenes
    shifted = {}
    for band in ("B2", "B3", "B4", "B8"):
        with rasterio.open(after / f"{after.name}_FRE_{band}.tif") as source:
            shifted[band] = np.roll(source.read(1), (-4, -3), axis=(0, 1)) / 1e4  # north-west corner moves south-east
    moved = write_scene("20210704", shifted, west=600_030, north=5_400_000 - 40)
    compute(before, moved, tmp_path / "out")
    classes = read(tmp_path / "out" / "classes.tif")
    assert (classes[:4] == 255).all()
    assert (classes[:, :3] == 255).all()
    inside = (slice(8, -4), slice(8, -4))
    assert f1((classes[inside] > 0) & (classes[inside] < 255), truth[inside] > 0) > 0.98


def test_area_resolution_and_projection(scenes, tmp_path: Path) -> None:
    before, after, _ = scenes
    area = shapely.box(4.362, 48.7395, 4.372, 48.744)  # the building, not the flood
    compute(before, after, tmp_path / "out", aoi=area.wkt, resolution=20, projection="EPSG:3035")
    with rasterio.open(tmp_path / "out" / "classes.tif") as source:
        assert (source.crs.to_epsg(), source.res) == (3035, (20, 20))
        ground_m2 = np.isin(source.read(1), (1, 2, 3)).sum() * 400
    assert ground_m2 == pytest.approx(20 * 30 * 100, rel=0.3)  # pixels half changed count
    assert pyogrio.read_info(tmp_path / "out" / "changes.gpkg")["crs"] == "EPSG:3035"


def test_outside_of_the_area_is_nodata(scenes, tmp_path: Path) -> None:
    area = shapely.Point(4.372, 48.738).buffer(0.004)
    compute(*scenes[:2], tmp_path / "out", aoi=area.wkt)
    classes = read(tmp_path / "out" / "classes.tif")
    assert classes[0, 0] == classes[-1, -1] == 255
    assert (classes != 255).mean() == pytest.approx(np.pi / 4, abs=0.02)


def test_relative_normalisation_undoes_a_haze(scenes, tmp_path: Path) -> None:
    before, after, truth = scenes
    for band in ("B2", "B3", "B4", "B8"):
        with rasterio.open(after / f"{after.name}_FRE_{band}.tif", "r+") as target:
            target.write((target.read(1) * 0.8 + 400).astype(np.int16), 1)
    item = compute(before, after, tmp_path / "out", normalisation="relative")
    assert item["properties"]["groundwork:normalisation"]["gain"] == pytest.approx([1.25] * 4, abs=0.08)
    assert f1(read(tmp_path / "out" / "classes.tif") > 0, truth > 0) > 0.97


@pytest.mark.parametrize(("raster", "vector"), [("GeoTIFF", "GeoJSON"), ("NetCDF", "FlatGeobuf"), ("Zarr", "GPKG")])
def test_other_formats(scenes, tmp_path: Path, raster: str, vector: str) -> None:
    item = compute(*scenes[:2], tmp_path / "out", output_format=raster, vector_format=vector)
    assert set(item["assets"]) == {"classes", "magnitude", "direction", "posterior", "changes"}
    assert all((tmp_path / "out" / a["href"]).exists() for a in item["assets"].values())


def test_blocks_make_no_difference(scenes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.s2_change_detection import blocks, process

    compute(*scenes[:2], tmp_path / "one")
    monkeypatch.setattr(blocks, "BLOCK_PIXELS", 64)
    monkeypatch.setattr(process, "BLOCK_PIXELS", 64)
    compute(*scenes[:2], tmp_path / "many")
    for name in ("classes", "magnitude", "direction", "posterior"):
        assert (read(tmp_path / "one" / f"{name}.tif") == read(tmp_path / "many" / f"{name}.tif")).all()


def test_record_names_inputs_dates_and_remarks(result) -> None:
    folder, item, _ = result
    provenance = json.loads((folder / "provenance.json").read_text())
    assert [i["parameter"] for i in provenance["inputs"]] == ["input1", "input2"]
    assert item["properties"]["start_datetime"].startswith("2020-07-01T10:50:00")
    assert item["properties"]["end_datetime"].startswith("2021-07-04T10:50:00")
    assert item["properties"]["groundwork:reference_vector"] == [0.5] * 4
    assert not list(folder.glob(".*"))


def test_all_cloud_fails_with_the_reason_and_leaves_nothing(scenes, tmp_path: Path) -> None:
    before, after, truth = scenes
    with rasterio.open(after / "MASKS" / f"{after.name}_CLM_R1.tif", "r+") as mask:
        mask.write(np.full(truth.shape, CLOUD, np.uint8), 1)
    with pytest.raises(BadInput) as failed:
        compute(before, after, tmp_path / "out")
    assert failed.value.code == "not_enough_data"
    assert failed.value.message == (
        "Only 0 pixels are valid on both dates; at least 100 are needed to tell change from none."
    )
    assert not (tmp_path / "out").exists()
