"""Fields that refer to something: lists of scenes, results, and what the form offers for them."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from people import browser, user

from apps.accounts.models import User
from apps.catalog.models import Result
from portal.service_examples import rest_example
from portal.service_forms import form_fields
from services.core.registry import all_services, get_service

__all__ = ["browser", "user"]


@pytest.fixture(autouse=True)
def _service(monkeypatch):
    """Have the service of the references among the services."""
    monkeypatch.setenv("GROUNDWORK_EXTRA_SERVICES", "reference_service")
    all_services.cache_clear()
    yield
    monkeypatch.undo()
    all_services.cache_clear()


def _result(owner: User, title: str, service: str, day: int) -> Result:
    row = Result.objects.create(
        owner=owner, service_id=service, title=title, item={}, folder=f"{title}-{owner.pk}", size_bytes=1
    )
    Result.objects.filter(pk=row.pk).update(created=datetime(2026, 5, day, 9, 30, tzinfo=UTC))
    return row


def _form(browser: Client) -> str:
    return browser.get("/services/reference_test/form").content.decode()


def test_widgets_of_references_come_first_and_dates_have_their_own() -> None:
    fields = form_fields(get_service("reference_test"))
    assert [(f["name"], f["widget"]) for f in fields] == [
        ("scenes", "scenes"), ("stack", "result"), ("model", "model"), ("aoi", "area"), ("start", "date"),
        ("end", "date"),
    ]  # fmt: skip
    assert all(f["optional"] for f in fields)


def test_what_has_to_be_given_is_not_called_optional(browser, user) -> None:
    page = browser.get("/services/model_compare/form").content.decode()
    assert "optional" not in page
    assert page.count("None yet: train or upload one first") == 2
    assert "None yet: run TimeSen2Crop first" in page


def test_results_that_fit_are_offered_newest_first_with_their_day(browser, user) -> None:
    older, newer = (_result(user, t, "s2_harmonisation", d) for t, d in (("Older", 1), ("Newer", 9)))
    _result(user, "Of another service", "s2_change_detection", 5)
    _result(User.objects.create_user("eve@example.org"), "Of another user", "s2_harmonisation", 5)
    page = _form(browser)
    select = page[page.index('id="p-stack"') :].partition("</select>")[0]
    assert '<option value="">None</option>' in select
    assert select.index(f'value="{newer.id}">Newer, 9 May 2026, 09:30<') < select.index(
        f'value="{older.id}">Older, 1 May 2026, 09:30<'
    )
    assert "another" not in page


def test_a_list_of_scenes_may_be_chosen_or_be_that_of_the_area(browser) -> None:
    page = _form(browser)
    assert '<gw-scene-list data-accepts="S2MSI2A S2-BANDS" data-name="scenes"><fieldset><legend>Scenes' in page
    assert page.count('type="radio" name="scenes"') == 2
    assert '<input type="date" id="p-start" name="start"' in page


def test_a_form_with_references_takes_few_queries(browser, user, django_assert_max_num_queries) -> None:
    for number in range(30):
        _result(user, f"Stack {number}", "s2_harmonisation", 1)
    with django_assert_max_num_queries(6):
        assert _form(browser).count("<option") >= 31


def test_examples_stand_in_ids_for_each_reference() -> None:
    request = rest_example(get_service("reference_test"), "http://portal")
    assert '"scenes": [' in request
    assert '"<id of a scene>"' in request
    assert '"model": "pretrained"' in request
