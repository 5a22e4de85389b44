"""Sentinel-1 in the browser: a real GRD from the area to its tiles, and a pair picked by its baseline."""

import pytest
import workspace_page as steps
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.real_data
GRD, FIRST_SLC = "S1B_IW_GRDH_1SDV_20211223", "S1A_IW_SLC__1SDV_20230904"


def test_a_real_grd_from_area_to_tiles(page: Page, shared_data) -> None:  # type: ignore[no-untyped-def]
    steps.type_corners(page, (12.47, 41.97, 12.53, 42.03))
    steps.choose_scene(page, GRD)
    expect(page.locator("li.scene-row[data-chosen]")).to_contain_text("IW VV · track 22, descending")
    steps.choose_service(page, "s1_grd_preprocess")
    page.get_by_label("Resolution").fill("20")
    page.get_by_label("Calibration").select_option("gamma0_rtc")
    steps.review(page)
    expect(page.locator("gw-review")).to_contain_text("The orbit is from the product's annotation.")
    steps.submit_and_wait(page)
    steps.show_result(page)
    page.wait_for_timeout(500)
    assert steps.seen_pixels(page) > 5000
    item = steps.check_archive(steps.open_archive(page), asset="backscatter.tif", resolution_m=20)
    assert item["properties"]["sar:polarizations"] == ["VV"]  # type: ignore[index]


def test_the_second_date_is_picked_from_the_plot(page: Page, shared_data) -> None:  # type: ignore[no-untyped-def]
    steps.choose_scene(page, FIRST_SLC)
    steps.choose_service(page, "s1_change_detection")
    point = page.get_by_role("button", name="12 days later, baseline +2")
    expect(point).to_have_count(1)
    point.focus()
    page.keyboard.press("Enter")
    expect(point).to_have_attribute("aria-pressed", "true")
    expect(page.locator("gw-pairs")).to_contain_text("12 days later, baseline +2")
    chosen = page.locator("select[name=input2] option:checked")
    expect(chosen).to_have_text("Sentinel-1A SLC, 16 Sep 2023")
    page.get_by_role("button", name="Review and submit").click()
    expect(page.locator("gw-review")).to_contain_text("12 days apart, perpendicular baseline +28 m.")
    expect(page.locator("gw-review")).to_contain_text("The heights cover 0 % of the area.")
