"""Files of OpenStreetMap (PBF or XML), read by libosmium: what they say, and rows by the rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import osmium
from osmium import osm

from eo.errors import InvalidOsmFile
from eo.vector.osm_match import CLOSED_WAY, NODE, RELATION, WAY, Form, Match, Matcher, attributes
from eo.vector.osm_rules import Rules

ENDINGS = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2", ".pbf")
CHANGE_ENDINGS = (".osc", ".osc.gz", ".osc.bz2")
_SRID_4326 = "E6100000"  # little-endian
_SRID_FLAG = 0x20000000
_ORDER = {"n": 0, "w": 1, "r": 2}


@dataclass(frozen=True)
class OsmRow:
    """One object in one layer: its table, its columns, its geometry as hexadecimal EWKB."""

    table: str
    values: dict[str, Any]
    geometry: str


def stated_timestamp(path: Path) -> datetime | None:
    """Return up to when a file says that it knows OpenStreetMap; None where its header does not tell.

    Raises:
        InvalidOsmFile: it is no file of OpenStreetMap, or holds no object.
    """
    try:
        source = osmium.FileProcessor(str(path))
        stated = source.header.get("osmosis_replication_timestamp", "")
        first = next(iter(source), None)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise _damaged(path, error) from None
    if first is None:
        raise InvalidOsmFile(f"{path.name} holds no object.", hint="Choose a larger extract, or fetch it again.")
    return _moment(stated)


def latest_change(path: Path) -> datetime:
    """Return when the last object of a change file was edited.

    Raises:
        InvalidOsmFile: it is no change file, is damaged, or its objects are not in order.
    """
    latest = datetime.fromtimestamp(0, UTC)
    before = (0, 0, 0)
    try:
        entry: Any
        for entry in osmium.FileProcessor(str(path)):
            place = (_ORDER[entry.type_str()], entry.id, entry.version)
            if place < before:
                raise InvalidOsmFile(
                    f"The objects of {path.name} are not in order.", hint=f"Sort it: osmium sort {path.name} -o OUT."
                )
            before, latest = place, max(latest, entry.timestamp)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise _damaged(path, error) from None
    if latest.year == 1970:
        raise InvalidOsmFile(f"{path.name} holds no dated change.", hint="Fetch it again.")
    return latest


def without_contributors(path: Path, target: Path) -> Path:
    """Copy a file without names and numbers of contributors and their changesets; return the copy.

    Raises:
        InvalidOsmFile: the file is damaged.
    """
    kind = "osc" if path.name.endswith(CHANGE_ENDINGS) else "pbf,pbf_compression=none"
    try:
        with osmium.io.Reader(str(path)) as source:
            form = osmium.io.File(str(target), f"{kind},add_metadata=version+timestamp")
            with osmium.SimpleWriter(form, header=source.header(), overwrite=True) as writer:
                osmium.apply(source, writer)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise _damaged(path, error) from None
    return target


def read_rows(path: Path, rules: Rules) -> Iterator[OsmRow]:
    """Yield every row that the rules make of a file; objects whose nodes are not all there are left out.

    Raises:
        InvalidOsmFile: the file is damaged.
    """
    matcher = Matcher(rules)
    wkb = osmium.geom.WKBFactory()
    untagged = osmium.filter.EmptyTagFilter()
    untagged.enable_for(osm.NODE)
    source: Any = osmium.FileProcessor(str(path)).with_locations().with_areas().with_filter(untagged)
    try:
        for entry in source:
            if entry.is_node():
                yield from _rows(entry, matcher, NODE, "N", entry.id, lambda e=entry: wkb.create_point(e))
            elif entry.is_way():
                form = CLOSED_WAY if entry.is_closed() else WAY
                yield from _rows(entry, matcher, form, "W", entry.id, lambda e=entry: wkb.create_linestring(e), "L")
            elif entry.is_area():
                form, letter = (CLOSED_WAY, "W") if entry.from_way() else (RELATION, "R")
                yield from _rows(
                    entry, matcher, form, letter, entry.orig_id(), lambda e=entry: wkb.create_multipolygon(e), "A"
                )
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise _damaged(path, error) from None


def _rows(
    entry: Any, matcher: Matcher, form: Form, letter: str, number: int, make: Any, only: str = "P"
) -> Iterator[OsmRow]:
    tags = {tag.k: tag.v for tag in entry.tags}
    tags.pop("type", None) if form.is_relation else None
    matches = [match for match in matcher.matches(tags, form) if match.geometry == only]
    if not matches:
        return
    try:
        geometry = _with_srid(make())
    except (RuntimeError, osmium.InvalidLocationError):
        return  # a line of one place, an area that does not close, nodes that are not in the extract
    for match in matches:
        yield OsmRow(match.layer.table(match.geometry), _values(entry, match, tags, letter, number), geometry)


def _values(entry: Any, match: Match, tags: dict[str, str], letter: str, number: int) -> dict[str, Any]:
    edited = entry.timestamp if entry.timestamp.year > 1970 else None
    head = {"osm_type": letter, "osm_id": number, "version": entry.version or None, "osm_ts": edited}
    return {**head, **attributes(match, tags)}


def _with_srid(wkb: str) -> str:
    """Return hexadecimal WKB as EWKB in EPSG:4326."""
    kind = int.from_bytes(bytes.fromhex(wkb[2:10]), "little") | _SRID_FLAG
    return wkb[:2] + kind.to_bytes(4, "little").hex().upper() + _SRID_4326 + wkb[10:]


def _damaged(path: Path, error: Exception) -> InvalidOsmFile:
    return InvalidOsmFile(
        f"{path.name} is no file of OpenStreetMap, or breaks off: {error}.",
        hint=f"Fetch it again; taken are {', '.join(ENDINGS)}.",
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC) if text else None
    except ValueError:
        return None
