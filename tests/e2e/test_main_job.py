"""The main job in a real browser: area, scene, service, dry run, submit, tiles, pixel values, archive."""

import workspace_page as steps
from playwright.sync_api import Page, expect

DEMO = "S2B_MSIL2A_20250905"
DEMO_AFTER = "S2A_MSIL2A_20250920"
REAL = "S2A_MSIL2A_20221005T115411"


def test_drawn_area_on_the_demo_world(page: Page) -> None:
    """Draw, pick, preprocess at 10 m, look at tiles and a pixel, open the archive."""
    steps.draw_rectangle(page, steps.inner(steps.scene_box(page, DEMO), 0.5))
    expect(page.locator("[data-size]")).to_contain_text("km²")
    assert 5 < float(page.locator("[data-size]").inner_text().split()[0]) < 13  # half by half of 6 by 6 km: 9 km²
    steps.choose_scene(page, DEMO)
    steps.choose_service(page, "s2_preprocess")
    page.get_by_label("Resolution").fill("20")
    steps.review(page)
    expect(page.locator("[data-estimate]")).to_contain_text("Time")
    steps.submit_and_wait(page)
    steps.show_result(page)
    page.wait_for_timeout(500)
    assert steps.seen_pixels(page) > 20_000
    frame = page.locator("gw-map").bounding_box()
    assert frame
    page.mouse.click(frame["x"] + frame["width"] / 2 + 10, frame["y"] + frame["height"] / 2)
    popup = page.locator(".leaflet-popup.pixel")
    expect(popup).to_contain_text("B04")
    values = popup.locator("dd").all_inner_texts()
    assert len(values) == 3 and all(0 <= float(value) < 1.2 for value in values)  # reflectance
    item = steps.check_archive(steps.open_archive(page), asset="reflectance.tif", resolution_m=20)
    assert item["stac_version"] == "1.1.0"


def test_drawn_area_on_the_real_product(page: Page, shared_data) -> None:  # type: ignore[no-untyped-def]
    """The same on a real Level-2A product at 60 m: it holds only the 60 m bands."""
    box = steps.scene_box(page, REAL)
    steps.draw_rectangle(page, steps.inner(box, 0.4))
    steps.choose_scene(page, REAL)
    steps.choose_service(page, "s2_preprocess")
    page.get_by_label("Resolution").fill("60")
    steps.review(page)
    steps.submit_and_wait(page)
    steps.show_result(page)
    page.wait_for_timeout(500)
    assert steps.seen_pixels(page) > 20_000
    item = steps.check_archive(steps.open_archive(page), asset="reflectance.tif", resolution_m=60)
    assert item["assets"]["reflectance"]["proj:code"] == "EPSG:32629"  # type: ignore[index]


def test_changes_between_the_demo_pair(page: Page) -> None:
    """Two scenes chosen go into before and after by date; the result has a legend of classes."""
    steps.type_corners(page, steps.inner(steps.scene_box(page, DEMO), 0.9))
    steps.choose_scene(page, DEMO_AFTER)
    steps.choose_scene(page, DEMO)
    steps.choose_service(page, "s2_change_detection")
    expect(page.get_by_label("Scene before").locator("option:checked")).to_contain_text("5 Sep 2025")
    expect(page.get_by_label("Scene after").locator("option:checked")).to_contain_text("20 Sep 2025")
    steps.review(page)
    steps.submit_and_wait(page)
    steps.show_result(page)
    expect(page.locator(".legend-class").first).to_be_visible()
    page.get_by_label("Show Magnitude").check()
    page.get_by_role("button", name="Compare two layers").click()
    curtain = page.get_by_label("Curtain between Kinds of change and Magnitude")
    clipped = page.locator(".leaflet-layer[style*='rect']")
    expect(clipped).to_have_count(2)
    before = clipped.first.get_attribute("style")
    curtain.press("ArrowLeft")
    assert clipped.first.get_attribute("style") != before
    assert steps.seen_pixels(page) > 20_000
    page.get_by_role("button", name="Compare two layers").click()
    expect(clipped).to_have_count(0)
