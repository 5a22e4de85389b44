"""Processes of the operating system."""

import os
import subprocess
import sys

import psutil
import pytest

from apps.jobs.limits import memory_limit_bytes, threads
from apps.jobs.processes import child_environment, signal_group, tree_memory_bytes


def test_a_child_learns_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "SECRET_KEY_FILE", "DATABASE_URL", "HARMLESS"):
        monkeypatch.setenv(name, "x")
    environment = child_environment(MORE="y")
    assert {"SECRET_KEY", "SECRET_KEY_FILE", "DATABASE_URL"}.isdisjoint(environment)
    assert (environment["HARMLESS"], environment["MORE"]) == ("x", "y")


def test_memory_is_that_of_the_whole_tree() -> None:
    child = subprocess.Popen([sys.executable, "-c", "held = b'x' * (100 << 20); print(1, flush=True); input()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert child.stdout.readline() == b"1\n"
    own = psutil.Process().memory_info().rss
    assert tree_memory_bytes(os.getpid()) > own + (90 << 20)
    child.communicate(b"\n")
    assert tree_memory_bytes(child.pid) == 0


def test_a_group_that_is_gone_is_no_error() -> None:
    child = subprocess.Popen(["true"], start_new_session=True)
    child.wait()
    assert signal_group(child.pid, 9) is False


def test_jobs_at_once_share_the_machine(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDWORK_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    settings.JOB_MEMORY_BYTES, settings.JOBS_AT_ONCE = 0, 4
    assert threads() == 2
    assert memory_limit_bytes() == int(psutil.virtual_memory().total * 0.8 / 4)
    settings.JOB_MEMORY_BYTES = 123
    assert memory_limit_bytes() == 123
