"""Sentinel-1 in the browser: a real GRD from the area to its tiles, and a pair picked by its baseline."""

import io
import json
import time
import zipfile
from typing import Any
from urllib.parse import urljoin

import httpx
import numpy as np
import pytest
import shapely
import workspace_page as steps
from playwright.sync_api import Page, expect
from rasterio.io import MemoryFile

GRD, FIRST_SLC = "S1B_IW_GRDH_1SDV_20211223", "S1A_IW_SLC__1SDV_20230904"
DEMO_SLC, LATER_DEMO_SLC = "S1A_IW_SLC__1SSV_20250907", "S1A_IW_SLC__1SSV_20250919"
DEMO_GRD = "S1A_IW_GRDH_1SDV_20250907"


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


def test_a_program_asks_for_the_same(portal) -> None:  # type: ignore[no-untyped-def]
    """All three services by REST with a token: the archive's raster holds what the statistics beside its tiles say."""
    token = portal.manage("create_token", portal.email, "--name", "radar").strip()
    with httpx.Client(base_url=portal.url, headers={"Authorization": f"Token {token}"}, timeout=60) as api:
        grd, first, second = (
            api.get("/api/scenes", params={"q": name}).json()["features"][0]
            for name in (DEMO_GRD, DEMO_SLC, LATER_DEMO_SLC)
        )
        area = shapely.box(*steps.inner(shapely.from_geojson(json.dumps(first["geometry"])).bounds, 0.3)).wkt
        for service, inputs, asset in (
            ("s1_grd_preprocess", {"input": grd["id"]}, "backscatter"),
            ("s1_slc_preprocess", {"input": first["id"]}, "backscatter"),
            ("s1_change_detection", {"input1": second["id"], "input2": first["id"]}, "coherence"),
        ):
            result = asked(api, service, {**inputs, "aoi": area, "resolution": 20})
            archive = zipfile.ZipFile(io.BytesIO(api.get(f"/api/results/{result['id']}/archive.zip").content))
            (name,) = [n for n in archive.namelist() if n.endswith(f"{asset}.tif")]
            with MemoryFile(archive.read(name)) as file, file.open() as raster:
                mean = np.nanmean(raster.read(1))
            (tiles,) = [a["tiles"] for a in result["assets"] if a["key"] == asset]
            statistics = httpx.get(urljoin(portal.url, tiles["statistics"])).json()
            assert statistics["b1"]["mean"] == pytest.approx(mean, rel=0.02), service


def asked(api: httpx.Client, service: str, parameters: dict[str, object]) -> dict[str, Any]:
    """Submit a job, wait for its end and return its result."""
    job = api.post("/api/jobs", json={"service": service, "parameters": parameters}).raise_for_status().json()
    until = time.monotonic() + 120
    while job["state"] in ("accepted", "running") and time.monotonic() < until:
        time.sleep(0.3)
        job = api.get(f"/api/jobs/{job['id']}").json()
    assert job["state"] == "successful", job["error"]
    return dict(api.get(f"/api/results/{job['result']}").json())
