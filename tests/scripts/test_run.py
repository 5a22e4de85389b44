"""The pieces of `make run`."""

import socket
import stat

import pytest

from scripts import run
from scripts.secret_key import keep_secret_key
from scripts.stops import Stop
from scripts.timings import Timings
from scripts.virtual_environment import check_python, fingerprint


def test_a_taken_port_is_told_with_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Stop, match=f"Port {port} cannot be used .* make run PORT={port + 123}"):
            run._port(str(port))


@pytest.mark.parametrize("wanted", ["0", "65536", "eight", "-1"])
def test_what_is_no_port_is_refused(wanted):
    with pytest.raises(Stop, match=f"PORT={wanted} is no port"):
        run._port(wanted)


def test_the_key_is_made_once_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    path = tmp_path / "var" / "secret_key"
    keep_secret_key(path)
    first = path.read_text()
    keep_secret_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == first
    assert len(first.strip()) >= 50


def test_a_given_key_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "given")
    keep_secret_key(tmp_path / "secret_key")
    assert not (tmp_path / "secret_key").exists()


def test_the_sums_of_ours_and_packages():
    timings = Timings([("a", 1.0, True), ("b", 30.0, False), ("c", 2.5, True)])
    assert timings.total() == "33.5 s in all: 3.5 s ours, 30.0 s downloading and installing packages"


def test_an_old_python_is_refused():
    with pytest.raises(Stop, match=r"Python 3\.10 is too old, 3\.11 or newer is needed: make run PYTHON=python3\.11"):
        check_python((3, 10))
    check_python((3, 12))


def test_other_pins_are_another_fingerprint(tmp_path):
    pins = tmp_path / "requirements.txt"
    pins.write_text("a==1\n")
    before = fingerprint([pins])
    assert fingerprint([pins]) == before
    pins.write_text("a==2\n")
    assert fingerprint([pins]) != before
