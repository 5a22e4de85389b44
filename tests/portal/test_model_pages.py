"""Pages of trained networks: what they tell, who sees them, at how many queries."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from model_cards import measured, plain_card
from people import browser, user

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.models.models import TrainedModel
from portal.model_views import measured_parts, periods_in_words
from services.core.registry import all_services

__all__ = ["browser", "user"]
CEILING = 10


def model_of(owner: User | None, name: str = "Crops", **columns: object) -> TrainedModel:
    """Write a row without a package."""
    given = {
        "version": 1, "task": "crop_classification", "network": "lstm", "bands": ["B02"], "periods": 12,
        "card": plain_card(), "fingerprint": "f" * 64, "folder": name, "size_bytes": 1, "macro_f1": 0.8,
        "measured_on": "test",
    }  # fmt: skip
    return TrainedModel.objects.create(owner=owner, name=name, **{**given, **columns})


def page_of(client: Client, path: str) -> str:
    """Return a page's text."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_the_list_takes_the_same_queries_for_many(browser, user, django_assert_max_num_queries) -> None:
    for number in range(30):
        model_of(user, f"Model {number}")
    with django_assert_max_num_queries(CEILING):
        page = page_of(browser, "/models/")
    assert page.count("<tr>") == 26
    assert "Page 1 of 2" in page


def test_the_page_tells_card_numbers_matrix_and_curve(browser, user, django_assert_max_num_queries) -> None:
    model = model_of(user)
    for _ in range(5):
        inputs = [{"parameter": "model", "kind": "model", "id": str(model.pk), "name": "x", "fingerprint": "x"}]
        Job.objects.create(
            owner=user, service_id="s", service_version="1", parameters={}, inputs=inputs, timeout_s=1, state="failed"
        )
    with django_assert_max_num_queries(CEILING):
        page = page_of(browser, f"/models/{model.pk}/")
    assert "12 calendar months from September" in page
    assert 'title="crop 2 said to be crop 0">2<' in page
    assert f'<gw-curve data-src="/api/models/{model.pk}/files/card.json">' in page
    assert "By no job yet" not in page
    assert "Knows nothing." in page
    assert f'href="/api/models/{model.pk}/archive.zip"' in page


def test_words_and_numbers_of_a_card() -> None:
    assert periods_in_words({"count": 24, "days": 15, "first_month": None}) == "24 periods of 15 days"
    parts = measured_parts(plain_card())
    assert [part["name"] for part in parts] == ["test", "validation"]
    assert [cell["heat"] for cell in parts[0]["matrix"][0]["cells"]] == [6, 1, 1]  # 8, 1, 1 of ten, in eighths


def test_a_class_name_is_text(browser, user) -> None:
    card = plain_card()
    card["outputs"]["classes"][0]["name"] = "<script>alert(1)</script>"
    page = page_of(browser, f"/models/{model_of(user, card=card).pk}/")
    assert "<script>alert" not in page


def test_a_forecast_shows_its_errors_beside_persistence(browser, user) -> None:
    scores = {
        "samples": 9, "rmse": [0.05, 0.06], "rmse_persistence": [0.1, 0.2], "rmse_climatology": [0.08, 0.08],
        "mae": [0.03, 0.04], "coverage": 0.78, "nominal_coverage": 0.8,
    }  # fmt: skip
    outputs = {"classes": [], "horizon": 2, "quantiles": [0.1, 0.5, 0.9]}
    card = plain_card(task="ndvi_forecast", outputs=outputs, metrics={}, forecast={"test": scores})
    page = page_of(browser, f"/models/{model_of(user, task='ndvi_forecast', card=card).pk}/")
    assert "78 % of the true values lie in the 80 % interval" in page
    assert "0.2000" in page


def test_what_another_shares_can_be_seen_and_not_changed(browser) -> None:
    eve = User.objects.create_user("eve@example.org", first_name="Eve", last_name="Adams")
    model = model_of(eve, visibility="portal")
    page = page_of(browser, f"/models/{model.pk}/")
    assert "shared by Eve Adams" in page
    assert "eve@example.org" not in page
    assert "Delete Crops" not in page
    assert browser.post(f"/models/{model.pk}/delete/").status_code == 404
    assert browser.post(f"/models/{model.pk}/change/", {"name": "x"}).status_code == 404


def test_the_owner_changes_and_deletes(browser, user, settings, tmp_path) -> None:
    settings.MODELS_ROOT = tmp_path
    (tmp_path / "Crops").mkdir()
    model = model_of(user)
    changed = {"name": "Crops", "visibility": "portal", "description": "Of the plain."}
    assert browser.post(f"/models/{model.pk}/change/", changed).status_code == 302
    model.refresh_from_db()
    assert (model.visibility, model.description) == ("portal", "Of the plain.")
    page = browser.post(f"/models/{model.pk}/change/", {"visibility": "moon"}, follow=True).content.decode()
    assert "note error" in page
    assert browser.post(f"/models/{model.pk}/delete/").headers["Location"] == "/models/"
    assert not TrainedModel.objects.exists()


def test_a_refused_upload_is_told_beside_the_form(browser, settings, tmp_path) -> None:
    settings.MODELS_ROOT = tmp_path
    answer = browser.post("/models/upload/", {"file": SimpleUploadedFile("crops.pt", b"\x80\x04"), "name": "Kept"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="model-file-error" role="alert"' in page
    assert "pickle" in page
    assert 'value="Kept"' in page
    assert browser.post("/models/upload/", {"name": "x"}).status_code == 422


def test_two_are_shown_side_by_side(browser, user) -> None:
    a, b = model_of(user), model_of(user, "Better", card=plain_card(**measured(0.9)))
    page = page_of(browser, f"/models/compare/?a={a.pk}&b={b.pk}")
    assert "On the same 30 test samples" in page
    assert "<b>0.900</b>" in page
    assert "+0.100" in page


def test_two_that_do_not_compare_say_so(browser, user) -> None:
    a, b = model_of(user), model_of(user, "Other", card=plain_card(**measured(0.9, "b" * 64)))
    assert "not tested on the same samples" in page_of(browser, f"/models/compare/?a={a.pk}&b={b.pk}")
    forecast = model_of(user, "Forecast", task="ndvi_forecast")
    assert "Forecast, version 1 for NDVI forecast." in page_of(browser, f"/models/compare/?a={a.pk}&b={forecast.pk}")
    theirs = model_of(User.objects.create_user("eve@example.org"))
    assert str(theirs.pk) not in page_of(browser, f"/models/compare/?a={theirs.pk}&b=x")


def test_a_form_offers_only_models_that_fit(browser, user, monkeypatch) -> None:
    monkeypatch.setenv("GROUNDWORK_EXTRA_SERVICES", "reference_service")
    all_services.cache_clear()
    shipped, mine = model_of(None, "Shipped"), model_of(user, "Mine")
    shared = model_of(User.objects.create_user("eve@example.org"), "Theirs", visibility="portal")
    forecast = model_of(user, "Forecast", task="ndvi_forecast")
    page = page_of(browser, "/services/reference_test/form")
    select = page[page.index('id="p-model"') :].partition("</select>")[0]
    assert f'<option value="{mine.pk}">Mine, version 1, macro-F1 0.80</option>' in select
    groups = ["Shipped", "Yours", "Shared by others"]
    assert [select.index(f'<optgroup label="{g}">') for g in groups] == sorted(
        select.index(f'<optgroup label="{g}">') for g in groups
    )
    assert str(shipped.pk) in select
    assert str(shared.pk) in select
    assert str(forecast.pk) not in page
    monkeypatch.undo()
    all_services.cache_clear()


def test_the_package_of_a_page_is_not_read_from_elsewhere(user, settings, tmp_path) -> None:
    settings.MODELS_ROOT = tmp_path
    assert model_of(user, folder="x").path == Path(tmp_path) / "x"
