"""Browsers that look at a whole portal, and watch what its pages say and ask for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright
from running_portal import Portal, database_url, portal

__all__ = ["database_url", "portal"]
CHROMIUM = "/usr/bin/chromium"
expect.set_options(timeout=15_000)  # a machine that does other things too
QUIET = (
    "--no-sandbox --use-angle=swiftshader --enable-unsafe-swiftshader --disable-quic --no-first-run "
    "--disable-background-networking "
    "--disable-component-update --disable-sync"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not here")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def session(portal: Portal, browser: Browser) -> dict[str, object]:
    """A logged-in session, made once through the form."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{portal.url}/accounts/login/")
    page.get_by_label("Email").fill(portal.email)
    page.get_by_label("Password").fill(portal.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{portal.url}/")
    state = context.storage_state()
    context.close()
    return dict(state)


@dataclass
class Watch:
    """What a page said and asked for; a test may allow the answers that it provokes."""

    portal: Portal
    said: list[str] = field(default_factory=list)
    abroad: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()

    def console(self, message: ConsoleMessage) -> None:
        """Note what reaches the console."""
        self.said.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def request(self, request: Request) -> None:
        """Note what would leave the machine."""
        if not request.url.startswith((self.portal.url, "data:", "blob:")):
            self.abroad.append(request.url)

    def check(self) -> None:
        """Nothing on the console, nothing sent abroad."""
        assert [line for line in self.said if not any(part in line for part in self.allowed)] == []
        assert self.abroad == []


@pytest.fixture
def watch(portal: Portal) -> Iterator[Watch]:
    """Checked when the test is over."""
    watching = Watch(portal)
    yield watching
    watching.check()


def open_page(context: BrowserContext, watch: Watch) -> Page:
    """Return a page that is watched."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("console", watch.console)
    page.on("pageerror", lambda error: watch.said.append(f"error: {error}"))
    page.on("request", watch.request)
    return page


@pytest.fixture
def page(portal: Portal, browser: Browser, session: dict[str, object], watch: Watch) -> Iterator[Page]:
    """A desktop page, logged in, at the workspace."""
    context = browser.new_context(base_url=portal.url, storage_state=session, viewport={"width": 1440, "height": 900})  # type: ignore[arg-type]
    page = open_page(context, watch)
    page.goto(portal.url)
    yield page
    context.close()


@pytest.fixture
def phone(portal: Portal, browser: Browser, session: dict[str, object], watch: Watch) -> Iterator[Page]:
    """A phone's page, logged in, at the workspace."""
    context = browser.new_context(
        base_url=portal.url,
        storage_state=session,  # type: ignore[arg-type]
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    page = open_page(context, watch)
    page.goto(portal.url)
    yield page
    context.close()
