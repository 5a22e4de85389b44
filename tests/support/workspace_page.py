"""The workspace as a user sees it: the steps of the main job, for the browser tests."""

import io
import json
import zipfile

import numpy as np
import rasterio
from playwright.sync_api import Locator, Page, expect
from rasterio.io import MemoryFile

Box = tuple[float, float, float, float]


def scene_box(page: Page, name: str) -> Box:
    """Return the extent of an indexed scene: west, south, east, north."""
    found = page.request.get("/api/scenes", params={"q": name}).json()["features"][0]
    ring = np.array(found["geometry"]["coordinates"][0][0])
    return (*ring.min(axis=0), *ring.max(axis=0))  # type: ignore[return-value]


def inner(box: Box, share: float) -> Box:
    """Return the middle of a box."""
    west, south, east, north = box
    dx, dy = (east - west) * (1 - share) / 2, (north - south) * (1 - share) / 2
    return west + dx, south + dy, east - dx, north - dy


def type_corners(page: Page, box: Box) -> None:
    """Give the area by its corners."""
    page.locator("summary", has_text="Corners").click()
    for name, value in zip(("West", "South", "East", "North"), box, strict=True):
        page.get_by_label(name, exact=True).fill(f"{value:.5f}")
    page.get_by_role("button", name="Use these corners").click()


MAP = "await (await import('/static/js/elements/map.js')).mapReady()"
ROOM = "{animate: false, paddingTopLeft: [400, 20], paddingBottomRight: [370, 20]}"


def draw_rectangle(page: Page, box: Box) -> None:
    """Draw the area on the map with the mouse: the map is first brought to where the area lies."""
    west, south, east, north = box
    page.evaluate(f"async (corners) => {{ ({MAP}).fitBounds(corners, {ROOM}); }}", [[south, west], [north, east]])
    place = f"async (corner) => ({MAP}).latLngToContainerPoint(corner)"
    frame = page.locator("gw-map").bounding_box()
    assert frame
    corners = [page.evaluate(place, corner) for corner in ([north, west], [south, east])]
    page.get_by_role("button", name="Rectangle").click()
    for corner in corners:
        x, y = frame["x"] + corner["x"], frame["y"] + corner["y"]
        page.mouse.move(x - 4, y - 4)
        page.mouse.move(x, y)
        page.mouse.click(x, y)


def open_step(page: Page, name: str) -> None:
    """Open a step of the panel."""
    head = page.locator(f"#step-{name}")
    if head.get_attribute("aria-expanded") != "true":
        head.click()


def choose_scene(page: Page, name: str) -> None:
    """Tick a scene in the list."""
    open_step(page, "scenes")
    page.locator("li.scene-row", has=page.locator(f'label[title^="{name}"]')).get_by_role("checkbox").check()


def choose_service(page: Page, service: str) -> None:
    """Pick a service's card and wait for its form."""
    open_step(page, "service")
    page.locator(f"[data-service={service}]").click()
    expect(page.locator("form.service-form")).to_be_visible()


def review(page: Page) -> None:
    """Go to the review and wait for the dry run."""
    page.get_by_role("button", name="Review and submit").click()
    expect(page.locator("gw-review")).to_have_attribute("data-state", "ready", timeout=30_000)


def submit(page: Page) -> Locator:
    """Submit, and return the new job's card."""
    with page.expect_response(
        lambda answer: answer.url.endswith("/api/jobs") and answer.request.method == "POST"
    ) as sent:
        page.get_by_role("button", name="Submit job").click()
    return page.locator(f'gw-jobs li[data-job="{sent.value.json()["id"]}"]')


def submit_and_wait(page: Page, timeout_s: float = 60) -> None:
    """Submit, and wait until the job is done."""
    expect(submit(page).locator(".badge")).to_have_text("Done", timeout=timeout_s * 1000)


def show_result(page: Page) -> None:
    """Put the newest result on the map and wait for its first tiles."""
    page.locator("gw-jobs li.job-card").first.get_by_role("button", name="Show").click()
    expect(page.locator("img.leaflet-tile-loaded").first).to_be_visible()


PIXELS = """(images) => images.reduce((seen, image) => {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  let opaque = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] === 0) continue;
    opaque += 1;
    colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  }
  return seen + (colours.size > 1 ? opaque : 0);
}, 0)"""


def seen_pixels(page: Page) -> int:
    """Return how many opaque pixels the result's tiles show, of tiles with more than one colour."""
    return int(page.locator(".result-tiles img.leaflet-tile-loaded").evaluate_all(PIXELS))


def open_archive(page: Page) -> zipfile.ZipFile:
    """Download the archive of the first result in the layer list."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Archive").first.click()
    path = download.value.path()
    archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    assert archive.testzip() is None
    return archive


def check_archive(archive: zipfile.ZipFile, *, asset: str, resolution_m: float) -> dict[str, object]:
    """Assert that the archive is whole, and return its item."""
    names = {name.rsplit("/", 1)[-1]: name for name in archive.namelist()}
    assert {"item.json", "provenance.json", "README.md", "log.txt", asset} <= set(names)
    with MemoryFile(archive.read(names[asset])) as file, rasterio.open(file.name) as raster:
        assert abs(raster.res[0] - resolution_m) < 1e-6
        assert np.nanmax(raster.read(1)) > 0
    return dict(json.loads(archive.read(names["item.json"])))
