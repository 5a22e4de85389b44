"""No child outlives the supervisor."""

import os
import time

import psutil
import pytest

from scripts.stops import Stop
from scripts.supervisor import supervised, wait_until_up


def test_leaving_stops_every_child(tmp_path):
    procfile = tmp_path / "Procfile"
    procfile.write_text("one: sleep 300\ntwo: sh -c 'sleep 301 & wait'\n")
    with supervised(procfile, 1, dict(os.environ)) as process:
        until = time.monotonic() + 10
        while len(children := psutil.Process(process.pid).children(recursive=True)) < 4 and time.monotonic() < until:
            time.sleep(0.05)
        assert {"sleep"} <= {child.name() for child in children}
    assert process.poll() is not None
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []


def test_leaving_at_once_stops_every_child(tmp_path):
    """The supervisor is told to stop while its processes are only starting."""
    procfile = tmp_path / "Procfile"
    procfile.write_text("".join(f"p{n}: sleep 30{n}\n" for n in range(4)))
    for wait_s in (0.0, 0.2, 0.3, 0.4):
        with supervised(procfile, 1, dict(os.environ)) as process:
            time.sleep(wait_s)
            children = psutil.Process(process.pid).children(recursive=True)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert alive == []


def test_a_process_that_ends_is_told(tmp_path):
    procfile = tmp_path / "Procfile"
    procfile.write_text("web: false\n")
    with (
        supervised(procfile, 1, dict(os.environ)) as process,
        pytest.raises(Stop, match="One of the portal's processes ended"),
    ):
        wait_until_up("http://127.0.0.1:9", process, timeout_s=10)
