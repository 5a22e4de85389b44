"""Updates from a replication server: a real one of files, on this machine."""

import shutil
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import osmium
import pytest
from django.core.management import CommandError, call_command
from osmium.osm.mutable import Node

from apps.osm_vectors.database import connect
from apps.osm_vectors.errors import ImportFailed
from apps.osm_vectors.imports import import_file
from apps.osm_vectors.queries import live_dataset
from apps.osm_vectors.updates import apply_files, apply_replication
from demo.osm import EDITED
from eo.io.osm_replication import changes_since

pytestmark = [
    pytest.mark.usefixtures("empty"),
    pytest.mark.skipif(not shutil.which("osm2pgsql"), reason="osm2pgsql is not here"),
]
DAY = timedelta(days=1)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "replication"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/", folder
        http.shutdown()
        thread.join()


def publish(folder: Path, sequence: int, moment: datetime, *nodes: Node) -> None:
    """Put a change file, and what says of when it is, where a replication server has them."""
    place = folder / "000/000"
    place.mkdir(parents=True, exist_ok=True)
    with osmium.SimpleWriter(str(place / f"{sequence:03}.osc.gz"), overwrite=True) as writer:
        for node in nodes:
            writer.add(node)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}".replace(":", "\\:")
    state = f"#made for a test\nsequenceNumber={sequence}\ntimestamp={stamp}\n"
    (place / f"{sequence:03}.state.txt").write_text(state)
    (folder / "state.txt").write_text(state)


def tower(number: int, moment: datetime) -> Node:
    return Node(id=number, version=1, timestamp=moment, location=(13.1, 43.7), tags={"power": "tower"})


def towers() -> set[int]:
    with connect() as database:
        found = database.execute(b"SELECT osm_id FROM osm.power_p WHERE class = 'tower' AND osm_id >= 1000000")
        return {row[0] for row in found}


def test_what_a_server_has_is_brought_in(landscape_osm: Path, server: tuple[str, Path]) -> None:
    """From the file that follows the data on: not the older, each once, the time of the data that of the server."""
    url, folder = server
    import_file(landscape_osm, updatable=True)
    publish(folder, 1, EDITED - DAY, tower(1_000_001, EDITED - DAY))
    publish(folder, 2, EDITED, tower(1_000_002, EDITED))
    publish(folder, 3, EDITED + DAY, tower(1_000_003, EDITED + DAY / 2))
    publish(folder, 4, EDITED + 2 * DAY, tower(1_000_004, EDITED + 2 * DAY - timedelta(minutes=5)))
    update = apply_replication(url)
    assert towers() - {1_000_002} == {1_000_003, 1_000_004}  # the one of the moment itself may come again
    dataset = live_dataset()
    assert dataset and dataset.data_timestamp == update.timestamp == EDITED + 2 * DAY
    again = apply_replication(url)
    assert (again.objects, again.tiles, again.timestamp) == (0, 0, EDITED + 2 * DAY)
    publish(folder, 5, EDITED + 3 * DAY)  # a day on which nothing changed
    assert apply_replication(url).timestamp == EDITED + 3 * DAY
    publish(folder, 6, EDITED + 4 * DAY, Node(id=1_000_003, version=2, timestamp=EDITED + 4 * DAY, visible=False))
    call_command("osm_update", replication=url)
    assert 1_000_003 not in towers()


def test_a_server_and_files_follow_one_another(landscape_osm: Path, server: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = server
    import_file(landscape_osm, updatable=True)
    for number in range(1, 7):
        publish(folder, number, EDITED + number * DAY, tower(1_000_000 + number, EDITED + number * DAY))
    with osmium.SimpleWriter(str(tmp_path / "three.osc")) as writer:
        writer.add(tower(1_000_009, EDITED + 3 * DAY))
    apply_files([tmp_path / "three.osc"])
    apply_replication(url)
    assert {1_000_004, 1_000_005, 1_000_006, 1_000_009} <= towers()
    assert not {1_000_001, 1_000_002} & towers()


def test_much_comes_in_parts(server: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = server
    for number in range(5):
        moment = EDITED + number * DAY
        publish(folder, number, moment, *(tower(n, moment) for n in range(number * 100, number * 100 + 99)))
    first = changes_since(url, EDITED + DAY, tmp_path / "a.osc.gz", most_kb=1)
    assert first and first.more
    assert first.until < EDITED + 4 * DAY
    every = changes_since(url, EDITED + DAY, tmp_path / "a.osc.gz")
    assert every and not every.more and every.until == EDITED + 4 * DAY


def test_servers_that_cannot_help(landscape_osm: Path, server: tuple[str, Path]) -> None:
    url, folder = server
    import_file(landscape_osm, updatable=True)
    served = live_dataset()
    with pytest.raises(ImportFailed, match="does not answer as a replication server"):
        apply_replication(url)
    with pytest.raises(CommandError, match=r"'ftp://example\.org' is no address of a server"):
        call_command("osm_update", replication="ftp://example.org")
    publish(folder, 7, EDITED + 7 * DAY, tower(1_000_007, EDITED + 7 * DAY))
    publish(folder, 8, EDITED + 8 * DAY, tower(1_000_008, EDITED + 8 * DAY))
    with pytest.raises(ImportFailed, match="no longer has what came after 2025-09-01"):
        apply_replication(url)
    publish(folder, 6, EDITED - DAY)
    publish(folder, 8, EDITED + 8 * DAY)
    (folder / "000/000/007.osc.gz").write_bytes(b"no change file")
    with pytest.raises(ImportFailed, match="cannot be had"):
        apply_replication(url)
    assert live_dataset() == served
    assert towers() == set()
