import pytest
from small_safe import make_safe

from eo.io.tile_cache import TILES
from services.core.preflight import check
from services.core.registry import get_service
from services.core.validation import validate

SERVICE = get_service("s2_preprocess")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return make_safe(tmp_path_factory.mktemp("safe"), bands=["B02", "B05"], left_out=["B05"])


def checked(scene, **values):
    return check(SERVICE, validate(SERVICE, {"input": str(scene), **values}))


def test_what_will_be_made_and_what_it_costs(scene):
    answer = checked(scene)
    assert answer["valid"]
    assert [f["message"] for f in answer["findings"]] == [
        "S2A_MSIL2A_20230601T100031_N0509_R022_T33TWL_20230601T120000: L2A, 2023-06-01, 12 % cloud.",
        "The result has 240 × 240 pixels in EPSG:32633.",
    ]
    assert answer["estimate"]["output_bytes"] == round(240 * 240 * 1.5 * 4 / 3)
    assert 0 < answer["estimate"]["seconds"] < 10
    assert answer["estimate"]["memory_bytes"] < 3 << 30


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"bands": "B05"}, "bands", "missing_band"),
        ({"aoi": "POLYGON((1 1, 2 1, 2 2, 1 1))"}, "aoi", "no_overlap"),
        ({"cloudmask": "scl"}, None, "missing_band"),
        ({"cloudmask": "auto"}, None, "missing_band"),
        ({"scene_classification": True}, None, "missing_band"),
        ({"landseamask": "sea", "land_source": "vector", "land_vector": "/nowhere.gpkg"}, None, "invalid_vector"),
    ],
)
def test_what_stands_in_the_way(scene, values, field, code):
    answer = checked(scene, **values)
    assert not answer["valid"]
    assert [(f["field"], f["code"]) for f in answer["findings"] if f["level"] == "error"] == [(field, code)]


def test_every_reason_is_given_at_once(scene):
    answer = checked(scene, bands="B05", aoi="POLYGON((1 1, 2 1, 2 2, 1 1))")
    assert [f["code"] for f in answer["findings"] if f["level"] == "error"] == ["missing_band", "no_overlap"]


def test_an_area_that_is_partly_covered(scene):
    answer = checked(scene, aoi="POLYGON((16.20 45.13, 16.29 45.13, 16.29 45.14, 16.20 45.14, 16.20 45.13))")
    (finding,) = [f for f in answer["findings"] if f["level"] == "warning"]
    assert finding["message"] == "The scene covers 22% of the area."


def test_a_very_large_result_is_a_warning(scene):
    answer = checked(scene, resolution=0.03)
    assert [f["code"] for f in answer["findings"] if f["level"] == "warning"] == ["many_pixels"]


def test_nothing_there():
    answer = checked("/nowhere/scene.zip")
    assert [f["code"] for f in answer["findings"]] == ["invalid_product"]


def test_no_pixel_of_a_real_scene_is_read(shared_data):
    TILES.clear()
    answer = checked(shared_data / "s2/safe_l2a", resolution=60, cloudmask="auto", landseamask="sea")
    assert answer["valid"]
    assert TILES.decoded == 0
