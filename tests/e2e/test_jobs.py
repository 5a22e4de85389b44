"""A job's page: run again, run again changed, deleted; a submission that nobody could do."""

import signal

import workspace_page as steps
from playwright.sync_api import Page, expect

DEMO = "S2B_MSIL2A_20250905"


def prepare(page: Page, resolution: str) -> None:
    """Fill in a small job."""
    steps.type_corners(page, steps.inner(steps.scene_box(page, DEMO), 0.3))
    steps.choose_scene(page, DEMO)
    steps.choose_service(page, "s2_preprocess")
    page.get_by_label("Resolution").fill(resolution)


def test_run_again_and_edit_and_run_again(page: Page) -> None:
    """The workspace opens with the old parameters; what is changed is computed."""
    prepare(page, "50")
    steps.review(page)
    steps.submit_and_wait(page)
    newest = page.request.get("/api/jobs").json()["results"][0]
    page.goto(f"/jobs/{newest['id']}/")
    expect(page.locator(".log")).to_contain_text("100% done")
    page.get_by_role("link", name="Edit and run again").click()
    expect(page.locator("#toasts")).to_contain_text("The job's parameters are in the panel")
    steps.open_step(page, "service")
    assert page.get_by_label("Resolution").input_value() == "50"
    page.get_by_label("Resolution").fill("100")
    steps.review(page)
    steps.submit_and_wait(page)
    jobs = page.request.get("/api/jobs").json()["results"]
    assert (jobs[0]["parameters"]["resolution"], jobs[0]["parameters"]["aoi"]) == (100, newest["parameters"]["aoi"])

    page.goto(f"/jobs/{jobs[0]['id']}/")
    page.get_by_role("button", name="Run again", exact=True).click()
    page.wait_for_url(lambda url: jobs[0]["id"] not in url)
    expect(page.locator("[data-badge]")).to_contain_text("Done", timeout=40_000)
    page.get_by_role("button", name="Delete this job").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/jobs/")
    left = page.request.get("/api/jobs").json()["results"]
    assert left[0]["id"] == jobs[0]["id"]


def test_the_same_job_again_offers_the_earlier_result(page: Page) -> None:
    """Nothing is computed twice unless wanted."""
    prepare(page, "75")
    steps.review(page)
    steps.submit_and_wait(page)
    page.goto("/")
    steps.open_step(page, "service")
    steps.review(page)
    expect(page.locator("gw-review")).to_contain_text("The same has been computed before.")
    expect(page.get_by_role("button", name="Compute again")).to_be_enabled()


def test_without_a_worker_the_review_says_what_to_do(page: Page, portal, watch) -> None:  # type: ignore[no-untyped-def]
    """A job that no living worker can run is not queued in silence."""
    watch.allowed = ("status of 503",)
    prepare(page, "90")
    portal.end(1, signal.SIGTERM)
    try:
        page.get_by_role("button", name="Review and submit").click()
        expect(page.locator("gw-review")).to_contain_text("No worker", timeout=40_000)
    finally:
        portal.restart(1, signal.SIGTERM) if portal.processes[1].poll() is None else portal.begin(1)
