"""Human features on the map: layers turned on and off, filtered by class, clicked."""

from pathlib import Path

import pytest
import workspace_page as steps
from playwright.sync_api import Page, expect
from running_portal import Portal

from demo.world import DemoWorld

SCENE = "S2B_MSIL2A_20250905"


@pytest.fixture
def with_features(portal: Portal, demo_world: DemoWorld) -> None:
    portal.manage("osm_import", str(demo_world.osm), "--force")


def test_layers_are_drawn_filtered_and_clicked(with_features: None, page: Page, tmp_path: Path) -> None:
    page.reload()
    box = steps.inner(steps.scene_box(page, SCENE), 0.2)
    west, south, east, north = box
    page.evaluate(f"async (corners) => {{ ({steps.MAP}).fitBounds(corners); }}", [[south, west], [north, east]])
    page.get_by_role("tab", name="Layers").click()
    page.locator("gw-osm summary").first.click()
    expect(page.locator("gw-osm [data-age]")).to_contain_text("Data of 2025-09-01, older than they should be")
    expect(page.locator("gw-osm .osm-layers > li")).to_have_count(19)
    page.get_by_role("checkbox", name="Roads").check()
    page.get_by_role("checkbox", name="Buildings").check()
    shapes = page.locator(".osm-tiles path.leaflet-interactive")
    expect(shapes.nth(50)).to_be_attached()
    page.wait_for_timeout(1500)
    before = shapes.count()
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("© OpenStreetMap contributors")
    page.locator("gw-osm .osm-layers > li", has_text="Buildings").locator("summary").click()
    page.locator("gw-osm").get_by_role("checkbox", name="residential").uncheck()
    expect(shapes.nth(before - 1)).not_to_be_attached()
    expect(shapes.first).to_be_attached()
    page.screenshot(path=str(tmp_path / "osm.png"))
    page.locator("path[stroke='#c8553d']").last.dispatch_event("click")
    popup = page.locator(".osm-popup")
    expect(popup).to_contain_text("On openstreetmap.org")
    expect(popup).to_contain_text("AP010")
    expect(popup).to_contain_text("surface")
    page.get_by_role("checkbox", name="Roads").uncheck()
    page.get_by_role("checkbox", name="Buildings").uncheck()
    expect(shapes).to_have_count(0)
