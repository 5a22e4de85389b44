"""A vector tile: from the cache, or made and kept."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from isal import igzip

from apps.osm_vectors import tile_cache
from apps.osm_vectors.errors import TileOutOfRange, UnknownLayer
from apps.osm_vectors.models import Dataset
from apps.osm_vectors.queries import age_headers
from apps.osm_vectors.reading import reading
from eo.vector.osm_rules import rules
from eo.vector.osm_tables import LIVE
from eo.vector.osm_tiles import LAST_TILE_ZOOM, layers_at, tile_statement

MVT = "application/vnd.mapbox-vector-tile"
LARGEST_BYTES = 500_000
FRESH_S = 300
_TRUNCATED = "truncated"
_COMPRESSION = 2


@dataclass(frozen=True)
class Tile:
    """An encoded tile, compressed; `truncated` where layers were left out because it would have been too large."""

    content: bytes
    truncated: bool


@dataclass(frozen=True)
class Selection:
    """What a tile shows: layers, and classes where not all."""

    layers: tuple[str, ...]
    classes: tuple[str, ...] | None

    @property
    def key(self) -> str:
        """A short name for it, the same whatever the order."""
        said = repr((sorted(self.layers), sorted(self.classes) if self.classes is not None else None))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def selection_of(layers: str, classes: str) -> Selection:
    """Return what is asked for: names with commas between; nothing stands for all.

    Raises:
        UnknownLayer: a layer or class that does not exist.
    """
    known = rules()
    wanted = tuple(filter(None, layers.split(","))) or tuple(known.by_id)
    check_layers(wanted)
    chosen = tuple(filter(None, classes.split(",")))
    there = {name for layer in wanted for name in known.layer(layer).classes}
    unknown = [name for name in chosen if name not in there]
    if unknown:
        raise UnknownLayer(f"There is no class {unknown[0]!r} in {', '.join(wanted)}.", hint="See GET /api/osm/layers.")
    return Selection(wanted, chosen or None)


def check_layers(names: Sequence[str]) -> None:
    """Refuse a layer that does not exist.

    Raises:
        UnknownLayer: names it, and what there is.
    """
    known = rules().by_id
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownLayer(f"There is no layer {unknown[0]!r}; there are {', '.join(known)}.")


def check_tile(z: int, x: int, y: int) -> None:
    """Refuse a tile that no zoom has.

    Raises:
        TileOutOfRange: says what there is.
    """
    if z > LAST_TILE_ZOOM:
        raise TileOutOfRange(f"Tiles go to zoom {LAST_TILE_ZOOM}; {z} was asked for.", hint="Draw those of 16 larger.")
    if not (0 <= x < 2**z and 0 <= y < 2**z):
        raise TileOutOfRange(f"Zoom {z} has columns and rows 0 to {2**z - 1}; {x}/{y} was asked for.")


def etag_of(dataset: Dataset, selection: Selection) -> str:
    """Return what names the state of a tile: it changes with the data, the rules and what is asked for."""
    return f'"{dataset.tiles_version}-{selection.key}"'


def tile_answer(dataset: Dataset, selection: Selection, z: int, x: int, y: int) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the answer that holds a tile."""
    made = tile(dataset, selection, z, x, y)
    headers = {
        "Content-Type": MVT,
        "Content-Encoding": "gzip",
        "ETag": etag_of(dataset, selection),
        "Cache-Control": f"private, max-age={FRESH_S}",
        **age_headers(dataset),
        **({"X-Truncated": "true"} if made.truncated else {}),
    }
    return headers, made.content


def tile(dataset: Dataset, selection: Selection, z: int, x: int, y: int) -> Tile:
    """Return a tile."""
    path = tile_cache.path_of(dataset.tiles_version, selection.key, z, x, y)
    short = path.with_suffix(f".{_TRUNCATED}")
    for kept in (path, short):
        if kept.exists():
            return Tile(kept.read_bytes(), kept is short)
    made, truncated = make_tile(selection, z, x, y)
    content = igzip.compress(made, _COMPRESSION)
    tile_cache.store(short if truncated else path, content)
    return Tile(content, truncated)


def make_tile(selection: Selection, z: int, x: int, y: int) -> tuple[bytes, bool]:
    """Return a tile as it is encoded, and whether layers had to be left out."""
    layers = layers_at(rules(), selection.layers, z)
    if not layers:
        return b"", False
    statement, parameters = tile_statement(layers, z, LIVE, selection.classes)
    with reading(prepared=True) as cursor:
        cursor.execute(statement, {"z": z, "x": x, "y": y, **parameters})
        parts = [bytes(part or b"") for part in cursor.fetchone() or ()]
    made, truncated = b"", False
    for part in parts:
        if len(made) + len(part) > LARGEST_BYTES:
            truncated = True
        else:
            made += part
    return made, truncated
