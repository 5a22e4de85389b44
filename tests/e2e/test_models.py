"""Trained networks in the browser, and jobs on many scenes, results and networks."""

import os
import shutil
from pathlib import Path

import pytest
import workspace_page as steps
from model_cards import measured
from playwright.sync_api import Page, expect

DEMO = "S2B_MSIL2A_20250905"
SHOTS = os.environ.get("SCREENSHOTS")


def shoot(page: Page, name: str) -> None:
    """Keep a picture where SCREENSHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Zips of three small networks: two of the same test samples, one of others."""
    from small_models import write_small_model

    root = tmp_path_factory.mktemp("packages")
    cards = {"plain": measured(0.7), "hills": measured(0.8), "coast": measured(0.9, "b" * 64)}
    for name, card in cards.items():
        write_small_model(root / name, **card | {"name": name.capitalize()})
    return [shutil.make_archive(str(root / name), "zip", root / name) for name in cards]


def upload(page: Page, archive: str, name: str = "") -> None:
    """Send a package from the page of models; its own page follows."""
    page.goto("/models/")
    page.get_by_label("Package").set_input_files(archive)
    page.get_by_label("Name", exact=False).last.fill(name)
    page.get_by_role("button", name="Check and keep").click()
    expect(page.locator(".note.success")).to_contain_text("was checked and is ready")


def test_a_network_is_uploaded_read_compared_shared_and_deleted(page: Page, packages) -> None:  # type: ignore[no-untyped-def]
    """The whole life of a model, by mouse and by keyboard."""
    page.get_by_role("link", name="Models").click()
    for archive in packages:
        upload(page, archive)
    shoot(page, "model-1440")
    page.goto("/models/")
    shoot(page, "models-1440")
    page.get_by_role("link", name="Hills").click()
    matrix = page.get_by_role("region", name="Confusion matrix, test samples")
    expect(matrix.locator("td").first).to_have_text("8")
    charts = page.get_by_role("region", name="Training curve").locator("gw-chart")
    expect(charts.locator("figcaption")).to_have_text(["Loss", "Accuracy and F1"])
    expect(charts.locator("canvas").first).to_be_visible()
    page.get_by_label("With").select_option(label="Plain, version 1")
    page.get_by_label("With").press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="On the same 30 test samples")).to_be_visible()
    shoot(page, "compare-1440")
    page.get_by_label("Second").select_option(label="Coast, version 1, crop classification")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".note")).to_contain_text("not tested on the same samples")
    page.goto("/models/?q=coast")
    page.get_by_role("link", name="Coast").click()
    page.get_by_label("Who may use it").select_option("portal")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".page-head")).to_contain_text("everyone on this portal")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "coast-v1.zip"
    page.get_by_role("button", name="Delete Coast").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".note.success")).to_contain_text("was deleted")


def test_a_pickle_is_refused_beside_its_field(page: Page, watch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """With what to send instead."""
    watch.allowed = ("422",)
    (tmp_path / "crops.pt").write_bytes(b"\x80\x04\x95")
    page.goto("/models/")
    page.get_by_label("Package").set_input_files(tmp_path / "crops.pt")
    page.get_by_role("button", name="Check and keep").click()
    expect(page.locator("#model-file-error")).to_contain_text("pickle")
    expect(page.get_by_label("Package")).to_be_focused()


def test_pages_of_models_fit_a_phone(phone: Page, packages) -> None:  # type: ignore[no-untyped-def]
    """Nothing is wider than the screen; wide tables scroll by themselves."""
    upload(phone, packages[0], "Phone")
    address = phone.url
    for path, name in (("/models/", "models-390"), (address, "model-390"), ("/models/compare/", "compare-390")):
        phone.goto(path)
        shoot(phone, name)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_a_season_of_an_area_is_harmonised_and_its_stack_offered(page: Page, packages) -> None:  # type: ignore[no-untyped-def]
    """All scenes of the area and time, counted; the job tells which; its result and fitting networks are offered."""
    upload(page, packages[0], "Offered")
    page.goto("/")
    steps.type_corners(page, steps.inner(steps.scene_box(page, DEMO), 0.1))
    steps.choose_service(page, "s2_harmonisation")
    picks = page.locator("gw-scene-list")
    expect(picks.get_by_role("radio", name="All of the area and time")).to_be_checked()
    expect(picks).to_contain_text("of the area and time at present")
    page.locator("form.service-form [name=start]").fill("2025-08-01")
    page.locator("form.service-form [name=end]").fill("2025-09-30")
    page.get_by_label("Resolution").fill("60")
    shoot(page, "scenes-all-1440")
    steps.review(page)
    expect(page.locator("gw-review")).to_contain_text("of the area and time will be worked on")
    shoot(page, "scenes-review-1440")
    steps.submit_and_wait(page)
    job = page.request.get("/api/jobs?service=s2_harmonisation").json()["results"][0]
    assert len(job["parameters"]["scenes"]) == len(job["inputs"]) > 0
    page.goto(f"/?edit={job['id']}")
    expect(picks.get_by_role("radio", name="The chosen ones")).to_be_checked()
    expect(picks.get_by_role("checkbox")).to_have_count(len(job["inputs"]))
    shoot(page, "scenes-edit-1440")
    page.locator("[data-change]").click()
    steps.choose_service(page, "crop_lstm_predict")
    expect(page.locator("select[name=stack] option").nth(1)).to_contain_text(job["name"] or job["service_title"])
    expect(picks).to_contain_text("2 of 2 scenes that fit.")
    page.locator("select[name=stack]").select_option(index=1)
    expect(picks).to_contain_text("None: what is chosen above is worked on.")
    offered = page.locator("select[name=model] option", has_text="Offered, version 1")
    expect(offered).to_have_count(1)
    page.locator("select[name=model]").select_option(label=offered.inner_text())
    shoot(page, "predict-form-1440")


def test_chosen_scenes_are_listed_and_can_be_left_out_by_keyboard(page: Page) -> None:
    """A scene that is unticked stays on the map and is not sent."""
    steps.choose_scene(page, DEMO)
    steps.choose_service(page, "s2_harmonisation")
    picks = page.locator("gw-scene-list")
    expect(picks.get_by_role("radio", name="The chosen ones")).to_be_checked()
    expect(picks).to_contain_text("1 of 1 scene that fit.")
    picks.get_by_role("radio", name="The chosen ones").focus()
    page.keyboard.press("Tab")
    expect(picks.get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("Space")
    expect(picks).to_contain_text("none is chosen")
    page.keyboard.press("Space")
    expect(picks).to_contain_text("1 of 1 scene that fit.")
