"""Orbit files: real ones read, one vector left out and told from the others, wrong ones refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from eo.errors import InvalidOrbit
from eo.io.orbit_file import find_orbit, orbit_file, read_orbit_file, require_orbit
from eo.sar.orbit import fit_orbit

pytestmark = pytest.mark.real_data
START = np.datetime64("2023-08-23T13:00:05", "ns")
STOP = START + np.timedelta64(25, "s")


@pytest.fixture
def orbits(shared_data: Path) -> Path:
    return shared_data / "eof"


def test_vectors_around_an_image(orbits: Path) -> None:
    path = next(orbits.glob("*RESORB*T123139*"))
    vectors = read_orbit_file(path, START, STOP)
    assert len(vectors.time_s) == 23
    assert (vectors.time_s[0], vectors.time_s[-1]) == pytest.approx((-95.96, 124.04), abs=0.01)
    assert np.linalg.norm(vectors.position_m, axis=1) == pytest.approx(np.full(23, 7_070_000), rel=0.01)
    assert np.linalg.norm(vectors.velocity_m_s, axis=1) == pytest.approx(np.full(23, 7590), rel=0.01)


def test_a_vector_left_out_is_told_from_the_others(orbits: Path) -> None:
    vectors = read_orbit_file(next(orbits.glob("*RESORB*T123139*")), START, STOP)
    keep = np.arange(len(vectors.time_s)) != 10
    orbit = fit_orbit(vectors.time_s[keep], vectors.position_m[keep], vectors.velocity_m_s[keep])
    assert orbit.position_m(vectors.time_s[10]) == pytest.approx(vectors.position_m[10], abs=1e-3)
    assert orbit.velocity_m_s(vectors.time_s[10]) == pytest.approx(vectors.velocity_m_s[10], abs=1e-3)


def test_the_best_file_is_found(orbits: Path, tmp_path: Path) -> None:
    found = find_orbit(orbits, "sentinel-1a", START, STOP)
    assert found is not None
    assert (found.kind, found.path.name[25:40]) == ("RESORB", "20230823T162050")
    precise = found.path.name.replace("RESORB", "POEORB")
    shutil.copy(found.path, tmp_path / precise)
    shutil.copy(found.path, tmp_path)
    best = find_orbit(tmp_path, "sentinel-1a", START, STOP)
    assert best is not None and best.kind == "POEORB"
    assert find_orbit(orbits, "sentinel-1b", START, STOP) is None
    assert find_orbit(orbits, "sentinel-1a", START + np.timedelta64(30, "D"), STOP + np.timedelta64(30, "D")) is None


def test_wrong_files_are_refused(orbits: Path, tmp_path: Path) -> None:
    path = next(orbits.glob("*POEORB*"))
    with pytest.raises(InvalidOrbit, match="holds sentinel-1a from 2022-08-27"):
        require_orbit(path, "sentinel-1a", START, STOP)
    with pytest.raises(InvalidOrbit, match=r"orbit\.eof is no Sentinel-1 orbit file"):
        orbit_file(tmp_path / "orbit.eof")
    start = np.datetime64("2022-08-28T04:14:00", "ns")
    broken = tmp_path / path.name
    broken.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(InvalidOrbit, match="is damaged"):
        read_orbit_file(broken, start, start + np.timedelta64(25, "s"))
    with pytest.raises(InvalidOrbit, match="has no state vectors around"):
        read_orbit_file(path, np.datetime64("2022-08-28T22:00:00", "ns"), np.datetime64("2022-08-28T22:01:00", "ns"))
