"""An extract of the size of a country, made of shifted copies of the real ones, and changes to it. Made once, kept."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import osmium
from osmium.osm.mutable import Node, Relation, Way

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data" / "osm"
FOLDER = ROOT / "var" / "benchmarks" / "osm"
SOURCES = {"liechtenstein-2013-08-03.osm.pbf": 9.4, "krems.osm.gz": 15.5, "Helsinki.osm.pbf": 24.9}
"""Files, and the longitude that each begins at."""
COPIES = 66
NUMBERS_APART = 20_000_000_000
DEGREES_APART = 0.6
FIRST_NUMBERS = (9_000_000_000, 900_000_000, 15_000_000)
"""Of nodes, ways and relations."""
WEST = -140.0
CHANGED = datetime(2026, 1, 1, tzinfo=UTC)


def made_extract() -> Path:
    """Return the extract: 66 copies of three places, some 0.9 million rows, with numbers as large as the real ones.

    Numbers that are further apart than in any real extract would make osm2pgsql three times slower: its memory of
    where nodes are is made for those that come close together.
    """
    path = FOLDER / "country.osm.pbf"
    if not path.exists():
        if not shutil.which("osmium"):
            raise SystemExit("The extract of the benchmark is numbered anew by osmium: apt-get install osmium-tool.")
        FOLDER.mkdir(parents=True, exist_ok=True)
        copies, partial = path.with_name("copies.osm.pbf"), path.with_name("partial.osm.pbf")
        copies.unlink(missing_ok=True)
        _write_copies(copies)
        _renumber(copies, partial)
        copies.unlink()
        partial.replace(path)
    return path


def _renumber(copies: Path, partial: Path) -> None:
    """Give every object a number close to the next, by osmium-tool."""
    start = ",".join(map(str, FIRST_NUMBERS))
    options = ["--overwrite", "--output", str(partial), f"--start-id={start}"]
    subprocess.run(["osmium", "renumber", *options, str(copies)], check=True)


def _write_copies(path: Path) -> None:
    """Nodes of all copies first, then ways, then relations, each in the order of their numbers."""
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2025-12-31T00:00:00Z")
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for kind in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
            for copy in range(COPIES):
                for place, (name, west) in enumerate(SOURCES.items()):
                    offset = copy * len(SOURCES) + place
                    for entry in osmium.FileProcessor(str(SHARED / name), kind):
                        writer.add(_shifted(entry, offset, west))


def _shifted(entry: Any, offset: int, west: float) -> Any:
    number = offset * NUMBERS_APART + entry.id
    if entry.is_node():
        x, y = entry.location.lon, entry.location.lat
        return Node(entry, id=number, location=(WEST + offset * DEGREES_APART + x - west, y))
    if entry.is_way():
        return Way(entry, id=number, nodes=[offset * NUMBERS_APART + node.ref for node in entry.nodes])
    members = [(m.type, offset * NUMBERS_APART + m.ref, m.role) for m in entry.members]
    return Relation(entry, id=number, members=members)


def made_changes(extract: Path) -> Path:
    """Return a change file: 1,000 nodes moved, 500 ways new, 2,000 changed, 500 deleted."""
    path = FOLDER / "country-changes.osc.gz"
    if not path.exists():
        nodes, ways = _some(extract)
        with osmium.SimpleWriter(str(path)) as writer:
            for entry in sorted(_changes(nodes, ways), key=lambda e: (isinstance(e, Way), e.id)):
                writer.add(entry)
    return path


def _some(extract: Path) -> tuple[list[Any], list[Any]]:
    """Return 1,000 nodes of ways and 3,000 ways with tags, spread over the extract."""
    ways = []
    for number, way in enumerate(osmium.FileProcessor(str(extract), osmium.osm.WAY)):
        if number % 280 == 0 and len(way.tags) and len(way.nodes) > 1:
            ways.append(Way(way, tags=dict(way.tags), nodes=[n.ref for n in way.nodes]))
    wanted = {way.nodes[0] for way in ways[-1000:]}
    nodes = [
        Node(node, tags=dict(node.tags), location=(node.location.lon, node.location.lat))
        for node in osmium.FileProcessor(str(extract), osmium.osm.NODE)
        if node.id in wanted
    ]
    return nodes, ways


def _changes(nodes: list[Any], ways: list[Any]) -> Iterator[Any]:
    for node in nodes[:1000]:
        x, y = node.location
        yield Node(id=node.id, version=90, timestamp=CHANGED, tags=node.tags, location=(x + 1e-5, y))
    for way in ways[:2000]:
        tags = {**way.tags, "landuse": "military"}
        yield Way(id=way.id, version=90, timestamp=CHANGED, tags=tags, nodes=way.nodes)
    for way in ways[2000:2500]:
        yield Way(id=way.id, version=90, timestamp=CHANGED, visible=False)
    for number, way in enumerate(ways[2500:3000]):
        tags = {"highway": "track", "name": f"New {number}"}
        yield Way(id=FIRST_NUMBERS[1] * 2 + number, version=1, timestamp=CHANGED, tags=tags, nodes=way.nodes)
