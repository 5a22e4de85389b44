"""The same portal at 390 px: nothing sticks out sideways, the main job can be done with a thumb."""

import pytest
import workspace_page as steps
from playwright.sync_api import Page, expect

DEMO = "S2B_MSIL2A_20250905"
PAGES = ("/", "/jobs/", "/scenes/", "/services/", "/services/s2_preprocess/", "/account/", "/account/tokens/")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out(phone: Page, path: str) -> None:
    """No page scrolls sideways."""
    phone.goto(path)
    assert phone.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_main_job_on_a_phone(phone: Page) -> None:
    """The panel is a sheet that gives way to the map; jobs and layers lie one tap away."""
    steps.type_corners(phone, steps.inner(steps.scene_box(phone, DEMO), 0.5))
    expect(phone.locator("[data-size]")).to_contain_text("km²")
    steps.choose_scene(phone, DEMO)
    steps.choose_service(phone, "s2_preprocess")
    steps.review(phone)
    steps.submit_and_wait(phone)
    steps.show_result(phone)
    phone.wait_for_timeout(300)
    assert steps.seen_pixels(phone) > 5_000
    phone.get_by_role("button", name="Close jobs and layers").click()
    expect(phone.locator("gw-steps")).to_be_visible()


def test_drawing_lowers_the_sheet(phone: Page) -> None:
    """To draw, one needs to see the map."""
    phone.get_by_role("button", name="Polygon").click()
    expect(phone.locator("body")).to_have_attribute("data-sheet", "down")
    sheet = phone.locator("gw-steps").bounding_box()
    assert sheet and sheet["height"] < 100
