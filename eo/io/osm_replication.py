"""Changes of OpenStreetMap from a replication server: what came after a moment, as one change file.

Source: OpenStreetMap wiki, Planet.osm/diffs (state.txt, sequences); pyosmium, osmium.replication.server.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import osmium
import requests
from osmium.replication.server import OsmosisState, ReplicationServer

from eo.errors import InvalidOption, StoreUnavailable

MOST_KB = 200_000
"""Of changes held in memory and brought in at once, unpacked."""


@dataclass(frozen=True)
class Changes:
    """What was fetched.

    Args:
        path: change file with the last version of each object, in order; None where nothing changed.
        until: up to when OpenStreetMap is known with them.
        more: whether the server has later ones.
    """

    path: Path | None
    until: datetime
    more: bool


def changes_since(url: str, since: datetime, path: Path, most_kb: int = MOST_KB) -> Changes | None:
    """Fetch what came after a moment into a change file (.osc.gz); None where the server has nothing newer.

    The file that holds the moment itself may come once more: changes may be brought in twice.

    Raises:
        InvalidOption: the address is none of a web server.
        StoreUnavailable: the server cannot be reached, is none of replication, or no longer has what came then.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise InvalidOption(f"{url!r} is no address of a server.", hint="Name one that begins with https://.")
    with ReplicationServer(url) as server:
        newest = server.get_state_info()
        if newest is None:
            raise StoreUnavailable(
                f"{url} does not answer as a replication server.",
                hint="Name the folder that holds state.txt, and look whether it can be reached from here.",
            )
        if newest.timestamp <= since:
            return None
        return _fetch(server, newest, _first_after(server, newest, since), path, most_kb)


def _first_after(server: ReplicationServer, newest: OsmosisState, since: datetime) -> int:
    """Return the number of the first change file that reaches beyond a moment."""
    before = server.timestamp_to_sequence(since, limit_by_oldest_available=True)
    if before is None:
        raise StoreUnavailable(
            f"{server.baseurl} no longer has what came after {since:%Y-%m-%d %H:%M} UTC.",
            hint="Import a newer file, or name a server that keeps changes for longer.",
        )
    return min(before + 1, newest.sequence)


def _fetch(server: ReplicationServer, newest: OsmosisState, first: int, path: Path, most_kb: int) -> Changes:
    try:
        diffs = server.collect_diffs(first, max_size=most_kb)
    except (requests.RequestException, RuntimeError) as error:
        raise _broken(server, first, error) from None
    state = server.get_state_info(diffs.id) if diffs else None
    if diffs is None or state is None:
        raise _broken(server, first, "it does not come")
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        diffs.reader.apply(writer, simplify=True)
    anything = next(iter(osmium.FileProcessor(str(path))), None) is not None
    return Changes(path if anything else None, state.timestamp, diffs.id < newest.sequence)


def _broken(server: ReplicationServer, number: int, why: object) -> StoreUnavailable:
    return StoreUnavailable(
        f"Change file {number} of {server.baseurl} cannot be had: {why}.", hint="Try again later; nothing was changed."
    )
