"""A result on the map: each control changes what is drawn or told."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
import workspace_page as steps
from playwright.sync_api import Locator, Page, Route, expect

DEMO = "S2B_MSIL2A_20250905"


def shown(page: Page) -> dict[str, list[str]]:
    """Return what the newest tiles were asked for with."""
    address = page.locator(".result-tiles img").last.get_attribute("src") or ""
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(address).query):
        query.setdefault(name, []).append(value)
    return query


def layer_of(page: Page, resolution_m: str = "60") -> Locator:
    """Compute a small result, show it, open its controls; the same again would be offered, not computed."""
    steps.type_corners(page, steps.inner(steps.scene_box(page, DEMO), 0.5))
    steps.choose_scene(page, DEMO)
    steps.choose_service(page, "s2_preprocess")
    page.get_by_label("Resolution").fill(resolution_m)
    page.get_by_label("Cloud mask").select_option("scl")
    steps.review(page)
    steps.submit_and_wait(page)
    steps.show_result(page)
    layer = page.locator("gw-layer").filter(has=page.get_by_label("Show Reflectance"))
    layer.locator("summary").first.click()
    return layer


def test_every_control_of_a_layer(page: Page) -> None:
    """Bands, stretch, typed limits, ramp, opacity, histogram and the pixel under the pointer."""
    layer = layer_of(page)
    assert shown(page)["bidx"] == ["4", "3", "2"]
    layer.get_by_label("Band combination").select_option(label="False colour, vegetation")
    page.wait_for_timeout(700)
    assert shown(page)["bidx"] == ["8", "4", "3"]
    wide = [float(v) for v in shown(page)["rescale"][0].split(",")]

    layer.get_by_role("button", name="Min–max").click()
    page.wait_for_timeout(500)
    whole = [float(v) for v in shown(page)["rescale"][0].split(",")]
    assert whole[0] <= wide[0] < wide[1] <= whole[1]

    upper = layer.get_by_label("Upper limit of B08")
    upper.fill("0.35")
    upper.press("Tab")
    page.wait_for_timeout(500)
    assert float(shown(page)["rescale"][0].split(",")[1]) == pytest.approx(4500)  # (0.35 + 0.1) / 0.0001
    upper = layer.get_by_label("Upper limit of B08")
    upper.fill("-3")
    upper.press("Tab")
    expect(layer.locator(".field-error")).to_have_text("The lower limit must be below the upper.")

    layer.get_by_label("Band combination").select_option(label="One band")
    layer.get_by_label("Colour ramp").select_option("magma")
    page.wait_for_timeout(700)
    assert shown(page)["bidx"] == ["1"]
    assert shown(page)["colormap_name"] == ["magma"]
    expect(layer.locator(".legend-ramp")).to_be_visible()
    points = layer.locator(".histogram polygon").get_attribute("points") or ""
    assert len(points.split()) == 50  # 48 bins and two feet
    assert re.search(r"mean 0\.\d+", layer.locator(".histogram").text_content() or "")

    layer.get_by_label("Opacity of").fill("30")
    assert page.locator(".result-tiles").first.evaluate("(pane) => pane.style.opacity") == "0.3"

    middle = page.locator("gw-map").bounding_box()
    assert middle
    page.mouse.click(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    expect(page.locator(".leaflet-popup dl.facts").first).to_contain_text("B01")
    number = page.locator(".leaflet-popup dd.num").first.text_content() or ""
    assert 0 < float(number) < 1

    page.get_by_label("Show What was masked out").check()
    expect(page.locator(".legend-class").first).to_be_visible()
    page.get_by_label("Show Reflectance").uncheck()
    expect(page.locator(".result-tiles")).to_have_count(1)


def test_bands_and_their_limits_change_together(page: Page) -> None:
    """While the statistics of other bands are awaited, tiles keep the limits that belong to the old ones."""
    layer = layer_of(page, "20")
    expect(layer.locator(".limit-row")).to_have_count(3)
    held: list[Route] = []
    page.route("**/statistics?*", lambda route: held.append(route))  # playwright marks what it calls: no builtin
    layer.get_by_label("Band combination").select_option(label="One band")
    layer.get_by_label("Opacity of").fill("50")
    page.wait_for_timeout(300)
    assert len(held) == 1
    assert shown(page)["bidx"] == ["4", "3", "2"]
    assert len(shown(page)["rescale"]) == 3

    held[0].continue_()
    expect(layer.locator(".limit-row")).to_have_count(1)
    page.wait_for_timeout(300)
    assert shown(page)["bidx"] == ["1"]
    assert len(shown(page)["rescale"]) == 1
