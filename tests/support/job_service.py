"""A service that behaves as a test of the jobs asks: works, fails in every way, hangs, eats memory."""

import ctypes
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

from services.core.context import Context
from services.core.errors import BadInput
from services.core.service import Estimate, Finding, Output, Params, Preflight, Service, param
from services.core.types import Area, Scene, VectorFile, accepts

Failure = Literal["bad_input", "memory", "segfault", "silent", "full", "real_full", "lose_once"]
Behaviour = Literal["work", "sleep", "deaf", "family", "chatty", "learn"] | Failure


class JobParams(Params):
    """What the service takes."""

    behaviour: Behaviour = param("work", title="Behaviour", help="What to do")
    seconds: float = param(0.0, title="Time", help="How long to sleep", unit="s", ge=0, le=600)
    input: Scene | None = param(None, title="Scene", help="Any scene", schema=accepts("S2MSI2A"))
    mask: VectorFile | None = param(None, title="Mask", help="Any vector file")
    aoi: Area | None = param(None, title="Area", help="Area of interest", flag="AoI")
    note: Path | None = param(None, title="Note", help="File to leave a sign in")


SERVICE = Service(
    id="job_test",
    version="1.0.0",
    title="A job to test with",
    summary="Does what it is told.",
    command="job-test",
    domain="general",
    params=JobParams,
    outputs=(Output("values", "Values", unit="1", dtype="uint8"),),
    entry="job_service:run",
    preflight="job_service:preflight",
    example={},
    sources=("none",),
)


def preflight(params: JobParams) -> Preflight:
    """Find one thing and estimate; or hang, or refuse."""
    if params.behaviour == "sleep":
        time.sleep(params.seconds)
    if params.behaviour == "bad_input":
        raise BadInput("The scene is empty.", hint="Choose another.")
    found = Finding("ok", "scene_readable", "The scene can be read.")
    return Preflight((found,), Estimate(seconds=10, output_bytes=1000, scratch_bytes=2000, memory_bytes=3000))


def run(params: JobParams, context: Context) -> None:
    """Do it."""
    context.progress(0.25, params.behaviour)
    globals().get(f"_{params.behaviour}", lambda params: None)(params)
    if params.behaviour == "learn":
        _tell_curve(params, context)
    if params.behaviour == "lose_once":
        _take_up(params, context)
    context.progress(0.75, "writing")
    _write(context, rows=3 if params.behaviour != "real_full" else 3_000_000)


def _write(context: Context, rows: int) -> None:
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    path = context.target("values", ".tif")
    profile = {"driver": "GTiff", "width": 4, "height": rows, "count": 1, "dtype": "uint8"}
    grid = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    with rasterio.open(path, "w", **profile, **grid) as target:
        target.write(np.arange(4 * rows, dtype=np.uint8).reshape(rows, 4), 1)
    context.add("values", path)


def _sleep(params: JobParams) -> None:
    time.sleep(params.seconds)


def _deaf(params: JobParams) -> None:
    """Ignore SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(params.seconds)


def _bad_input(params: JobParams) -> None:
    raise BadInput("The scene is empty.", hint="Choose another.")


def _memory(params: JobParams) -> None:
    """Hold ever more memory."""
    held = []
    while True:
        held.append(os.urandom(1 << 20) * 16)
        time.sleep(0.01)


def _segfault(params: JobParams) -> None:
    ctypes.string_at(0)


def _silent(params: JobParams) -> None:
    os._exit(9)


def _full(params: JobParams) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _family(params: JobParams) -> None:
    """Have a grandchild that ignores SIGTERM, and tell its pid."""
    words = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    grandchild = subprocess.Popen([sys.executable, "-c", words])
    params.note.write_text(str(grandchild.pid))  # type: ignore[union-attr]
    time.sleep(params.seconds)


def _chatty(params: JobParams) -> None:
    """Say more than a log may hold."""
    for _ in range(80):
        sys.stderr.write("é" * (1 << 15) + "\n")
    print("plain words on stdout", flush=True)


def _tell_curve(params: JobParams, context: Context) -> None:
    """Tell a curve of three epochs."""
    for epoch in (1, 2, 3):
        time.sleep(params.seconds / 3)
        context.curve({"epoch": epoch, "train_loss": 2 / epoch, "val_loss": 2.2 / epoch, "val_f1": 1 - 0.6 / epoch})
        context.progress(0.25 + 0.15 * epoch, f"epoch {epoch} of 3")


def _take_up(params: JobParams, context: Context) -> None:
    """Keep a sign and kill the process of the worker the first time; note the sign the second time."""
    kept = context.keep / "sign"  # type: ignore[operator]
    if kept.exists():
        params.note.write_text(kept.read_text())  # type: ignore[union-attr]
        return
    kept.parent.mkdir()
    kept.write_text("taken up")
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
