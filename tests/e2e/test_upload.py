"""A SAFE zip from the browser becomes a scene of the user's own."""

import shutil

from playwright.sync_api import Page, expect


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
