"""A whole portal for the browser tests: its own database and folders, a real web process, a real worker."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import psycopg
import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
REAL_L2A = "s2/safe_l2a/S2A_MSIL2A_20221005T115411_N0400_R023_T29UNU_20221005T164454.SAFE"
DEMO_USER = "demo@groundwork.localhost"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.slow)


@dataclass
class Portal:
    """A running portal, and who may log in."""

    url: str
    password: str
    environment: dict[str, str]
    email: str = DEMO_USER
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def manage(self, *arguments: str) -> str:
        """Run a management command in the portal's environment."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, log: Path, *command: str) -> None:
        """Start one of its processes."""
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=stream, stderr=stream, start_new_session=True
            )
        self.processes.append(process)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A database of its own beside the configured one."""
    known = connections["default"].get_connection_params()
    place = {name: str(known[name]) for name in ("host", "port", "user", "password") if known.get(name)}
    name = f"e2e_{os.getpid()}"
    with psycopg.connect(**place, dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        login = quote(place.pop("user", ""), safe="")
        secret = f":{quote(place.pop('password'), safe='')}" if "password" in place else ""
        yield f"postgis://{login}{secret}@/{name}?{urlencode(place)}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def portal(database_url: str, demo_world, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:  # type: ignore[no-untyped-def]
    """The portal with the demo world's scenes, and the real product where it is there."""
    var = tmp_path_factory.mktemp("var")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"DATABASE_URL": database_url, "VAR_DIR": str(var), "SECRET_KEY": "e2e" * 20, "DJANGO_SETTINGS_MODULE": ""}
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DJANGO", "DATABASE"))}
    url = f"http://127.0.0.1:{port}"
    environment = {**keep, **own, "DJANGO_SETTINGS_MODULE": "portal.settings", "SITE_URL": url}
    running = Portal(url, "", environment)
    running.manage("migrate", "--verbosity", "0")
    running.manage("create_accounts", "--file", str(var / "passwords"))
    running.password = next(
        line.split()[1] for line in (var / "passwords").read_text().splitlines() if line.startswith(DEMO_USER)
    )
    running.manage("index_scenes", *(str(scene) for scene in demo_world.scenes))
    real = ROOT.parent / "shared" / "data" / REAL_L2A
    if real.exists():
        running.manage("index_scenes", str(real))
    try:
        running.start(
            var / "web.log",
            sys.executable,
            "-m",
            "uvicorn",
            "portal.asgi:application",
            "--port",
            str(port),
            "--timeout-graceful-shutdown",
            "1",
        )
        running.start(var / "worker.log", sys.executable, "manage.py", "run_worker")
        _wait_until_up(running)
        yield running
    finally:
        for process in running.processes:
            process.terminate()
        for process in running.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_until_up(portal: Portal, timeout_s: float = 40) -> None:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            if httpx.get(f"{portal.url}/api/health").json()["workers"] > 0:
                return
        except (httpx.HTTPError, ValueError, KeyError):
            pass
        time.sleep(0.3)
    pytest.fail("the portal did not come up")


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
