"""Sentinel-1 in the browser: a real GRD from the area to its tiles, and a pair picked by its baseline."""

import workspace_page as steps
from playwright.sync_api import Page, expect

GRD, FIRST_SLC = "S1B_IW_GRDH_1SDV_20211223", "S1A_IW_SLC__1SDV_20230904"
DEMO_SLC = "S1A_IW_SLC__1SSV_20250907"


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


def test_slc_of_the_demo_world(page: Page) -> None:
    steps.type_corners(page, steps.inner(steps.scene_box(page, DEMO_SLC), 0.4))
    steps.choose_scene(page, DEMO_SLC)
    steps.choose_service(page, "s1_slc_preprocess")
    page.get_by_label("Resolution").fill("20")
    steps.review(page)
    steps.submit_and_wait(page)
    steps.show_result(page)
    page.wait_for_timeout(500)
    assert steps.seen_pixels(page) > 5000


def test_changes_of_the_demo_pair(page: Page) -> None:
    """Both dates picked, the colours seen, the archive opened."""
    steps.type_corners(page, steps.inner(steps.scene_box(page, DEMO_SLC), 0.4))
    steps.choose_scene(page, DEMO_SLC)
    steps.choose_service(page, "s1_change_detection")
    page.get_by_role("button", name="12 days later, baseline +").click()
    page.get_by_label("Resolution").fill("20")
    steps.review(page)
    expect(page.locator("gw-review")).to_contain_text("12 days apart, perpendicular baseline +74 m.")
    steps.submit_and_wait(page)
    steps.show_result(page)
    page.wait_for_timeout(500)
    assert steps.seen_pixels(page) > 5000
    item = steps.check_archive(steps.open_archive(page), asset="coherence.tif", resolution_m=20)
    assert {"mtc", "acd", "mtc_preview", "acd_preview", "change"} <= set(item["assets"])  # type: ignore[call-overload]
