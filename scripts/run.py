"""`make run`: from a bare machine to a portal with a result on its map."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from scripts.first_job import Api, run_first_job
from scripts.places import PYTHON, ROOT, var_dir
from scripts.setup import ready
from scripts.stops import Stop
from scripts.supervisor import supervised, wait_until_up
from scripts.timings import Timings

HOST = "127.0.0.1"


def main() -> int:
    """Set up, serve, do the demo job, wait for Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    timings = Timings()
    try:
        port = _port(os.environ.get("PORT") or "8000")
        with ready(timings) as environment:
            _serve(timings, port, environment)
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # the end is on its way, and is not to be cut short
    raise KeyboardInterrupt


def _port(wanted: str) -> int:
    port = int(wanted) if wanted.isdigit() else 0
    if not 0 < port < 65536:
        raise Stop(f"PORT={wanted} is no port: choose a number from 1 to 65535.")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise Stop(
                f"Port {port} cannot be used ({error.strerror}). Choose another: make run PORT={port + 123}"
            ) from None
    return port


def _serve(timings: Timings, port: int, environment: dict[str, str]) -> None:
    url, world = f"http://{HOST}:{port}", var_dir() / "demo"
    environment.setdefault("DEM_PATH", str(world / "dem"))
    environment = {"SITE_URL": url, **environment}
    with timings.step("Demo world"):
        _python(environment, "-m", "demo", "--output", str(world))
    with timings.step("Tables, accounts, scenes"):
        token = _python(environment, "-m", "scripts.prepare", str(world)).split()[-1]
    began = time.monotonic()
    with supervised(ROOT / "Procfile", port, environment) as processes:
        with timings.step("Web, worker and scheduler"):
            wait_until_up(url, processes)
        with timings.step("Demo job, submitted through the REST API"):
            job = run_first_job(Api(url, token), world)
        timings.write(var_dir() / "first_run.json")
        _tell(timings, url, job["result"] or job.get("same_result_as"), var_dir() / "passwords")
        processes.wait()
        raise Stop(f"One of the portal's processes ended after {time.monotonic() - began:.0f} s; see above.")


def _python(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [str(PYTHON), *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise Stop(f"python {' '.join(arguments)} failed; its message is above.")
    return done.stdout


def _tell(timings: Timings, url: str, result: str | None, passwords: Path) -> None:
    print(
        "\n".join(f"  {seconds:7.1f} s  {name}{'' if ours else ' (packages)'}" for name, seconds, ours in timings.steps)
    )
    print(f"  {timings.total()}\n")
    print(f"Groundwork is up:   {url}")
    print(f"Log in as           demo@groundwork.localhost or admin@groundwork.localhost (passwords: {passwords})")
    print(f"The demo result:    {url}/results/{result}/")
    print(f"The REST API:       {url}/api/docs/")
    print("Ctrl-C stops everything.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
