"""What is wrong stands beside the field where it was typed; nothing is lost."""

import pytest
import workspace_page as steps
from playwright.sync_api import Locator, Page, expect

DEMO = "S2B_MSIL2A_20250905"


def error_of(page: Page, field: str) -> Locator:
    """Return the message beside a field."""
    return page.locator(f'[data-field="{field}"] > .field-error')


@pytest.mark.parametrize(
    ("corners", "field", "message"),
    [
        (("", "44", "12", "45"), "west", "West must be a number of degrees."),
        (("11", "x", "12", "45"), "south", "South must be a number of degrees."),
        (("11", "45", "12", "44"), "bbox", "South (45.0) must be less than north (44.0)."),
        (("11", "44", "11", "45"), "bbox", "West and east are the same (11.0)."),
        (("0", "0", "90", "80"), "bbox", "at most 500,000 km² are allowed"),
    ],
)
def test_corners(page: Page, watch, corners: tuple[str, ...], field: str, message: str) -> None:
    """Each wrong corner has its own message."""
    watch.allowed = ("status of 422",)
    page.locator("summary", has_text="Corners").click()
    for name, value in zip(("West", "South", "East", "North"), corners, strict=True):
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Use these corners").click()
    expect(error_of(page, field)).to_contain_text(message)
    expect(page.locator("[data-size]")).to_be_hidden()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The area is empty."),
        ("POLYGON((1 2, nonsense", "The area is not valid WKT"),
        ("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", "crosses itself"),
        ("POINT(1 2)", "The area is a Point; a Polygon or MultiPolygon is needed."),
    ],
)
def test_wkt(page: Page, watch, text: str, message: str) -> None:
    """Garbage is named, and stays in the field to be mended."""
    watch.allowed = ("status of 422",)
    page.locator("summary", has_text="WKT").click()
    page.locator("#area-wkt").fill(text)
    page.get_by_role("button", name="Use this outline").click()
    expect(error_of(page, "wkt")).to_contain_text(message)
    assert page.locator("#area-wkt").input_value() == text


def test_cloud_filter(page: Page, watch) -> None:
    """A filter that is no number says so."""
    watch.allowed = ("status of 422",)
    steps.open_step(page, "scenes")
    page.get_by_label("Cloud at most").fill("many")
    expect(error_of(page, "cloud_max")).to_contain_text("cloud_max cannot be read: 'many'")


def test_parameters(page: Page) -> None:
    """The review sends the user back to every field that is wrong, and forward again when all are right."""
    steps.choose_scene(page, DEMO)
    steps.choose_service(page, "s2_preprocess")
    page.get_by_label("Projection").fill("EPSG:999999")
    page.locator("#p-bands").fill("B02,Q7")
    for wrong, message in (
        ("0", "greater than 0"),
        ("-10", "greater than 0"),
        ("1e9", "less than"),
        ("fine", "number"),
    ):
        page.get_by_label("Resolution").fill(wrong)
        page.get_by_role("button", name="Review and submit").click()
        expect(error_of(page, "resolution")).to_contain_text(message)
    expect(error_of(page, "projection")).to_contain_text("EPSG:999999 is not in the EPSG registry")
    expect(page.get_by_label("Projection")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Resolution").fill("20")
    page.get_by_label("Projection").fill("")
    page.locator("#p-bands").fill("B02,B03")
    steps.review(page)


def test_upload_that_is_no_zip(page: Page, watch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A file of nonsense is refused after it has arrived; one with the wrong name at once."""
    watch.allowed = ("status of 422",)
    steps.open_step(page, "scenes")
    page.locator("summary", has_text="Upload a product").click()
    (tmp_path / "notes.txt").write_text("hello")
    page.locator("#upload-scene").set_input_files(tmp_path / "notes.txt")
    expect(error_of(page, "upload")).to_contain_text("'notes.txt' is not a zip.")
    (tmp_path / "false.zip").write_bytes(b"PK no")
    page.locator("#upload-scene").set_input_files(tmp_path / "false.zip")
    expect(error_of(page, "upload")).to_contain_text("zip")


def test_cancel_kills_the_job(page: Page) -> None:
    """A long job is cancelled after a question, and ends as cancelled."""
    steps.choose_scene(page, DEMO)
    steps.choose_service(page, "s2_preprocess")
    page.get_by_label("Resolution").fill("0.5")
    steps.review(page)
    card = steps.submit(page)
    expect(card.locator(".badge")).to_have_text("Running", timeout=20_000)
    expect(card.get_by_role("progressbar")).to_be_visible()
    card.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(card.locator(".badge")).to_have_text("Cancelled", timeout=30_000)
