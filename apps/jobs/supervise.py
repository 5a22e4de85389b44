"""Run a job's command as a child process group: progress and log out of it, limits on it, its end in plain words."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from apps.jobs.curve import Curve
from apps.jobs.log import Log
from apps.jobs.processes import child_environment, die_with_parent, signal_group, tree_memory_bytes

ROOT = Path(__file__).resolve().parent.parent.parent
"""Where `python -m services` is found."""
TICK_S = 0.25
MAX_LINE_BYTES = 1 << 16
HAND_BACK_GRACE_S = 3.0  # whoever stops the worker does not wait long either


class Wish(Enum):
    """What the job's row asks of the supervisor."""

    GO_ON = "go on"
    CANCEL = "cancel"
    HAND_BACK = "hand back"
    LOST = "lost"


@dataclass(frozen=True)
class Limits:
    """How long a job may run, how much memory it may hold, how long it may take to clear up."""

    wall_clock_s: float
    memory_bytes: int
    grace_s: float = 10.0


@dataclass
class Report:
    """The latest word of the child: where it is, how many points its curve has, and its error if it told one."""

    stage: str = "starting"
    fraction: float = 0.0
    eta_s: float | None = None
    points: int = 0
    error: dict[str, Any] | None = None


@dataclass
class Ending:
    """How the child ended. `wish` says who wanted it; `error` is None where it did its work."""

    wish: Wish
    error: dict[str, Any] | None
    peak_memory_bytes: int
    exit_status: int


@dataclass
class Child:
    """A running child and what is known of it."""

    process: subprocess.Popen[bytes]
    log: Log
    curve: Curve | None = None
    report: Report = field(default_factory=Report)
    peak_memory_bytes: int = 0
    began: float = field(default_factory=time.monotonic)


def supervise(
    command: Sequence[str],
    log: Log,
    environment: Mapping[str, str],
    limits: Limits,
    tick: Callable[[Report], Wish],
    curve: Curve | None = None,
) -> Ending:
    """Run a command to its end, or end it: cancelled, over time, over memory.

    Args:
        command: program and arguments; its stdout is JSON lines, its stderr the log.
        tick: called several times a second with the latest report; answers what to do.
        curve: takes the points of a training curve.
    """
    child = Child(_start(command, log, environment), log, curve)
    readers = [Thread(target=f, args=(child,), daemon=True) for f in (_read_reports, _read_log)]
    for reader in readers:
        reader.start()
    try:
        wish, broken = _watch(child, limits, tick)
        if wish is not Wish.GO_ON or broken:
            _stop(child, min(limits.grace_s, HAND_BACK_GRACE_S) if wish is Wish.HAND_BACK else limits.grace_s)
    finally:
        signal_group(child.process.pid, signal.SIGKILL)  # grandchildren that outlived their parent, or all of them
        status = child.process.wait()
        for reader in readers:
            reader.join(timeout=5)
    error = broken or _reason(status, child)
    return Ending(wish, error, child.peak_memory_bytes, status)


def _start(command: Sequence[str], log: Log, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=child_environment(**environment),
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
    )
    log.note(f"process {process.pid} started")
    return process


def _watch(child: Child, limits: Limits, tick: Callable[[Report], Wish]) -> tuple[Wish, dict[str, Any] | None]:
    """Wait for the end of the child or a reason to end it; return the wish and the broken limit, if any."""
    while True:
        try:
            child.process.wait(TICK_S)
            return Wish.GO_ON, None
        except subprocess.TimeoutExpired:
            pass
        broken = _broken_limit(child, limits)
        if broken:
            return Wish.GO_ON, broken
        wish = tick(child.report)
        if wish is not Wish.GO_ON:
            return wish, None


def _broken_limit(child: Child, limits: Limits) -> dict[str, Any] | None:
    memory_bytes = tree_memory_bytes(child.process.pid)
    child.peak_memory_bytes = max(child.peak_memory_bytes, memory_bytes)
    if memory_bytes > limits.memory_bytes:
        return failure(
            "out_of_memory",
            f"The job used {_gib(memory_bytes)} of memory; it may use {_gib(limits.memory_bytes)}.",
            "Choose a smaller area or a coarser resolution, or ask the administrator to raise JOB_MEMORY_BYTES.",
        )
    if time.monotonic() - child.began > limits.wall_clock_s:
        return failure(
            "timeout",
            f"The job ran longer than its limit of {duration(limits.wall_clock_s)} (stage: {child.report.stage}).",
            "Choose a smaller area, or run it again with a longer limit (timeout_s).",
        )
    return None


def _stop(child: Child, grace_s: float) -> None:
    """Ask the group to end, and after the grace make it."""
    child.log.note("stopping")
    signal_group(child.process.pid, signal.SIGTERM)
    try:
        child.process.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.log.note(f"still there after {grace_s:g} s: killed")
        signal_group(child.process.pid, signal.SIGKILL)


def _read_reports(child: Child) -> None:
    """Take the JSON lines of stdout; anything else belongs to the log."""
    with child.process.stdout as stream:  # type: ignore[union-attr]
        while line := stream.readline(MAX_LINE_BYTES):
            _take_line(child, line)


def _take_line(child: Child, line: bytes) -> None:
    try:
        event = json.loads(line)
        _take_event(child, event["event"], event)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        child.log.write(line)


def _take_event(child: Child, kind: str, event: Mapping[str, Any]) -> None:
    if kind == "progress":
        _take_progress(child, event)
    elif kind == "curve" and child.curve:
        child.curve.take(event["point"])
        child.report.points = child.curve.points
    elif kind == "error":
        child.report.error = {k: event.get(k) for k in ("code", "message", "hint", "fields")}


def _take_progress(child: Child, event: Mapping[str, Any]) -> None:
    stage = str(event.get("stage", ""))
    if stage != child.report.stage:
        child.log.note(f"{float(event['fraction']):4.0%} {stage}")
    child.report.stage = stage
    child.report.fraction = min(max(float(event["fraction"]), 0.0), 1.0)
    child.report.eta_s = event.get("eta_s")


def _read_log(child: Child) -> None:
    with child.process.stderr as stream:  # type: ignore[union-attr]
        while piece := stream.read1(1 << 16):  # type: ignore[union-attr]
            child.log.write(piece)


def _reason(status: int, child: Child) -> dict[str, Any] | None:
    """Say in plain words why a child that was left alone ended; None where all is well."""
    if status == 0:
        return None
    if child.report.error:
        return child.report.error
    if status == -signal.SIGKILL:
        return failure(
            "killed",
            f"The job was killed from outside while it used {_gib(child.peak_memory_bytes)} of memory, "
            "most likely because the machine ran out of memory.",
            "Choose a smaller area or a coarser resolution, or run it when the machine is less busy.",
        )
    if status < 0:
        return failure(
            "crashed",
            f"The service crashed ({signal.Signals(-status).name}) in stage {child.report.stage!r}.",
            "This is a fault of the service or of an input file; the log holds its last words.",
        )
    return failure(
        "service_error", f"The service ended with status {status} and gave no reason.", "The log holds its last words."
    )


def failure(code: str, message: str, hint: str) -> dict[str, Any]:
    """Return an error in the shape that jobs keep."""
    return {"code": code, "message": message, "hint": hint, "fields": []}


def duration(seconds: float) -> str:
    """Return seconds as people say them: `4 h`, `1 h 30 min`, `90 s`."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 2 or rest:
        return f"{seconds:g} s"
    hours, minutes = divmod(minutes, 60)
    return " ".join(p for p in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if p)


def _gib(size_bytes: float) -> str:
    return f"{size_bytes / (1 << 30):.2f} GiB"
