"""What cannot be harmonised is refused in words, by the dry run and by the run."""

import numpy as np
import pytest
from known_series import SERVICE, Harmonised, clouds, dry_run, flat, make_spring
from small_safe import make_safe
from small_series import make_theia, write_series, write_tif

from services.core.errors import ServiceError
from services.core.validation import validate

FAR = "POLYGON((0 0, 0.1 0, 0.1 0.1, 0 0.1, 0 0))"


@pytest.fixture
def spring(tmp_path):
    return make_spring(tmp_path / "spring")


def refused(tmp_path, scenes, code, *words, **values):
    """Hold both answers, dry and real, against code and words."""
    findings, estimate = dry_run(scenes, **values)
    assert estimate is None
    with pytest.raises(ServiceError) as caught:
        Harmonised(tmp_path / "out", scenes, **values)
    for error, text in (
        (findings[code], findings[code]["message"] + findings[code]["hint"]),
        (caught.value, caught.value.message + caught.value.hint),
    ):
        assert (error["code"] if isinstance(error, dict) else error.code) == code
        for word in words:
            assert word in text


def test_a_path_that_is_not_there(tmp_path):
    refused(tmp_path, tmp_path / "nowhere", "invalid_product", "There is no", "nowhere")


def test_a_folder_without_products(tmp_path):
    (tmp_path / "empty").mkdir()
    refused(tmp_path, tmp_path / "empty", "invalid_product", "holds no products", "SAFE")


def test_no_scene_in_the_time(spring, tmp_path):
    words = "None of the 5 scenes lies between 2024-01-01 and 2024-02-01", "2023-03-03 to 2023-05-18"
    refused(tmp_path, spring, "not_enough_data", *words, start="2024-01-01", end="2024-02-01")


def test_no_scene_in_the_area(spring, tmp_path):
    refused(tmp_path, spring, "no_overlap", "None of the 5 scenes touches the area", aoi=FAR)


def test_level_1c(tmp_path):
    safe = make_safe(tmp_path, "1C")
    refused(tmp_path, safe, "invalid_product", "is L1C", "Level-2A")
    refused(tmp_path, safe.parent, "invalid_product", "is L1C", "Level-2A")


def test_a_missing_band_names_the_scene(spring, tmp_path):
    make_theia(spring, "20230601", {"B04": np.full((8, 8), 500)}, clouds())
    refused(tmp_path, spring, "missing_band", "SENTINEL2A_20230601", "has no B02, B03", "There is: B04 (10 m)")


def test_no_mask(tmp_path):
    make_theia(tmp_path / "s", "20230303", flat(1000))
    refused(tmp_path, tmp_path / "s", "missing_band", "has no cloud mask of any kind", "cloudmask none")
    assert (Harmonised(tmp_path / "ok", tmp_path / "s", cloudmask="none").composite("2023-03")[0] == 1000).all()


def test_a_mask_that_scenes_do_not_have(spring, tmp_path):
    refused(tmp_path, spring, "missing_band", "no scene classification (SCL)", "product", cloudmask="scl")


def test_a_given_mask_that_is_not_there(spring, tmp_path):
    write_tif(tmp_path / "masks/2023-03-03.tif", np.zeros((8, 8), np.uint8))
    words = "has no mask for 4 of 5 scenes", "2023-03-13.tif"
    refused(tmp_path, spring, "missing_band", *words, masks=str(tmp_path / "masks"))


def test_a_broken_zip(spring, tmp_path):
    (spring / "S2A_MSIL2A_20230601T100031_N0509_R022_T33TWL_20230601T120000.SAFE.zip").write_bytes(b"PK\3\4 no zip")
    findings, _ = dry_run(spring)
    error = next(f for f in findings.values() if f["level"] == "error")
    assert "S2A_MSIL2A_20230601T100031" in error["message"]


def test_an_image_that_is_cut_off(spring, tmp_path):
    image = next(spring.glob("*20230313*/*_B4.tif"))
    image.write_bytes(image.read_bytes()[:-40])
    with pytest.raises(ServiceError) as caught:
        Harmonised(tmp_path / "out", spring)
    assert caught.value.code == "invalid_product" and image.name in caught.value.message
    assert not (tmp_path / "out" / "item.json").exists()


def test_a_broken_netcdf(tmp_path):
    (tmp_path / "S2.nc").write_bytes(b"no NetCDF")
    refused(tmp_path, tmp_path / "S2.nc", "invalid_product", "S2.nc cannot be opened")


def test_too_many_periods(tmp_path):
    values = {"B04": np.full((2, 4, 4), 800)}
    write_series(tmp_path / "S2.nc", ["2015-01-01", "2020-01-01"], values, np.full((2, 4, 4), 4))
    refused(
        tmp_path, tmp_path / "S2.nc", "invalid_option", "1827 periods", "at most 366", "period_days", period_days=1,
        bands="B04",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"start": "2023-05-01", "end": "2023-04-01"}, "the last day (2023-04-01) lies before the first (2023-05-01)"),
        ({"start": "1 May"}, "date"),
        ({"bands": "B02,B99"}, "there is no band B99"),
        ({"bands": ""}, "there is no band (empty)"),
        ({"scenes": ""}, "name the scenes of the series, or draw an area"),
        ({"scenes": []}, "name the scenes of the series, or draw an area"),
        ({"method": "mean"}, "median"),
        ({"method": "max_ndvi", "bands": "B02"}, "needs B04 and B8A"),
        ({"cloud_classes": "3,12"}, "scene classes are 1 to 11"),
        ({"period_days": 0}, "1"),
        ({"gap_limit_days": -1}, "0"),
        ({"gap_limit_days": True}, "true and false"),
        ({"projection": "EPSG:99999999"}, "EPSG"),
    ],
)
def test_parameters(values, words):
    with pytest.raises(ServiceError) as caught:
        validate(SERVICE, {"scenes": "s", **values})
    assert words in " ".join([caught.value.message, *(field.message for field in caught.value.fields)])


def test_scenes_are_named_with_commas_or_in_a_list():
    for given in ("a.SAFE, b.SAFE,a.SAFE,", ["a.SAFE", "b.SAFE", "a.SAFE"]):
        assert validate(SERVICE, {"scenes": given}).scenes == ["a.SAFE", "b.SAFE"]


def test_an_area_alone_names_no_scene_on_the_command_line(tmp_path):
    with pytest.raises(ServiceError, match="There is no scene in the series"):
        Harmonised(tmp_path / "out", [], aoi=FAR)
