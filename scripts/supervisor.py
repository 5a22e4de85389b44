"""Web, worker and scheduler under honcho, and their end: none outlives us."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.places import ROOT, VENV
from scripts.stops import Stop

PATIENCE_S = 30.0
MARK = "GROUNDWORK_SUPERVISED"
"""A variable that all descendants inherit: it finds those that a supervisor forgets when it is stopped at its start."""


@contextmanager
def supervised(procfile: Path, port: int, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the processes of a Procfile; stop all of them at the end."""
    path = f"{VENV / 'bin'}:{environment.get('PATH', os.defpath)}"
    mark = uuid.uuid4().hex
    own = {**environment, "PATH": path, "PYTHONUNBUFFERED": "1", MARK: mark}
    command = [str(VENV / "bin" / "honcho"), "start", "-f", str(procfile), "-p", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=own, start_new_session=True)
    try:
        yield process
    finally:
        _end(process)
        _kill_marked(mark)


def _kill_marked(mark: str) -> None:
    """Kill what is left of a supervisor's descendants."""
    wanted = f"{MARK}={mark}".encode()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in environ.read_bytes().split(b"\0"):
                os.kill(int(environ.parent.name), signal.SIGKILL)
        except OSError:  # ended meanwhile, or not ours
            continue


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_up(url: str, process: subprocess.Popen[bytes], timeout_s: float = 60) -> None:
    """Return when the portal's health says that all is well.

    Raises:
        Stop: a process ended, or it took too long.
    """
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Stop("One of the portal's processes ended; its message is above.")
        try:
            with urllib.request.urlopen(f"{url}/api/health", timeout=5):  # noqa: S310 (our own address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Stop(f"{url}/api/health did not say that all is well within {timeout_s:.0f} s.")
