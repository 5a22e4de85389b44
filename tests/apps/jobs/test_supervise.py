"""The child process of a job: real ones, that work and fail in every way."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from apps.jobs.log import CUT, MAX_BYTES
from apps.jobs.supervise import Limits, Wish, duration


def test_it_works(run_child, tmp_path: Path) -> None:
    reports = []

    def tick(report):
        reports.append(report.fraction)
        return Wish.GO_ON

    ending = run_child(tick, behaviour="sleep", seconds=0.6)
    assert (ending.wish, ending.error, ending.exit_status) == (Wish.GO_ON, None, 0)
    assert {p.name for p in (tmp_path / "output").iterdir()} >= {"values.tif", "item.json", "provenance.json"}
    assert 0.25 in reports
    assert ending.peak_memory_bytes > 20 << 20
    log = (tmp_path / "log.txt").read_text()
    assert " started\n" in log and " 25% sleep\n" in log and "100% done\n" in log


def test_it_says_why_in_the_words_of_the_service(run_child, tmp_path: Path) -> None:
    ending = run_child(behaviour="bad_input")
    assert ending.error == {
        "code": "bad_input",
        "message": "The scene is empty.",
        "hint": "Choose another.",
        "fields": [],
    }
    assert ending.exit_status == 3
    assert not (tmp_path / "output").exists()
    assert "The scene is empty. Choose another." in (tmp_path / "log.txt").read_text()


def test_no_space_left_is_named(run_child, tmp_path: Path) -> None:
    ending = run_child(behaviour="full")
    assert ending.error["code"] == "disk_full"
    assert ending.error["message"] == f"The disk under {tmp_path / 'output'} is full; nothing was published."


def test_a_really_full_disk_is_named_and_nothing_is_left(run_child, small_disk: Path) -> None:
    ending = run_child(behaviour="real_full", output=small_disk / "output")
    assert ending.error["code"] == "disk_full"
    assert ending.error["hint"] == "Free some space or choose a smaller area, then run it again."
    assert list(small_disk.iterdir()) == []


def test_a_crash_is_named(run_child) -> None:
    ending = run_child(behaviour="segfault")
    assert ending.error["code"] == "crashed"
    assert ending.error["message"] == "The service crashed (SIGSEGV) in stage 'segfault'."


def test_a_silent_end_is_named(run_child) -> None:
    ending = run_child(behaviour="silent")
    assert ending.error["message"] == "The service ended with status 9 and gave no reason."


def test_too_much_memory_ends_it(run_child) -> None:
    ending = run_child(limits=Limits(60, 300 << 20, 0.3), behaviour="memory")
    assert ending.error["code"] == "out_of_memory"
    assert ending.error["message"].endswith("of memory; it may use 0.29 GiB.")
    assert ending.peak_memory_bytes > 300 << 20


def test_a_kill_from_outside_is_told_from_a_crash(run_child) -> None:
    def tick(report):
        if report.fraction:
            max(psutil.Process().children(), key=psutil.Process.create_time).kill()  # the newest: others may run beside
        return Wish.GO_ON

    ending = run_child(tick, behaviour="sleep", seconds=30)
    assert ending.error["code"] == "killed"
    assert "most likely because the machine ran out of memory" in ending.error["message"]


def test_the_time_limit_ends_it(run_child) -> None:
    began = time.monotonic()
    ending = run_child(limits=Limits(1.0, 4 << 30, 5), behaviour="sleep", seconds=30)
    assert ending.error["code"] == "timeout"
    assert ending.error["message"].startswith("The job ran longer than its limit of 1 s (stage: s")
    assert time.monotonic() - began < 5


def test_a_child_that_ignores_sigterm_is_killed_after_the_grace(run_child, tmp_path: Path) -> None:
    ending = run_child(lambda report: Wish.CANCEL if report.fraction else Wish.GO_ON, behaviour="deaf", seconds=30)
    assert (ending.wish, ending.exit_status) == (Wish.CANCEL, -signal.SIGKILL)
    assert "still there after 0.3 s: killed" in (tmp_path / "log.txt").read_text()


def test_cancel_lets_the_child_clear_up_and_kills_the_whole_group(run_child, tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def tick(report):
        return Wish.CANCEL if note.exists() and note.read_text() else Wish.GO_ON

    ending = run_child(tick, behaviour="family", seconds=30, note=str(note), limits=Limits(60, 4 << 30, 5))
    assert (ending.wish, ending.exit_status) == (Wish.CANCEL, 7)
    assert not (tmp_path / "output").exists()
    with pytest.raises(ProcessLookupError):
        _wait_until_gone(int(note.read_text()))


def test_the_log_is_bounded_and_keeps_stray_words(run_child, tmp_path: Path) -> None:
    ending = run_child(behaviour="chatty")
    assert ending.error is None
    log = (tmp_path / "log.txt").read_bytes()
    assert MAX_BYTES < len(log) < MAX_BYTES + 2000
    assert log.count(CUT) == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(4 * 3600, "4 h"), (5400, "1 h 30 min"), (90, "90 s"), (300, "5 min"), (60, "60 s"), (0.5, "0.5 s")],
)
def test_durations_read_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def _wait_until_gone(pid: int) -> None:
    for _ in range(20):
        os.kill(pid, 0)
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            raise ProcessLookupError
        time.sleep(0.1)
