"""Photograph every page at desktop and phone width, light and dark: what a reviewer looks at before a release.

`python frontend/screenshots.py --email E --password P [--url URL] [--output var/screenshots]` against a running portal
that has scenes, and best a finished job.
"""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
STRANGERS = {
    "landing": "/",
    "login": "/accounts/login/",
    "password-reset": "/accounts/password/reset/",
    "services": "/services/",
    "invitation": "/invite/none",
    "not-found": "/nowhere/",
}
PAGES = {
    "jobs": "/jobs/",
    "scenes": "/scenes/",
    "models": "/models/",
    "services-in": "/services/",
    "profile": "/account/",
    "tokens": "/account/tokens/",
    "api": "/api/docs/",
}


def main() -> None:
    """Read the command line, photograph, tell what the consoles said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--email", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--output", type=Path, default=Path("var/screenshots"))
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        for size in SIZES:
            for theme in ("light", "dark"):
                photograph(browser, chosen, size, theme)
        browser.close()


def photograph(browser: Browser, chosen: argparse.Namespace, size: str, theme: str) -> None:
    """Visit every page once."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=chosen.url,
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]
        is_mobile=size == "phone",
    )
    page = watched(context)
    for name, path in STRANGERS.items():
        shoot(page, chosen.output / f"{name}-{size}-{theme}.png", path)
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(chosen.email)
    page.locator("[name=password]").fill(chosen.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    for name, path in {**PAGES, **own_pages(page)}.items():
        shoot(page, chosen.output / f"{name}-{size}-{theme}.png", path)
    walk(page, chosen.output, f"{size}-{theme}")
    context.close()


def watched(context: BrowserContext) -> Page:
    """Return a page whose console is printed."""
    page = context.new_page()
    page.on("console", lambda message: print(message.type, message.text[:200], message.location.get("url", "")))
    page.on("pageerror", lambda error: print("error", error))
    return page


def shoot(page: Page, target: Path, path: str | None = None) -> None:
    """Go there, let it settle, photograph."""
    if path:
        page.goto(path)
    page.wait_for_timeout(900)
    page.screenshot(path=target)


def own_pages(page: Page) -> dict[str, str]:
    """Return the pages of the user's newest jobs and result."""
    jobs = page.request.get("/api/jobs").json()["results"]
    pages = {f"job-{job['state']}": f"/jobs/{job['id']}/" for job in reversed(jobs)}
    results = page.request.get("/api/results").json()["results"]
    if results:
        pages["result"] = f"/results/{results[0]['id']}/"
    return pages | {"service": "/services/s2_preprocess/"}


def walk(page: Page, output: Path, suffix: str) -> None:
    """Go through the workspace's steps and photograph each."""
    scene = page.request.get("/api/scenes?q=T33TUJ").json()["features"][0]
    ring = scene["geometry"]["coordinates"][0][0]
    west, east = (f(x for x, _ in ring) for f in (min, max))
    south, north = (f(y for _, y in ring) for f in (min, max))
    dx, dy = (east - west) * 0.2, (north - south) * 0.2
    shoot(page, output / f"workspace-empty-{suffix}.png", "/")
    page.locator("summary", has_text="Corners").click()
    box = {"west": west + dx, "south": south + dy, "east": east - dx, "north": north - dy}
    for name, value in box.items():
        page.locator(f"#bbox-{name}").fill(f"{value:.4f}")
    page.get_by_role("button", name="Use these corners").click()
    shoot(page, output / f"workspace-area-{suffix}.png")
    page.locator("#step-scenes").click()
    page.locator(".pick").first.check()
    page.locator(".pick").nth(1).check()
    shoot(page, output / f"workspace-scenes-{suffix}.png")
    page.locator("#step-service").click()
    shoot(page, output / f"workspace-services-{suffix}.png")
    page.locator("[data-service=s2_preprocess]").click()
    shoot(page, output / f"workspace-form-{suffix}.png")
    page.get_by_role("button", name="Review and submit").click()
    page.locator("gw-review:not([data-state=checking])").wait_for()
    shoot(page, output / f"workspace-review-{suffix}.png")
    if page.locator("body").get_attribute("data-drawer") != "open":
        page.locator("[data-drawer-toggle]").first.click()
    shoot(page, output / f"workspace-jobs-{suffix}.png")
    shown = page.locator("[data-act=show]")
    if shown.count():
        shown.first.click()
        page.wait_for_timeout(2500)
        shoot(page, output / f"workspace-result-{suffix}.png")
        page.locator(".layer-more summary").first.click()
        shoot(page, output / f"workspace-layer-{suffix}.png")


if __name__ == "__main__":
    main()
