"""What the declaration takes and refuses."""

import pytest

from services.core.errors import InvalidParameters
from services.core.validation import validate
from services.s2_change_detection import SERVICE

PAIR = {"input1": "a.SAFE", "input2": "b.SAFE"}


def refused(**values: object) -> str:
    with pytest.raises(InvalidParameters) as error:
        validate(SERVICE, {**PAIR, **values})
    return error.value.fields[0].message


def test_bands_are_tidied() -> None:
    assert validate(SERVICE, {**PAIR, "bands": "b4, B08,B04,8a"}).bands == "B04,B08,B8A"


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ("B04", "B04 alone is no vector; give two bands or more, for example B02,B03,B04,B08"),
        ("b4,B04", "B04 alone is no vector; give two bands or more, for example B02,B03,B04,B08"),
        ("B04,", "there is no band (empty); bands are B01, B02, "),
        ("B04,red", "there is no band red; bands are B01, B02, "),
    ],
)
def test_wrong_bands(bands: str, message: str) -> None:
    assert refused(bands=bands).startswith(message)


@pytest.mark.parametrize("reference", ["ones", "PCA", "1,1,0,-1", " 0.5,0.5,0.5,0.5"])
def test_reference_vectors(reference: str) -> None:
    assert validate(SERVICE, {**PAIR, "reference_vector": reference}).reference_vector == reference.strip().lower()


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("1,2", "has 2 numbers, but there are 4 bands (B02, B03, B04, B08)"),
        ("0,0,0,0", "needs finite numbers that are not all zero."),
        ("1,1,1,nan", "needs finite numbers that are not all zero."),
        ("red", "must be ones, pca, or one number per band, for example 1,1,1,-1."),
    ],
)
def test_wrong_reference_vectors(reference: str, message: str) -> None:
    assert refused(reference_vector=reference) == message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("level_confidence", 1.0),
        ("level_confidence", 0.2),
        ("level_confidence", float("nan")),
        ("number_of_classes", 0),
        ("resolution", 0),
        ("resolution", -10),
        ("resolution", 1e9),
        ("minimum_mapping_unit_m2", -1),
        ("projection", "EPSG:99999"),
        ("aoi", "POLYGON((0 0"),
        ("output_format", "PNG"),
    ],
)
def test_out_of_range(name: str, value: object) -> None:
    with pytest.raises(InvalidParameters) as error:
        validate(SERVICE, {**PAIR, name: value})
    assert [f.field for f in error.value.fields] == [name]
