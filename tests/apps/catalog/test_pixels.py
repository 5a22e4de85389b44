"""A pixel of a result: its class and probabilities, and its time series out of the stack behind it."""

from pathlib import Path

import numpy as np
import pytest
from crop_results import (
    BANDS,
    GAP,
    PERIODS,
    SIXTEEN,
    place,
    publish_crop_map,
    publish_forecast,
    publish_stack,
    reflectance,
)

from apps.catalog.models import Result

pytestmark = pytest.mark.django_db
ROW, COLUMN = 5, 33


def ask(browser, result: Result, what: str, row: float, column: float):
    lon, lat = place(row, column)
    return browser.get(f"/api/results/{result.id}/{what}", {"lon": lon, "lat": lat})


@pytest.fixture
def results(roots: Path) -> Path:
    return roots / "results"


@pytest.mark.parametrize("form", ["COG", "NetCDF", "Zarr"])
def test_the_series_of_a_stack(browser, user, results, form):
    stack = publish_stack(user, results, form)
    answer = ask(browser, stack, "series", ROW, COLUMN).json()
    assert [p["label"] for p in answer["periods"]] == [p.label for p in PERIODS]
    assert answer["periods"][0] == {"label": "2018-03", "start": "2018-03-01", "end": "2018-04-01"}
    assert list(answer["bands"]) == list(BANDS)
    expected = reflectance()[:, :, ROW, COLUMN] * 1e-4 - 0.1
    for n, band in enumerate(BANDS):
        np.testing.assert_allclose(answer["bands"][band], expected[:, n], atol=2e-5)
    ndvi = (expected[:, 3] - expected[:, 2]) / (expected[:, 3] + expected[:, 2])
    np.testing.assert_allclose(answer["ndvi"], ndvi, atol=1e-4)
    assert (answer["looks"], answer["filling"]) == ([3] * 8, ["Clear looks"] * 8)
    assert (answer["inside"], answer["stack"]["result"]) == (True, str(stack.id))


def test_what_was_not_seen_is_null(browser, user, results):
    answer = ask(browser, publish_stack(user, results), "series", *GAP).json()
    assert [answer["bands"]["B04"][2], answer["ndvi"][2], answer["looks"][2], answer["filling"][2]] == [
        None, None, 0, "No data",
    ]  # fmt: skip
    assert None not in answer["ndvi"][:2]


def test_a_crop_map_shows_the_series_of_the_stack_it_was_made_from(
    browser, user, results, django_assert_max_num_queries
):
    stack = publish_stack(user, results)
    crops = publish_crop_map(user, results, stack)
    with django_assert_max_num_queries(7):
        answer = ask(browser, crops, "series", ROW, COLUMN).json()
    assert answer["stack"] == {"result": str(stack.id), "title": "Harmonised season"}
    assert answer["forecast"] is None
    assert answer == ask(browser, stack, "series", ROW, COLUMN).json()


def test_a_stack_of_somebody_else_is_never_read(browser, user, stranger, results):
    theirs = publish_stack(stranger, results)
    crops = publish_crop_map(user, results, theirs)
    answer = ask(browser, crops, "series", ROW, COLUMN)
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_at_pixel")
    assert browser.get(f"/api/results/{crops.id}").json()["series"] is None
    assert ask(browser, theirs, "series", ROW, COLUMN).status_code == 404


@pytest.mark.parametrize("record", ["{", "[]", '{"parameters": 3}', '{"parameters": {"stack": "../../etc"}}', None])
def test_a_record_that_says_nothing_leads_nowhere(browser, user, results, record):
    crops = publish_crop_map(user, results, publish_stack(user, results))
    (crops.path / "provenance.json").unlink()
    if record:
        (crops.path / "provenance.json").write_text(record)
    assert ask(browser, crops, "series", ROW, COLUMN).status_code == 422


def test_the_class_and_its_probabilities(browser, user, results, django_assert_max_num_queries):
    crops = publish_crop_map(user, results, None)
    with django_assert_max_num_queries(6):
        answer = ask(browser, crops, "point", ROW, COLUMN).json()
    own, following = SIXTEEN[COLUMN // 5], SIXTEEN[COLUMN // 5 + 1]
    assert answer["class"] == {"value": own.value, "name": own.name, "colour": own.colour.upper()}
    assert [p["probability"] for p in answer["probabilities"][:3]] == [0.7, 0.2, 0.005]
    assert [p["name"] for p in answer["probabilities"][:2]] == [own.name, following.name]
    assert len(answer["probabilities"]) == 16
    assert answer["entropy"] == pytest.approx(0.35, abs=1e-4)


def test_the_likeliest_classes_alone(browser, user, results):
    answer = ask(browser, publish_crop_map(user, results, None, "top"), "point", ROW, COLUMN).json()
    names = [SIXTEEN[6].name, SIXTEEN[7].name]
    assert [(p["name"], p["probability"]) for p in answer["probabilities"]] == [(names[0], 0.7), (names[1], 0.2)]


def test_outside_of_the_mask_and_of_the_map(browser, user, results):
    crops = publish_crop_map(user, results, publish_stack(user, results))
    masked = ask(browser, crops, "point", 55, COLUMN).json()
    assert (masked["inside"], masked["class"], masked["probabilities"], masked["entropy"]) == (True, None, [], None)
    beside = ask(browser, crops, "point", -3, COLUMN).json()
    assert (beside["inside"], beside["class"], beside["probabilities"], beside["entropy"]) == (False, None, [], None)
    far = ask(browser, crops, "series", -3, COLUMN).json()
    assert (far["inside"], far["periods"], far["bands"], far["ndvi"], far["looks"]) == (False, [], {}, None, None)


def test_a_result_without_classes_or_stack_says_so(browser, publish):
    result = publish()
    for what in ("point", "series"):
        answer = browser.get(f"/api/results/{result.id}/{what}?lon=15&lat=45")
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert answer.json()["code"] == "nothing_at_pixel"


@pytest.mark.parametrize("query", ["", "lon=15", "lon=x&lat=45", "lon=181&lat=0", "lon=nan&lat=1", "lon=1&lat=inf"])
def test_a_place_that_is_none_is_refused(browser, user, results, query):
    answer = browser.get(f"/api/results/{publish_stack(user, results).id}/series?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_filter")
    assert {error["field"] for error in answer.json()["errors"]} <= {"lon", "lat"}


def test_a_file_that_is_gone_is_a_problem_not_a_fault(browser, user, results):
    stack = publish_stack(user, results)
    (stack.path / f"composite_{PERIODS[0].label}.tif").unlink()
    answer = ask(browser, stack, "series", ROW, COLUMN)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_product")


def test_the_document_says_where_to_ask(browser, user, results, django_assert_max_num_queries):
    crops = publish_crop_map(user, results, publish_stack(user, results))
    with django_assert_max_num_queries(7):
        document = browser.get(f"/api/results/{crops.id}").json()
    assert document["point"] == f"/api/results/{crops.id}/point"
    assert document["series"] == f"/api/results/{crops.id}/series"


def test_a_forecast_follows_what_was_seen(browser, user, results):
    stack = publish_stack(user, results)
    answer = ask(browser, publish_forecast(user, results, stack), "series", ROW, COLUMN).json()
    assert len(answer["ndvi"]) == 8
    forecast = answer["forecast"]
    assert [p["label"] for p in forecast["periods"]] == ["2018-11", "2018-12"]
    assert (forecast["ndvi"], forecast["lower"], forecast["upper"]) == ([0.3, 0.25], [0.2, 0.1], [0.4, 0.4])
