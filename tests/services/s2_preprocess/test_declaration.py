import pytest

from services.core.errors import InvalidParameters
from services.core.registry import get_service
from services.core.validation import validate

SERVICE = get_service("s2_preprocess")


def refused(**values):
    with pytest.raises(InvalidParameters) as caught:
        validate(SERVICE, {"input": "scene.SAFE", **values})
    return {f.field: f.message for f in caught.value.fields}


def test_defaults():
    params = validate(SERVICE, {"input": "scene.SAFE"})
    assert (params.resolution, params.output_format, params.cloudmask, params.landseamask) == (
        10,
        "COG",
        "none",
        "none",
    )
    assert params.bands is None
    assert params.cloud_classes == "3,8,9,10"


@pytest.mark.parametrize("value", [0, -10, 1e9, "nan", "inf", "ten"])
def test_resolutions_that_are_refused(value):
    assert "resolution" in refused(resolution=value)


def test_the_message_names_the_value_and_what_is_allowed():
    assert refused(resolution=-10) == {"resolution": "Input should be greater than 0 (given: -10)."}
    assert refused(resolution=1e9)["resolution"].startswith("Input should be less than or equal to 100000")
    assert refused(projection="EPSG:999999")["projection"].startswith("EPSG:999999 is not in the EPSG registry.")
    assert refused(bands="B02,B99")["bands"] == (
        "there is no band B99; bands are B01, B02, B03, B04, B05, B06, B07, B08, B8A, B09, B10, B11, B12."
    )
    assert refused(cloud_classes="3,12")["cloud_classes"] == "scene classes are 1 to 11."
    assert "crosses itself" in refused(aoi="POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))")["aoi"]
    assert refused(bnds="B02")["bnds"] == "There is no parameter 'bnds'. Did you mean 'bands'?"


def test_bands_are_normalised():
    assert validate(SERVICE, {"input": "s", "bands": "b2, B8a,2"}).bands == "B02,B8A"
    assert validate(SERVICE, {"input": "s", "bands": " "}).bands is None


def test_a_vector_of_land_must_be_named():
    fields = refused(landseamask="sea", land_source="vector")
    assert any("name a vector file of land" in message for message in fields.values())
