"""Human features on the map: shown, filtered, clicked, exported, crossed with a change."""

import io
import json
import zipfile
from pathlib import Path

import pyogrio
import pytest
import workspace_page as steps
from playwright.sync_api import Page, expect
from running_portal import Portal

from demo.world import DemoWorld

SCENE = "S2B_MSIL2A_20250905"


@pytest.fixture
def with_features(portal: Portal, demo_world: DemoWorld) -> None:
    portal.manage("osm_import", str(demo_world.osm), "--force")


def look_at(page: Page, box: steps.Box) -> None:
    west, south, east, north = box
    corners = [[south, west], [north, east]]
    page.evaluate(f"async (corners) => {{ ({steps.MAP}).fitBounds(corners, {{animate: false}}); }}", corners)


def open_features(page: Page) -> None:
    page.get_by_role("tab", name="Layers").click()
    page.locator("gw-osm summary").first.click()
    expect(page.locator("gw-osm .osm-layers > li")).to_have_count(19)


def attributed(page: Page) -> None:
    """The map says whose data these are, where it can be read, with a way to the terms."""
    credit = page.locator(".leaflet-control-attribution")
    expect(credit).to_be_visible()
    expect(credit).to_contain_text("© OpenStreetMap contributors")
    link = credit.get_by_role("link", name="© OpenStreetMap contributors")
    expect(link).to_have_attribute("href", "https://www.openstreetmap.org/copyright")


def test_layers_are_drawn_filtered_and_clicked(with_features: None, page: Page, tmp_path: Path) -> None:
    """Close to the ground every object is an element of the page."""
    page.reload()
    look_at(page, steps.inner(steps.scene_box(page, SCENE), 0.05))
    assert page.evaluate(f"async () => ({steps.MAP}).getZoom()") >= 15
    open_features(page)
    expect(page.locator("gw-osm [data-age]")).to_contain_text("Data of 2025-09-01, older than they should be")
    page.get_by_role("checkbox", name="Roads").check()
    page.get_by_role("checkbox", name="Buildings").check()
    shapes = page.locator(".osm-tiles path.leaflet-interactive")
    expect(shapes.nth(5)).to_be_attached()
    page.wait_for_timeout(1500)
    attributed(page)
    roads = page.locator("gw-osm .osm-layers > li", has_text="Roads")
    roads.locator("summary").click()
    before = shapes.count()
    for box in roads.locator("ul input").all()[1:]:
        box.uncheck()
    expect(shapes.nth(before - 1)).not_to_be_attached()
    page.screenshot(path=str(tmp_path / "osm.png"))
    for box in roads.locator("ul input").all():
        box.check()
    page.wait_for_timeout(1000)
    page.locator(".osm-tiles path.leaflet-interactive[fill='none']").last.dispatch_event("click")
    popup = page.locator(".osm-popup")
    expect(popup).to_contain_text("On openstreetmap.org")
    expect(popup).to_contain_text("AP0")
    page.get_by_role("checkbox", name="Roads").uncheck()
    page.get_by_role("checkbox", name="Buildings").uncheck()
    expect(shapes).to_have_count(0)


def test_many_are_drawn_by_webgl_and_can_be_clicked(with_features: None, page: Page, tmp_path: Path) -> None:
    page.reload()
    look_at(page, steps.inner(steps.scene_box(page, SCENE), 0.5))
    open_features(page)
    page.get_by_role("checkbox", name="Roads").check()
    page.get_by_role("checkbox", name="Populated places").check()
    expect(page.locator("canvas.osm-gl")).to_be_visible()
    gl = f"[...Object.values(({steps.MAP})._layers)].find((l) => l.getMaplibreMap).getMaplibreMap()"
    page.wait_for_function(f"async () => ({gl}).areTilesLoaded()")
    page.wait_for_timeout(1000)
    page.screenshot(path=str(tmp_path / "osm-gl.png"))
    place = page.evaluate(
        f"""async () => {{ const map = {gl}; const [hit] = map.queryRenderedFeatures({{layers: ['roads-l']}});
        const line = hit.geometry.type === 'LineString' ? hit.geometry.coordinates : hit.geometry.coordinates[0];
        const [lng, lat] = line[Math.floor(line.length / 2)];
        ({steps.MAP}).fire('click', {{latlng: L.latLng(lat, lng)}}); return [lng, lat]; }}"""
    )
    assert len(place) == 2
    attributed(page)
    expect(page.locator(".osm-popup")).to_contain_text("On openstreetmap.org")
    page.get_by_label("As the ground under everything").check()
    expect(page.locator("canvas.osm-ground")).to_be_visible()
    page.get_by_label("As the ground under everything").uncheck()
    expect(page.locator("canvas.osm-ground")).to_have_count(0)
    page.get_by_role("checkbox", name="Roads").uncheck()
    page.get_by_role("checkbox", name="Populated places").uncheck()
    expect(page.locator("canvas.osm-gl")).to_have_count(0)


def test_an_area_is_exported_and_the_file_opened(
    with_features: None, page: Page, portal: Portal, tmp_path: Path
) -> None:
    page.reload()
    area = steps.inner(steps.scene_box(page, SCENE), 0.3)
    steps.open_step(page, "area")
    steps.type_corners(page, area)
    expect(page.locator("#step-area [data-summary]")).to_contain_text("km²")
    open_features(page)
    page.get_by_role("checkbox", name="Buildings").check()
    page.get_by_role("checkbox", name="Power").check()
    page.get_by_role("button", name="Export the area").click()
    form = page.locator("form.service-form")
    expect(form).to_be_visible()
    chosen = form.locator("[name=layers]:checked")
    assert sorted(box.get_attribute("value") or "" for box in chosen.all()) == ["buildings", "power"]
    steps.review(page)
    expect(page.locator("gw-review")).to_contain_text("features: ")
    page.screenshot(path=str(tmp_path / "export.png"))
    steps.submit_and_wait(page)
    job = page.request.get("/api/jobs").json()["results"][0]
    result = page.request.get(f"/api/results/{job['result']}").json()
    keys = {asset["key"]: asset for asset in result["assets"]}
    path = tmp_path / "features.gpkg"
    path.write_bytes(page.request.get(keys["features"]["href"]).body())
    counts = page.request.get(
        "/api/osm/stats", params={"layers": "buildings,power", "bbox": ",".join(map(str, area))}
    ).json()
    expected = sum(row["count"] for rows in counts.values() for row in rows)
    layers = [name for name, _ in pyogrio.list_layers(path)]
    assert abs(sum(pyogrio.read_info(path, layer=n)["features"] for n in layers) - expected) <= 2  # corners are rounded
    assert {"buildings_a", "power_l"} <= set(layers)
    archive = zipfile.ZipFile(io.BytesIO(page.request.get(result["archive"]).body()))
    names = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
    assert {"features.gpkg", "licence.txt", "dictionary.csv", "checksums.sha256", "project.qgs"} <= names
    page.goto(f"/results/{job['result']}/")
    expect(page.locator(".result-card")).to_contain_text("Files")
    expect(page.locator(".result-card")).to_contain_text("Buildings")
    page.screenshot(path=str(tmp_path / "export-result.png"))


def test_the_view_is_exported(with_features: None, page: Page) -> None:
    """What the map shows goes into the form: its bounds as the area, its layers; with none chosen all of them."""
    page.reload()
    look_at(page, steps.inner(steps.scene_box(page, SCENE), 0.2))
    open_features(page)
    page.get_by_role("checkbox", name="Roads").check()
    west, south, east, north = page.evaluate(
        f"async () => {{ const b = ({steps.MAP}).getBounds(); "
        "return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; }"
    )
    page.get_by_role("button", name="Export this view").click()
    form = page.locator("form.service-form")
    expect(form).to_be_visible()
    assert [box.get_attribute("value") for box in form.locator("[name=layers]:checked").all()] == ["roads"]
    steps.review(page)
    expect(page.locator("gw-review")).to_contain_text("features: ")
    told = page.locator("gw-review").inner_text()
    counts = page.request.get("/api/osm/layers/roads/stats", params={"bbox": f"{west},{south},{east},{north}"}).json()
    roads = sum(row["count"] for row in counts)
    assert f"{roads:,} features: Roads, tracks and trails {roads:,}." in told, told


def test_features_on_a_change(with_features: None, page: Page, demo_world: DemoWorld, tmp_path: Path) -> None:
    """The demo world's new buildings are on the change; the table and the layer are those of the API."""
    scenes = page.request.get("/api/scenes", params={"product_type": "S2MSI2A"}).json()["features"]
    ids = {f["properties"]["name"][:19]: f["id"] for f in scenes}
    before, after = (next(i for n, i in ids.items() if n.endswith(day)) for day in ("20250905", "20250920"))
    west, south, east, north = steps.inner(steps.scene_box(page, SCENE), 0.6)
    corners = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
    values = {"input1": before, "input2": after, "bands": "B02,B03,B04,B08", "aoi": f"POLYGON(({corners}))"}
    token = page.evaluate("document.querySelector('[name=csrfmiddlewaretoken]').value")
    sent = page.request.post(
        "/api/jobs",
        data=json.dumps({"service": "s2_change_detection", "parameters": values}),
        headers={"Content-Type": "application/json", "X-CSRFToken": token, "Referer": page.url},
    )
    assert sent.ok, sent.text()
    job = sent.json()["id"]
    for _ in range(240):
        state = page.request.get(f"/api/jobs/{job}").json()
        if state["state"] in ("successful", "failed"):
            break
        page.wait_for_timeout(500)
    assert state["state"] == "successful", state
    page.goto(f"/results/{state['result']}/")
    page.locator("gw-crossing > details > summary").click()
    page.get_by_role("button", name="Find them").click()
    expect(page.locator(".crossing-table tbody tr").first).to_be_visible(timeout=20_000)
    found = page.request.get(f"/api/results/{state['result']}/features?layers=buildings,roads").json()
    expect(page.locator("gw-crossing")).to_contain_text(f"{found['numberMatched']:,} objects touch the change")
    assert found["numberMatched"] > 0
    page.screenshot(path=str(tmp_path / "crossing.png"))
