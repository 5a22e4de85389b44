"""The whole service on a season whose classes are known."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from predictable import BANDS, GRID, WEIGHTS, fields, write_model, write_stack
from small_models import write_small_model

from eo.io.grid import Grid
from eo.learning.lstm_amx import fits
from services.core.errors import BadInput
from services.core.preflight import check
from services.core.runner import run
from services.core.validation import validate
from services.crop_lstm_predict import SERVICE


def compute(stack: Path, model: Path, output: Path, **values: object) -> dict:
    return run(SERVICE, {"stack": str(stack), "model": str(model), **values}, output)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read()


def expected(red: float, near: float) -> np.ndarray:
    scores = np.array([red, near]) @ WEIGHTS
    return np.exp(scores) / np.exp(scores).sum()


@pytest.fixture
def result(stack: Path, model: Path, tmp_path: Path) -> tuple[Path, dict]:
    return tmp_path / "out", compute(stack, model, tmp_path / "out")


def test_map_probabilities_and_entropy_are_those_worked_by_hand(result) -> None:
    folder, _ = result
    classes = read(folder / "crop_map.tif")[0]
    assert (classes[:, :20] == 10).all()
    assert (classes[:, 20:] == 20).all()
    soil, wheat = expected(0.3, 0.1), expected(0.05, 0.45)
    probabilities = read(folder / "probabilities.tif")
    assert probabilities.shape == (3, 30, 40)
    np.testing.assert_allclose(probabilities[:, 5, 5] / 200, soil, atol=0.0026)
    np.testing.assert_allclose(probabilities[:, 5, 30] / 200, wheat, atol=0.0026)
    entropy = read(folder / "entropy.tif")[0]
    assert entropy[5, 30] / 200 == pytest.approx(-(wheat * np.log(wheat)).sum() / np.log(3), abs=0.0026)


def test_files_say_what_they_hold(result) -> None:
    folder, item = result
    with rasterio.open(folder / "crop_map.tif") as source:
        assert source.colormap(1)[20][:3] == (0x2F, 0x7D, 0x32)
        assert (source.nodata, source.crs.to_epsg()) == (255, 32631)
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    with rasterio.open(folder / "probabilities.tif") as source:
        assert source.descriptions == ("p_10", "p_20", "p_30")
        assert (source.scales[0], source.nodata) == (0.005, 255)
    legend = item["assets"]["crop_map"]["classification:classes"]
    assert [(entry["value"], entry["title"]) for entry in legend[:2]] == [(10, "Bare soil"), (20, "Winter Wheat")]
    assert legend[1]["color_hint"] == "2F7D32"
    assert item["properties"]["groundwork:model"]["name"] == "Small"
    assert [p["label"] for p in item["properties"]["groundwork:periods"]] == ["2018-04", "2018-05", "2018-06"]
    assert item["properties"]["start_datetime"] == "2018-04-01T00:00:00.000Z"
    assert item["properties"]["end_datetime"] == "2018-06-30T23:59:59.000Z"
    assert "groundwork:remarks" not in item["properties"]
    record = json.loads((folder / "provenance.json").read_text())
    assert {i["parameter"] for i in record["inputs"]} == {"stack", "model"}


def test_areas_are_those_on_the_ellipsoid(result) -> None:
    folder, item = result
    table = json.loads((folder / "areas.json").read_text())
    soil, wheat, maize = table["classes"]
    assert (soil["pixels"], wheat["pixels"], maize["pixels"]) == (600, 600, 0)
    assert maize["area_ha"] == 0
    # at 600 km east in a UTM zone the scale is 0.9996 · (1 + 100² / (2 · 6371²)) = 0.99972: ground is larger than map
    assert soil["area_ha"] == pytest.approx(6 / 0.99972**2, rel=3e-5)
    assert soil["share"] + wheat["share"] == pytest.approx(1)
    assert table["no_data"]["pixels"] == 0
    assert item["assets"]["areas"]["groundwork:areas"][0]["area_ha"] == soil["area_ha"]


def test_bands_are_matched_by_name(stack: Path, model: Path, result, tmp_path: Path) -> None:
    other = write_stack(tmp_path / "other", fields()[:, ::-1], bands=BANDS[::-1])
    compute(other, model, tmp_path / "again")
    for name in ("crop_map", "probabilities", "entropy"):
        np.testing.assert_array_equal(read(tmp_path / "again" / f"{name}.tif"), read(result[0] / f"{name}.tif"))


def test_missing_bands_are_named_with_those_there(stack: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    other = write_stack(tmp_path / "other", fields(), bands=("B04", "B11"))
    with pytest.raises(BadInput, match=r"no B8A.*There is: B04, B11") as refused:
        compute(other, model, tmp_path / "out")
    assert refused.value.code == "missing_band"


def test_a_band_stands_in_where_told_and_it_is_remarked(model: Path, result, tmp_path: Path) -> None:
    other = write_stack(tmp_path / "other", fields(), bands=("B04", "B08"))
    item = compute(other, model, tmp_path / "again", stand_ins="B8A = B08")
    np.testing.assert_array_equal(read(tmp_path / "again" / "crop_map.tif"), read(result[0] / "crop_map.tif"))
    assert item["properties"]["groundwork:remarks"] == ["B08 stands in for B8A, which the network was trained on."]


@pytest.mark.parametrize(("periods", "both"), [(2, ("3", "2")), (4, ("3", "4"))])
def test_another_number_of_periods_is_refused_with_both(periods: int, both, model: Path, tmp_path: Path) -> None:
    other = write_stack(tmp_path / "other", fields(periods))
    with pytest.raises(BadInput, match=f"takes {both[0]} periods; the stack has {both[1]}") as refused:
        compute(other, model, tmp_path / "out")
    assert refused.value.code == "period_mismatch"


def test_start_chooses_the_season_of_a_longer_stack(model: Path, tmp_path: Path) -> None:
    scene = np.concatenate([fields(1)[:, ::-1], fields(3)])  # a month of the opposite first
    long = write_stack(tmp_path / "long", scene, first=date(2018, 3, 1))
    item = compute(long, model, tmp_path / "out", start="2018-04-10")
    assert item["properties"]["groundwork:periods"][0]["label"] == "2018-04"
    assert (read(tmp_path / "out" / "crop_map.tif")[0, :, :20] == 10).all()
    with pytest.raises(BadInput, match=r"takes 3 periods; the stack has 2 \(2018-05 to 2018-06\)"):
        compute(long, model, tmp_path / "late", start="2018-05-01")
    with pytest.raises(BadInput, match=r"No period of the stack holds 2020-01-01"):
        compute(long, model, tmp_path / "never", start="2020-01-01")


def test_a_season_that_begins_in_another_month_is_remarked(model: Path, tmp_path: Path) -> None:
    autumn = write_stack(tmp_path / "autumn", fields(), first=date(2018, 9, 1))
    item = compute(autumn, model, tmp_path / "out")
    (remark,) = item["properties"]["groundwork:remarks"]
    assert "September" in remark
    assert "April" in remark
    findings = check(SERVICE, validate(SERVICE, {"stack": str(autumn), "model": str(model)}))["findings"]
    assert [f["code"] for f in findings if f["level"] == "warning"] == ["input"]


def test_pixels_seen_too_seldom_become_no_data(model: Path, tmp_path: Path) -> None:
    scene = fields()
    scene[:2, :, :5] = np.nan  # one period of three is left: fewer than half
    scene[:1, :, 5:10] = np.nan
    stack = write_stack(tmp_path / "gaps", scene)
    compute(stack, model, tmp_path / "out")
    classes = read(tmp_path / "out" / "crop_map.tif")[0]
    assert (classes[:5] == 255).all()
    assert (classes[5:] != 255).all()
    assert (read(tmp_path / "out" / "entropy.tif")[0, :5] == 255).all()
    compute(stack, model, tmp_path / "one", least_periods=1)
    assert (read(tmp_path / "one" / "crop_map.tif") != 255).all()


def test_nothing_seen_is_said_in_words(model: Path, tmp_path: Path) -> None:
    stack = write_stack(tmp_path / "empty", np.full_like(fields(), np.nan))
    with pytest.raises(BadInput, match="No pixel was classified") as refused:
        compute(stack, model, tmp_path / "out")
    assert refused.value.code == "not_enough_data"


def test_only_the_likeliest_classes_are_kept(stack: Path, model: Path, tmp_path: Path) -> None:
    item = compute(stack, model, tmp_path / "out", probabilities="top", top_classes=2)
    assert "probabilities" not in item["assets"]
    ranked, probabilities = read(tmp_path / "out" / "top_classes.tif"), read(tmp_path / "out" / "top_probabilities.tif")
    assert ranked[:, 5, 5].tolist() == [10, 30]
    assert ranked[:, 5, 30].tolist() == [20, 30]
    np.testing.assert_allclose(probabilities[:, 5, 5] / 200, np.sort(expected(0.3, 0.1))[:0:-1], atol=0.0026)
    without = compute(stack, model, tmp_path / "none", probabilities="none")
    assert {"crop_map", "entropy", "areas"} == set(without["assets"])


def test_an_area_cuts_the_map(stack: Path, model: Path, tmp_path: Path, result) -> None:
    inner = Grid(GRID.crs, GRID.transform @ Affine.translation(15, 10), 10, 10).footprint()
    compute(stack, model, tmp_path / "cut", aoi=inner.wkt)
    with rasterio.open(tmp_path / "cut" / "crop_map.tif") as source:
        column, row = (round(v) for v in ~GRID.transform @ (source.transform.c, source.transform.f))
        part = source.read(1)
    assert (15 - column, 10 - row) in ((0, 0), (1, 0), (0, 1), (1, 1))  # the rectangle around it, on whole pixels
    whole = read(result[0] / "crop_map.tif")[0]
    np.testing.assert_array_equal(part, whole[row : row + part.shape[0], column : column + part.shape[1]])


@pytest.mark.parametrize("format", ["NetCDF", "Zarr"])
def test_stacks_in_one_file_give_the_same_map(format: str, model: Path, result, tmp_path: Path) -> None:
    other = write_stack(tmp_path / "other", fields(), format=format)
    compute(other, model, tmp_path / "again")
    np.testing.assert_array_equal(read(tmp_path / "again" / "crop_map.tif"), read(result[0] / "crop_map.tif"))


def test_a_dry_run_says_what_it_will_cost(stack: Path, model: Path) -> None:
    answer = check(SERVICE, validate(SERVICE, {"stack": str(stack), "model": str(model)}))
    assert answer["valid"]
    assert [f["code"] for f in answer["findings"]] == ["model", "stack"]
    assert answer["estimate"]["seconds"] < 10
    assert answer["estimate"]["output_bytes"] > 1000


def test_what_is_no_package_or_no_stack_is_said(stack: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"There is no nowhere") as refused:
        compute(stack, tmp_path / "nowhere", tmp_path / "out")
    assert refused.value.code == "invalid_model"
    (model / "weights.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(BadInput, match=r"weights\.safetensors is not the file"):
        compute(stack, model, tmp_path / "out")
    whole = write_model(tmp_path / "whole")
    with pytest.raises(BadInput, match="holds no stack"):
        compute(whole, whole, tmp_path / "out")


def test_too_many_least_periods_are_refused(stack: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="least_periods is 9; the network takes 3"):
        compute(stack, model, tmp_path / "out", least_periods=9)


def test_the_same_map_in_bfloat16(tmp_path: Path) -> None:
    card = write_small_model(tmp_path / "model", periods=3, bands=2, units=32)
    if against := fits(card):
        pytest.skip(against)
    stack = write_stack(tmp_path / "stack", fields(), bands=("B02", "B03"))
    items = {
        precision: compute(stack, tmp_path / "model", tmp_path / precision, precision=precision)
        for precision in ("float32", "bfloat16", "auto")
    }
    said = {precision: item["properties"]["groundwork:precision"] for precision, item in items.items()}
    assert said == {"float32": "float32", "bfloat16": "bfloat16", "auto": "bfloat16"}
    exact, ours = (read(tmp_path / name / "probabilities.tif").astype(int) for name in ("float32", "bfloat16"))
    assert abs(exact - ours).max() <= 1  # of 200
    np.testing.assert_array_equal(read(tmp_path / "auto" / "crop_map.tif"), read(tmp_path / "float32" / "crop_map.tif"))


def test_bfloat16_that_cannot_be_is_refused_and_auto_takes_float32(stack: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"bfloat16 cannot be had here: it is for LSTMs of one direction and a multiple"):
        compute(stack, model, tmp_path / "refused", precision="bfloat16")
    item = compute(stack, model, tmp_path / "out", precision="auto")
    assert item["properties"]["groundwork:precision"] == "float32"
