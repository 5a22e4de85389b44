"""The main job without a pointer: by Tab, Enter, Space and typing alone."""

import workspace_page as steps
from playwright.sync_api import Page, expect

DEMO = "S2B_MSIL2A_20250905"
FOCUSED = "(selector) => document.activeElement.matches(selector)"


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until an element that matches has the focus, and see that the focus shows."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED, selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"no visible focus on {selector}"
            return
    raise AssertionError(f"{selector} was not reached by {most} times Tab")


def test_main_job_by_keyboard(page: Page) -> None:
    """Corners, scene, service, review, submit, show, close the drawer."""
    box = steps.inner(steps.scene_box(page, DEMO), 0.4)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED, "a.skip")
    page.keyboard.press("Enter")
    tab_to(page, "gw-area details.fold > summary")
    page.keyboard.press("Enter")
    for name, value in zip(("west", "south", "east", "north"), box, strict=True):
        tab_to(page, f"#bbox-{name}", most=2)
        page.keyboard.type(f"{value:.5f}")
    page.keyboard.press("Enter")
    expect(page.locator("[data-size]")).to_contain_text("km²")
    tab_to(page, "gw-area [data-go=scenes]")
    page.keyboard.press("Enter")
    expect(page.locator("#step-scenes")).to_be_focused()
    expect(page.locator(".pick").first).to_be_visible()
    tab_to(page, ".pick")
    page.keyboard.press("Space")
    tab_to(page, "[data-go=service]")
    page.keyboard.press("Enter")
    tab_to(page, "[data-service=s2_preprocess]")
    page.keyboard.press("Enter")
    expect(page.locator("form.service-form")).to_be_visible()
    expect(page.locator("form.service-form select").first).to_be_focused()
    tab_to(page, "form.service-form button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("gw-review")).to_have_attribute("data-state", "ready", timeout=30_000)
    tab_to(page, "gw-review button[type=submit]")
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.keyboard.press("Enter")
    card = f'li[data-job="{sent.value.json()["id"]}"]'
    expect(page.locator(f"{card} .badge")).to_have_text("Done", timeout=60_000)
    tab_to(page, f"{card} [data-act=show]")
    page.keyboard.press("Enter")
    expect(page.locator("gw-layer").first).to_be_visible()
    tab_to(page, "#tab-layers, gw-layer input")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("[data-drawer-toggle]").first).to_be_focused()


def test_polygon_by_escape_is_given_up(page: Page) -> None:
    """Esc leaves drawing; the tool is no longer pressed."""
    tool = page.get_by_role("button", name="Polygon")
    tool.click()
    expect(tool).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(tool).to_have_attribute("aria-pressed", "false")
