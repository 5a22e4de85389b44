"""What goes wrong with imports and updates: killed, a full disk, a watched folder; what was served still is."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import osmium
import psycopg
import pytest
from django.conf import settings as django_settings
from osmium.osm.mutable import Node

from apps.osm_vectors import tile_cache
from apps.osm_vectors.database import NEW, OLD, connect, connection_parameters, has, only_one
from apps.osm_vectors.errors import ImportFailed, InvalidExtract
from apps.osm_vectors.imports import import_file
from apps.osm_vectors.models import Dataset, State
from apps.osm_vectors.queries import live_dataset
from apps.osm_vectors.seed import seed
from apps.osm_vectors.tiles import selection_of
from apps.osm_vectors.updates import DONE_FOLDER, REFUSED_FOLDER, watch
from eo.vector.osm_tables import LIVE

pytestmark = pytest.mark.usefixtures("empty")
ROOT = Path(__file__).resolve().parents[3]


def served_rows() -> int:
    with connect() as database:
        row = database.execute(f"SELECT count(*) FROM {LIVE}.buildings_a".encode()).fetchone()
    assert row
    return int(row[0])


def test_an_import_that_is_killed(landscape_osm: Path, shared_data: Path) -> None:
    """Killed without a word, its osm2pgsql too: the old data stay, and the next import clears what it left."""
    first = import_file(landscape_osm)
    rows = served_rows()
    known = connection_parameters()
    address = f"postgis://{known['user']}@/{known['dbname']}?host={known.get('host', '')}"
    environment = {**os.environ, "DATABASE_URL": address, "SECRET_KEY": django_settings.SECRET_KEY}
    extract = shared_data / "osm/liechtenstein-2013-08-03.osm.pbf"
    command = [sys.executable, "manage.py", "osm_import", str(extract), "--force"]
    child = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    with connect() as database:
        until = time.monotonic() + 30
        while not has(database, NEW) and time.monotonic() < until:
            time.sleep(0.02)
        assert has(database, NEW)
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate(timeout=20)
        live = live_dataset()
        assert live and live.pk == first.pk and served_rows() == rows
        assert Dataset.objects.filter(state=State.IMPORTING).count() == 1
        until = time.monotonic() + 20
        while time.monotonic() < until:  # the server notices after a while that nobody is there any more
            try:
                import_file(landscape_osm)
                break
            except Exception:
                time.sleep(0.2)
        assert not has(database, NEW) and not has(database, OLD)
    assert Dataset.objects.filter(state=State.IMPORTING).count() == 0
    assert served_rows() == rows


@pytest.fixture
def full_tablespace() -> Iterator[str]:
    """A tablespace on a disk of six megabytes."""
    disk = Path(f"/tmp/groundwork-small-{os.getpid()}")
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        disk.rmdir()
        pytest.skip("mounting a small disk needs root")
    name = f"small_{os.getpid()}"
    try:
        with connect() as database:
            row = database.execute("SHOW data_directory").fetchone()
            assert row
            owner = Path(row[0]).stat()
            os.chown(disk, owner.st_uid, owner.st_gid)
            try:
                database.execute(f"CREATE TABLESPACE {name} LOCATION '{disk}'".encode())
            except psycopg.Error as error:
                pytest.skip(f"no tablespace can be made here: {error}")
        yield name
        with connect() as database:
            database.execute(f"DROP TABLESPACE {name}".encode())
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        shutil.rmtree(disk, ignore_errors=True)


def test_a_full_disk(landscape_osm: Path, shared_data: Path, full_tablespace: str) -> None:
    first = import_file(landscape_osm)
    rows = served_rows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGOPTIONS", f"-c default_tablespace={full_tablespace}")
        with pytest.raises(ImportFailed) as error:
            import_file(shared_data / "osm/liechtenstein-2013-08-03.osm.pbf", force=True)
    assert "Make room on the database's disk" in error.value.hint
    live = live_dataset()
    assert live and live.pk == first.pk and served_rows() == rows
    with connect() as database:
        assert not has(database, NEW)


def test_an_extract_beyond_the_earth(tmp_path: Path) -> None:
    """No position lies beyond ±180, ±90."""
    path = tmp_path / "beyond.osm"
    node = '<node id="1" version="1" lat="97.5" lon="250.0"><tag k="power" v="tower"/></node>'
    path.write_text(f'<osm version="0.6">{node}</osm>')
    with pytest.raises(InvalidExtract, match="is no file of OpenStreetMap"):
        import_file(path)
    assert live_dataset() is None


def test_a_watched_folder(landscape_osm: Path, tmp_path: Path) -> None:
    """Files are taken in the order of their names; one that cannot be taken is put aside with the reason."""
    dataset = import_file(landscape_osm, updatable=True)
    assert dataset.data_timestamp
    later = dataset.data_timestamp + timedelta(days=1)
    folder = tmp_path / "changes"
    folder.mkdir()
    (folder / "001.osc").write_text("<osmChange><modify><node id='1'")
    with osmium.SimpleWriter(str(folder / "002.osc.gz")) as writer:
        writer.add(Node(id=10**9, version=1, timestamp=later, location=(13.1, 43.7), tags={"power": "tower"}))
    (folder / "notes.txt").write_text("not a change file")
    told: list[str] = []
    update = next(watch(folder, every_s=0.1, tell=told.append))
    assert update.objects == 1
    assert {p.name for p in (folder / REFUSED_FOLDER).iterdir()} == {"001.osc", "001.txt"}
    assert "is no file of OpenStreetMap" in (folder / REFUSED_FOLDER / "001.txt").read_text()
    threading.Event().wait(0.01)
    assert (folder / "notes.txt").exists()
    assert not (folder / DONE_FOLDER / "notes.txt").exists()
    with connect() as database:
        row = database.execute(f"SELECT fid, class FROM {LIVE}.power_p WHERE osm_id = 1000000000".encode()).fetchone()
        assert row == ("N1000000000", "tower")
        about = database.execute(f"SELECT data_timestamp, data_version FROM {LIVE}.about".encode()).fetchone()
    assert about == (later, f"{dataset.pk}.1")


def test_a_watched_folder_waits(landscape_osm: Path, tmp_path: Path) -> None:
    """For a file that is still being written, and for an import that is at work."""
    dataset = import_file(landscape_osm, updatable=True)
    assert dataset.data_timestamp
    later = dataset.data_timestamp + timedelta(days=1)
    whole = tmp_path / "whole.osc"
    with osmium.SimpleWriter(str(whole)) as writer:
        writer.add(Node(id=10**9, version=1, timestamp=later, location=(13.1, 43.7), tags={"power": "tower"}))
    folder = tmp_path / "changes"
    folder.mkdir()
    growing = folder / "001.osc"
    growing.write_bytes(whole.read_bytes()[:100])
    told: list[str] = []
    busy = only_one()
    busy.__enter__()

    def settle() -> None:
        growing.write_bytes(whole.read_bytes())
        threading.Event().wait(1.0)
        busy.__exit__(None, None, None)

    hand = threading.Timer(0.1, settle)
    hand.start()
    update = next(watch(folder, every_s=0.3, tell=told.append))
    hand.join()
    assert update.objects == 1
    assert "Another import or update is at work." in told
    assert not (folder / REFUSED_FOLDER).exists()
    assert (folder / DONE_FOLDER / "001.osc").exists()


def test_low_zooms_are_seeded(landscape_osm: Path) -> None:
    """Every tile over the data is there to zoom 10, and another import takes them away."""
    dataset = import_file(landscape_osm)
    selection = selection_of("", "")
    steps = list(seed(dataset, selection, 10))
    assert steps[-1][0] == steps[-1][1] == len(steps) >= 11
    kept = list(tile_cache.folder(dataset.tiles_version).rglob("*.mvt.gz"))
    assert {int(p.parent.parent.name) for p in kept} == set(range(11))
    assert len(kept) == len(steps)
    other = import_file(landscape_osm)
    assert not tile_cache.folder(dataset.tiles_version).exists()
    assert other.tiles_version != dataset.tiles_version
