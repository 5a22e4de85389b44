"""A whole portal: its own database and folders, a real web process, a real worker."""

import os
import shutil
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
from psycopg import sql
from radar_products import ROME_WINDOW, copy_of_grd, speckle

ROOT = Path(__file__).resolve().parent.parent.parent
SHARED = ROOT.parent / "shared" / "data"
REAL_L2A = "s2/safe_l2a/S2A_MSIL2A_20221005T115411_N0400_R023_T29UNU_20221005T164454.SAFE"
DEMO_USER = "demo@groundwork.localhost"


@dataclass
class Portal:
    """A running portal, and who may log in."""

    url: str
    password: str
    environment: dict[str, str]
    email: str = DEMO_USER
    commands: list[tuple[Path, tuple[str, ...]]] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def manage(self, *arguments: str) -> str:
        """Run a management command in the portal's environment."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, log: Path, *command: str) -> None:
        """Start one of its processes: 0 is the web, 1 the worker."""
        self.commands.append((log, command))
        self.processes.append(self._start(log, command))

    def _start(self, log: Path, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with log.open("ab") as stream:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=stream, stderr=stream, start_new_session=True
            )

    def end(self, index: int, number: signal.Signals) -> None:
        """End one of its processes."""
        self.processes[index].send_signal(number)
        self.processes[index].wait(20)

    def begin(self, index: int) -> None:
        """Start a process that was ended."""
        self.processes[index] = self._start(*self.commands[index])

    def restart(self, index: int, number: signal.Signals) -> None:
        """End a process and start it again."""
        self.end(index, number)
        self.begin(index)
        _wait_until_up(self)


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
    own = {"DATABASE_URL": database_url, "VAR_DIR": str(var), "SECRET_KEY": "e2e" * 20}
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "DJANGO", "DATABASE"))}
    url = f"http://127.0.0.1:{port}"
    own["DEM_PATH"] = str(var / "dem")
    shutil.copytree(demo_world.radar.dem.parent, var / "dem")
    environment = {**keep, **own, "SITE_URL": url}
    running = Portal(url, "", environment)
    running.manage("migrate", "--verbosity", "0")
    running.manage("create_accounts", "--file", str(var / "passwords"))
    running.password = next(
        line.split()[1] for line in (var / "passwords").read_text().splitlines() if line.startswith(DEMO_USER)
    )
    running.manage("index_scenes", *(str(product) for product in demo_world.products))
    if (SHARED / REAL_L2A).exists():
        _add_real_products(running, var)
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


def _add_real_products(running: Portal, var: Path) -> None:
    """Index a real S2 product, a real S1 GRD with speckle written into it, and the annotations of a real SLC pair."""
    grd = copy_of_grd(next((SHARED / "s1/grd_safe").glob("*.SAFE")), var / "scenes", speckle, ROME_WINDOW)
    shutil.copy(SHARED / "dem/Rome-30m-DEM.tif", var / "dem")
    running.manage("index_scenes", str(SHARED / REAL_L2A), str(grd), str(SHARED / "s1/slc_safe"))


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
