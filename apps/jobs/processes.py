"""Processes of the operating system: die with the parent, find what belongs to a job, measure, kill."""

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator

import psutil

JOB_VARIABLE = "GROUNDWORK_JOB"
"""In the environment of a job's processes: `<job id>:<attempt>`."""

SECRETS = ("SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "OSM_DATABASE_URL")
"""What a child process has no need to know (nor the `*_FILE` that holds it)."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when the thread that started it ends, however it ends (prctl(2)).

    Args:
        parent: pid of the process that should be the parent; where it is gone already, this one ends at once.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def child_environment(**more: str) -> dict[str, str]:
    """Return this process's environment for a child: without the portal's secrets, with what is given."""
    hidden = {*SECRETS, *(f"{name}_FILE" for name in SECRETS)}
    return {**{k: v for k, v in os.environ.items() if k not in hidden}, **more}


def tree_memory_bytes(pid: int) -> int:
    """Return the resident memory of a process and all its descendants; 0 where it is gone."""
    total = 0
    with contextlib.suppress(psutil.Error):
        leader = psutil.Process(pid)
        for process in [leader, *leader.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return total


def signal_group(group: int, number: signal.Signals) -> bool:
    """Send a signal to every process of a group; return whether there was any."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def job_processes() -> Iterator[tuple[psutil.Process, str, int]]:
    """Yield (process, job id, attempt) for every process of this machine that runs for a job."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ValueError):
            mark = process.environ().get(JOB_VARIABLE, "")
            if mark:
                job_id, attempt = mark.rsplit(":", 1)
                yield process, job_id, int(attempt)
