import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from eo.snap.engine import compute
from eo.snap.errors import EmptyOutput, SnapFailed, SnapNotFound, SnapTimeout
from eo.snap.gpt import Gpt, ask, discover, find_gpt, run
from eo.snap.graph import Graph

ROOT = Path(__file__).resolve().parents[3]


def called(folder: Path) -> list[str]:
    return (folder / "called").read_text().splitlines()


def wait_until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_run_that_works(gpt, graph, limits, tmp_path):
    bands = compute(gpt, graph, tmp_path, limits)
    assert [band.name for band in bands] == ["Sigma0_VV", "Sigma0_VH"]
    assert (tmp_path / "graph.xml").read_text() == graph.to_xml()


def test_arguments(gpt, graph, limits, tmp_path):
    run(gpt, graph, tmp_path, limits)
    assert called(tmp_path)[2:] == ["-e", "-q", "2", "-c", "512M", "-x"]
    run(gpt, graph, tmp_path, replace(limits, memory_bytes=6 << 30))
    assert called(tmp_path)[2:] == ["-J-Xmx6144M", "-e", "-q", "2", "-c", "512M", "-x"]


def test_gpt_stays_in_the_group_of_its_caller(gpt, graph, limits, tmp_path):
    run(gpt, graph, tmp_path, limits)
    assert int(called(tmp_path)[1]) == os.getpgrp()


def test_progress_only_grows(gpt, graph, limits, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_GPT_PAUSE_S", "0.12")
    told: list[float] = []
    run(gpt, graph, tmp_path, limits, told.append)
    assert len(told) >= 3
    assert told == sorted(set(told))
    assert set(told) <= {n / 10 for n in range(1, 10)}  # the 55% of another message is no progress


def test_exit_status_and_the_error_it_told(gpt, graph, limits, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_GPT", "crash")
    with pytest.raises(SnapFailed, match="exit status 1: No valid orbit file found for 01-JAN-2022") as caught:
        run(gpt, graph, tmp_path, limits)
    assert "[NodeId: Apply-Orbit-File]" in caught.value.output_tail
    assert caught.value.code == "snap_failed"


def test_out_of_memory(gpt, graph, limits, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_GPT", "memory")
    with pytest.raises(SnapFailed, match="Java heap space") as caught:
        run(gpt, graph, tmp_path, limits)
    assert "memory" in caught.value.hint


@pytest.mark.parametrize(("behaviour", "hint"), [("SEGV", "last lines"), ("KILL", "memory")])
def test_ended_by_a_signal_behind_the_launcher(gpt, graph, limits, tmp_path, monkeypatch, behaviour, hint):
    monkeypatch.setenv("FAKE_GPT", behaviour)
    with pytest.raises(SnapFailed, match=f"ended by the signal SIG{behaviour}") as caught:
        run(gpt, graph, tmp_path, limits)
    assert hint in caught.value.hint


def test_hang_leaves_nothing_running(gpt, graph, limits, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_GPT", "hang")
    with pytest.raises(SnapTimeout, match="still running after 1 s") as caught:
        run(gpt, graph, tmp_path, replace(limits, timeout_s=1.0))
    assert "....30%" in caught.value.output_tail
    assert wait_until(lambda: not is_alive(int(called(tmp_path)[0])))


def test_whoever_stops_waiting_stops_snap(gpt, graph, limits, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_GPT", "hang")

    def give_up(fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(gpt, graph, tmp_path, limits, give_up)
    assert wait_until(lambda: not is_alive(int(called(tmp_path)[0])))


def test_killing_the_group_leaves_no_child(gpt, tmp_path):
    code = (
        "import sys; from pathlib import Path; from eo.snap.gpt import *; from eo.snap.graph import GraphBuilder\n"
        "folder = Path(sys.argv[1]); b = GraphBuilder('14')\n"
        "b.add('Write', b.add('Read', file='/in.zip'), file=folder / 'out.dim')\n"
        "run(Gpt(folder / 'gpt', '14', '14'), b.build(), folder, Limits(1, 1 << 28, 60.0))\n"
    )
    environment = {**os.environ, "FAKE_GPT": "hang"}
    caller = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        assert wait_until(lambda: (tmp_path / "called").exists() and len(called(tmp_path)) > 2, 15)
        pid, group = map(int, called(tmp_path)[:2])
        assert group == caller.pid
        assert is_alive(pid)
    finally:
        os.killpg(caller.pid, signal.SIGKILL)
        caller.wait()
    assert wait_until(lambda: not is_alive(pid))


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("nothing", "did not write out.dim"),
        ("zeros", "there is no data in Sigma0_VH"),
        ("short", "Of Sigma0_VH, SNAP wrote 4780 bytes instead of 4800"),
        ("none", "Of Sigma0_VH, SNAP wrote 0 bytes instead of 4800"),
    ],
)
def test_success_without_data_is_none(gpt, graph, limits, tmp_path, monkeypatch, behaviour, words):
    monkeypatch.setenv("FAKE_GPT", behaviour)
    with pytest.raises(EmptyOutput, match=words):
        compute(gpt, graph, tmp_path, limits)


def test_an_earlier_output_is_not_taken_for_this_one(gpt, graph, limits, tmp_path, monkeypatch):
    compute(gpt, graph, tmp_path, limits)
    monkeypatch.setenv("FAKE_GPT", "nothing")
    with pytest.raises(EmptyOutput, match="did not write"):
        compute(gpt, graph, tmp_path, limits)


def test_gpt_is_found_where_it_is_named(gpt, tmp_path):
    elsewhere = {"PATH": "/nowhere"}
    assert find_gpt(str(gpt.path), elsewhere) == gpt.path
    assert find_gpt(None, {"SNAP_GPT": str(gpt.path), **elsewhere}) == gpt.path
    assert find_gpt(None, {"PATH": str(tmp_path)}) == gpt.path


def test_a_relative_path_is_made_absolute(gpt, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_gpt("./gpt", {}) == gpt.path


@pytest.mark.parametrize(("given", "words"), [(None, "no gpt on the PATH"), ("/opt/snap/bin/gpt", "/opt/snap/bin/gpt")])
def test_no_snap(given, words):
    with pytest.raises(SnapNotFound, match=words) as caught:
        find_gpt(given, {"PATH": "/nowhere"})
    assert "SNAP_GPT" in caught.value.hint


def test_a_gpt_that_is_gone(gpt, graph, limits, tmp_path):
    with pytest.raises(SnapNotFound, match="cannot be started"):
        run(replace(gpt, path=tmp_path / "gone"), graph, tmp_path, limits)


@pytest.mark.parametrize(("told", "release"), [("13.0.4", "13.0.4"), ("10.0.0", "10.0.0"), ("14.1", "14")])
def test_version(gpt, monkeypatch, told, release):
    monkeypatch.setenv("FAKE_GPT_VERSION", told)
    assert ask(gpt.path) == Gpt(gpt.path, told, release)


@pytest.mark.parametrize(
    ("parameters", "release"),
    [
        ("Read:file,polygonRegion;Coherence:cohWinAz,correctCoherenceBias", "14"),
        ("Read:file,polygonRegion;Coherence:cohWinAz", "13.0.4"),
        ("Read:file;Coherence:cohWinAz", "10.0.0"),
    ],
)
def test_a_version_that_is_not_told_is_guessed_from_the_operators(gpt, monkeypatch, parameters, release):
    monkeypatch.setenv("FAKE_GPT_VERSION", "unknown")
    monkeypatch.setenv("FAKE_GPT_PARAMETERS", parameters)
    assert ask(gpt.path) == Gpt(gpt.path, "", release)


def test_what_is_no_snap_is_refused(gpt, monkeypatch):
    monkeypatch.setenv("FAKE_GPT", "mute")
    with pytest.raises(SnapNotFound, match="neither a version nor its operators"):
        ask(gpt.path)
    monkeypatch.setenv("FAKE_GPT", "work")
    monkeypatch.setenv("FAKE_GPT_VERSION", "8.0")
    with pytest.raises(SnapNotFound, match=r"SNAP 8\.0 is too old"):
        ask(gpt.path)


def test_parameters_of_an_installed_operator(gpt):
    assert discover(gpt.path, "Coherence", "14") == ("cohWinAz", "correctCoherenceBias")
    assert discover(gpt.path, "TOPSAR-Deburst", "14") == ("selectedPolarisations",)  # not told: our table


def test_a_relative_folder(gpt: Gpt, graph: Graph, limits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(gpt, graph, Path(), limits)
    assert (tmp_path / "out.dim").is_file()
