"""A SAFE zip from the browser becomes a scene of the user's own."""

import json
import shutil

import workspace_page as steps
from playwright.sync_api import Page, expect

DEMO = "S2B_MSIL2A_20250905"


def test_safe_zip_becomes_a_scene(page: Page, demo_world, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Sent in pieces, checked, listed as the user's own, deleted again after a question."""
    safe = demo_world.before
    archive = shutil.make_archive(str(tmp_path / safe.stem), "zip", safe.parent, safe.name)
    page.goto("/scenes/")
    page.locator("#upload-scene").set_input_files(archive)
    own = page.locator("tr", has_text="yours")
    expect(own).to_have_count(1, timeout=30_000)
    expect(own).to_contain_text(safe.stem)
    own.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("tr", has_text="yours")).to_have_count(0)


def test_land_polygons_are_uploaded_beside_their_field(page: Page, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """What has arrived is chosen, and the dry run takes it."""
    west, south, east, north = steps.scene_box(page, DEMO)
    middle = (west + east) / 2
    ring = [[west, south], [middle, south], [middle, north], [west, north], [west, south]]
    shape = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (tmp_path / "land.geojson").write_text(json.dumps(shape))
    steps.choose_scene(page, DEMO)
    steps.choose_service(page, "s2_preprocess")
    page.get_by_label("Resolution").fill("60")
    page.get_by_label("Land/sea mask").select_option("sea")
    page.locator("summary", has_text="More").click()
    page.get_by_label("Land from").select_option("vector")
    page.locator("#p-land_vector-file").set_input_files(tmp_path / "land.geojson")
    expect(page.locator("#p-land_vector option:checked")).to_have_text("land.geojson")
    steps.review(page)
    steps.submit_and_wait(page)
    steps.show_result(page)
    item = steps.check_archive(steps.open_archive(page), asset="mask.tif", resolution_m=60)
    kept = item["assets"]["reflectance"]["bands"][0]["statistics"]["valid_percent"]  # type: ignore[index]
    assert 40 < kept < 60
