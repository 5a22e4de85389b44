"""Which Debian packages are missing, and what is said about them."""

import pytest

from scripts import system_packages
from scripts.stops import Stop


def touch(root, path):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).touch()


def test_a_bare_machine_lacks_all(tmp_path):
    wanted = system_packages.needed(database=True, browser=True)
    expected = ["postgresql", "postgresql-postgis", "gdal-bin", "osm2pgsql", "chromium"]
    assert system_packages.missing(wanted, tmp_path) == expected


def test_what_is_there_is_not_asked_for(tmp_path):
    touch(tmp_path, "usr/lib/postgresql/15/bin/initdb")
    touch(tmp_path, "usr/lib/x86_64-linux-gnu/libgdal.so.32")
    wanted = system_packages.needed(database=True, browser=False)
    assert system_packages.missing(wanted, tmp_path) == ["postgresql-postgis", "osm2pgsql"]


def test_a_given_database_needs_no_server(tmp_path):
    wanted = system_packages.needed(database=False, browser=False)
    assert [package.name for package in wanted] == ["gdal-bin", "osm2pgsql"]


def test_a_python_without_ensurepip_needs_its_package(tmp_path, monkeypatch):
    monkeypatch.setattr(system_packages.importlib.util, "find_spec", lambda name: None)
    assert system_packages.missing((), tmp_path) == ["python3-venv"]


def test_without_rights_the_line_to_type_is_told(monkeypatch):
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system_packages.shutil, "which", lambda name: None if name == "sudo" else f"/usr/bin/{name}")
    with pytest.raises(Stop, match="sudo apt-get install --no-install-recommends -y gdal-bin chromium\n"):
        system_packages.install(["gdal-bin", "chromium"])


def test_without_apt_the_names_are_told(monkeypatch):
    monkeypatch.setattr(system_packages.shutil, "which", lambda name: None)
    with pytest.raises(Stop, match="These are missing: gdal-bin"):
        system_packages.install(["gdal-bin"])


def test_nothing_missing_starts_nothing(monkeypatch):
    monkeypatch.setattr(system_packages.subprocess, "run", lambda *a, **k: pytest.fail("started something"))
    system_packages.install([])
