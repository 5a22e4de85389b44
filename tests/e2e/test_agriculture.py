"""From a season of scenes to a crop map in a real browser: harmonise, label, train, watch, predict, click, download."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
import workspace_page as steps
from playwright.sync_api import Page, expect
from rasterio.io import MemoryFile
from running_portal import Portal

from demo.season import Season, make_season

SHOTS = os.environ.get("SCREENSHOTS")
SCENES = 18
FORGET = "from apps.catalog.models import Scene; Scene.objects.filter(owner=None, path__startswith={!r}).delete()"


def shoot(page: Page, name: str) -> None:
    """Keep a picture where SCREENSHOTS names a folder."""
    if SHOTS:
        page.wait_for_timeout(900)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


@pytest.fixture(scope="module")
def season(portal: Portal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    """Nine months of cloudy scenes over known fields, indexed for this module alone."""
    made = make_season(tmp_path_factory.mktemp("season"), scenes=SCENES)
    portal.manage("index_scenes", *(str(scene) for scene in made.scenes))
    yield made
    portal.manage("shell", "-c", FORGET.format(str(made.folder)))


def result_of(page: Page, service: str) -> str:
    """Return the newest result of a service."""
    found = page.request.get("/api/results").json()["results"]
    return next(str(r["id"]) for r in found if r["service"] == service)


def middle_of(page: Page) -> tuple[float, float]:
    """Bring the middle of the first result on the map to where no panel lies, and return that place in the window."""
    frame = page.locator("gw-map").bounding_box()
    assert frame
    return frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2


def test_harmonise_a_season_and_look_at_it_through_time(page: Page, season: Season) -> None:
    """All scenes of the area become a stack; its composites are one layer, a click shows the NDVI of the year."""
    steps.type_corners(page, steps.inner(season.bbox, 0.55))
    steps.choose_service(page, "s2_harmonisation")
    page.locator("label", has_text="All of the area and time").click()
    page.locator("form.service-form [name=resolution]").fill("20")
    form = page.locator("form.service-form")
    form.locator("[name=start]").fill("2025-01-01")
    form.locator("[name=end]").fill("2025-09-30")
    steps.review(page)
    steps.submit_and_wait(page, 180)
    steps.show_result(page)
    slider = page.get_by_role("slider", name="Period")
    before = slider.get_attribute("aria-valuetext")
    slider.press("ArrowRight")
    assert (before, slider.get_attribute("aria-valuetext")) == ("2025-05", "2025-06")
    expect(page.locator(".result-tiles img.leaflet-tile-loaded").first).to_be_visible()
    page.get_by_role("button", name="Read the middle of the map").click()
    pixel = page.locator(".leaflet-popup gw-pixel")
    expect(pixel.locator("gw-chart canvas")).to_be_visible()
    expect(pixel).to_contain_text(
        re.compile(r"A clear look in every period|of 9 periods without a clear look(, [1-9] filled in)?\.")
    )
    shoot(page, "agriculture-season")
    pixel.locator(".chart-numbers summary").click()
    expect(pixel.locator("tbody th[scope=row]")).to_have_text([f"2025-0{month}" for month in range(1, 10)])
    pixel.get_by_role("button", name="Bands").click()
    expect(pixel.locator(".chart-legend button")).to_have_count(9)
    pixel.get_by_role("button", name="B8A").press("Space")
    expect(pixel.get_by_role("button", name="B8A")).to_have_attribute("aria-pressed", "false")


def test_train_watch_predict_click_download(page: Page, season: Season) -> None:
    """A network learns the demo's fields, its curve is watched, its map is looked at and taken home."""
    stack = result_of(page, "s2_harmonisation")
    steps.choose_service(page, "crop_lstm_train")
    page.locator("[name=stack]").select_option(stack)
    page.locator("gw-upload[data-for$=labels] input[type=file]").set_input_files(str(season.fields))
    expect(page.locator("gw-upload[data-for$=labels]")).to_contain_text("is ready")
    page.locator("[name=label_attribute]").fill("crop")
    page.locator("summary", has_text="More parameters").click()
    for name, value in {"epochs": 20, "layers": 1, "hidden_units": 48, "samples_per_polygon": 25}.items():
        page.locator(f"[name={name}]").fill(str(value))
    steps.review(page)
    card = steps.submit(page)
    page.goto(card.locator("a.job-name").get_attribute("href") or "")
    page.locator("gw-curve gw-chart canvas").first.wait_for(timeout=120_000)
    assert "Running" in page.locator("[data-badge]").inner_text()
    expect(page.locator("[data-summary]")).to_contain_text(
        re.compile(r"^(6|7|8|9|\d\d) epochs\. Loss on validation data")
    )
    shoot(page, "agriculture-training")
    expect(page.locator("[data-badge]")).to_contain_text("Done", timeout=240_000)
    charts = page.locator("gw-curve gw-chart")
    expect(charts.locator("figcaption")).to_have_text(["Loss", "Accuracy and F1"])
    charts.first.locator(".chart-numbers summary").click()
    expect(charts.first.locator("tbody tr").nth(5)).to_be_visible()
    page.get_by_role("link", name="Show result").click()
    page.locator("summary", has_text="How the training went").click()
    expect(page.locator("gw-curve gw-chart")).to_have_count(2)

    page.goto("/?service=crop_lstm_predict")
    steps.open_step(page, "service")
    expect(page.locator("[name=model]")).to_be_visible()
    page.locator("[name=stack]").select_option(stack)
    model = page.locator("[name=model]")
    model.select_option(
        index=model.locator("option").evaluate_all("all => all.findIndex((o) => /^[0-9a-f-]{36}$/.test(o.value))")
    )
    steps.review(page)
    steps.submit_and_wait(page, 120)
    steps.show_result(page)
    legend = page.locator("gw-classes")
    expect(legend.locator("tfoot")).to_contain_text("All classes")
    assert legend.locator("tbody tr").count() == 8
    x, y = middle_of(page)
    page.mouse.click(x, y)
    pixel = page.locator(".leaflet-popup gw-pixel")
    expect(pixel.locator(".pixel-class b")).to_be_visible()
    expect(pixel.locator(".bars .bars-name").first).to_have_text(pixel.locator(".pixel-class b").inner_text())
    expect(pixel.locator("gw-chart canvas")).to_be_visible()
    shoot(page, "agriculture-map")
    with page.expect_response(lambda answer: "hide=" in answer.url):
        legend.get_by_role("checkbox").first.uncheck()
    check_downloads(page, season)


def check_downloads(page: Page, season: Season) -> None:
    """The map and the probabilities come down whole, and the map is mostly right where the truth is known."""
    page.locator(".files summary").first.click()
    taken = {}
    for name in ("crop_map.tif", "probabilities.tif"):
        with page.expect_download() as download:
            page.locator(f'.files a[href$="/{name}"]').first.click()
        taken[name] = download.value.path().read_bytes()
    with MemoryFile(taken["crop_map.tif"]) as file, file.open() as crops, rasterio.open(season.crops) as truth:
        found = crops.read(1)
        names = {entry["value"]: entry["title"] for entry in legend_of(page)}
        rows, columns = np.mgrid[: crops.height, : crops.width]
        xs, ys = crops.transform @ (columns + 0.5, rows + 0.5)
        inverse = ~truth.transform
        there_x, there_y = (np.floor(v).astype(int) for v in inverse @ (xs, ys))
        known = truth.read(1)[np.clip(there_y, 0, truth.height - 1), np.clip(there_x, 0, truth.width - 1)]
    from demo.crops import CROPS

    expected = np.array(["", *(crop.name for crop in CROPS)])[known]
    told = np.array([names.get(v, "") for v in range(256)])[found]
    fields = (known > 0) & (told != "")
    assert fields.sum() > 1000
    share_of_largest = np.unique(expected[fields], return_counts=True)[1].max() / fields.sum()
    assert (expected[fields] == told[fields]).mean() > share_of_largest + 0.2
    with MemoryFile(taken["probabilities.tif"]) as file, file.open() as shares:
        stored = shares.read().astype(int)
        seen = stored[0] != 255
        assert np.abs(stored.sum(axis=0)[seen] - 200).max() <= len(stored)


def legend_of(page: Page) -> list[dict[str, str]]:
    """Return the classes of the newest crop map."""
    document = page.request.get(f"/api/results/{result_of(page, 'crop_lstm_predict')}").json()
    return next(asset["classes"] for asset in document["assets"] if asset["key"] == "crop_map")


MAP = "await (await import('/static/js/elements/map.js')).mapReady()"


def draw_polygon(page: Page, corners: list[tuple[float, float]]) -> None:
    """Click the corners on the map and close the polygon."""
    frame = page.locator("gw-map").bounding_box()
    assert frame
    for x, y in [*corners, corners[0]]:
        page.mouse.move(frame["x"] + x - 3, frame["y"] + y - 3)
        page.mouse.move(frame["x"] + x, frame["y"] + y)
        page.mouse.click(frame["x"] + x, frame["y"] + y)


def test_labelled_polygons_are_drawn_and_become_a_file(page: Page, season: Season) -> None:
    """Two classes, three polygons, one taken back; the area of interest stays as it was."""
    stack = result_of(page, "s2_harmonisation")
    west, south, east, north = steps.inner(season.bbox, 0.3)
    steps.choose_service(page, "crop_lstm_train")
    page.evaluate(f"async (c) => {{ ({MAP}).fitBounds(c, {{animate: false}}); }}", [[south, west], [north, east]])
    page.locator("gw-labels summary").click()
    for name, lefts in (("Maize", (560, 680)), ("Alfalfa", (600, 720))):
        page.get_by_label("Class optional for a mask").fill(name)
        page.get_by_role("button", name="Draw polygons").click()
        top = 300 if name == "Maize" else 450
        for left in lefts:
            draw_polygon(page, [(left, top), (left + 80, top), (left + 70, top + 90)])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove the last polygon of Alfalfa").click()
    expect(page.locator(".label-list li")).to_contain_text(["2 polygons", "1 polygon"])
    shoot(page, "agriculture-labels")
    page.get_by_role("button", name="Use these polygons").click()
    chosen = page.locator("[name=labels]")
    expect(chosen.locator("option:checked")).to_have_text("Drawn: Maize, Alfalfa.geojson")
    assert page.locator("[name=label_attribute]").input_value() == "crop"
    assert json.loads(page.evaluate("sessionStorage.getItem('workspace')"))["area"] is None
    page.locator("[name=stack]").select_option(stack)
    page.locator("[name=epochs]").fill("2")
    steps.review(page)
    steps.submit_and_wait(page, 120)
