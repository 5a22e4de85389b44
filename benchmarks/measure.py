"""Measure a child process with all its own children: wall-clock time, processor time, peak memory."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

EVERY_S = 0.02


@dataclass(frozen=True)
class Measured:
    """What a command took; `peak_bytes` is the resident memory of the whole process tree at its highest."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def measure(command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Measured:
    """Run a command to its end.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, cwd=cwd)
    sampled = [0]
    stop = threading.Event()
    sampler = threading.Thread(target=_sample, args=(process.pid, sampled, stop))
    sampler.start()
    _, status, usage = os.wait4(process.pid, 0)  # the kernel's own count of this child and those it waited for
    seconds = time.perf_counter() - began
    stop.set()
    sampler.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Measured(seconds, usage.ru_utime + usage.ru_stime, sampled[0])


def _sample(pid: int, highest: list[int], stop: threading.Event) -> None:
    """Add up the tree; `ru_maxrss` won't do, which a child takes over from the process that forked it."""
    try:
        root = psutil.Process(pid)
        while not stop.wait(EVERY_S):
            tree = sum(_resident(p) for p in (root, *root.children(recursive=True)))
            highest[0] = max(highest[0], tree, _high_water(pid))
    except psutil.NoSuchProcess:
        return


def _high_water(pid: int) -> int:
    """Return the peak of one process, which may lie between two samples (`VmHWM`, proc(5))."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
