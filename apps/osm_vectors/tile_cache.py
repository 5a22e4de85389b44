"""Tiles on disk, compressed, by version of data and rules; an update keeps those that it did not touch."""

import math
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings

WORLD_M = 20_037_508.342789244  # half the side of EPSG:3857
BUFFER = 0.05  # of a tile: what is drawn reaches a little beyond it
Box = Sequence[float]


def folder(version: str) -> Path:
    """Return where the tiles of a version lie."""
    return Path(settings.CACHE_ROOT) / "osm_tiles" / version


def path_of(version: str, selection: str, z: int, x: int, y: int) -> Path:
    """Return the file of a tile; `selection` names layers and classes."""
    return folder(version) / selection / str(z) / str(x) / f"{y}.mvt.gz"


def store(path: Path, content: bytes) -> None:
    """Keep a compressed tile; whoever reads sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{id(content)}")
    partial.write_bytes(content)
    partial.replace(path)


def carry_over(before: str, after: str, boxes: Iterable[Box]) -> int:
    """Make the tiles of one version those of the next, without those that boxes (EPSG:3857) touch; return how many."""
    old, new = folder(before), folder(after)
    if not old.exists():
        return 0
    shutil.rmtree(new, ignore_errors=True)
    touched = list(boxes)
    old.rename(new)
    dropped = 0
    for zoom in new.glob("*/*"):
        tiles = tiles_touched(int(zoom.name), touched)
        for path in zoom.glob("*/*.mvt.gz"):
            if (int(path.parent.name), int(path.name.partition(".")[0])) in tiles:
                path.unlink()
                dropped += 1
    return dropped


def tiles_touched(z: int, boxes: Iterable[Box]) -> set[tuple[int, int]]:
    """Return columns and rows of the tiles of a zoom that boxes touch, or come close to."""
    side = 2 * WORLD_M / 2**z
    last = 2**z - 1
    found: set[tuple[int, int]] = set()
    for west, south, east, north in boxes:
        left, right = (math.floor((x + WORLD_M) / side + d) for x, d in ((west, -BUFFER), (east, BUFFER)))
        top, bottom = (math.floor((WORLD_M - y) / side + d) for y, d in ((north, -BUFFER), (south, BUFFER)))
        for x in range(max(left, 0), min(right, last) + 1):
            found.update((x, y) for y in range(max(top, 0), min(bottom, last) + 1))
    return found


def forget_others(version: str) -> None:
    """Delete the tiles of every version but one."""
    root = folder(version).parent
    for path in root.iterdir() if root.exists() else ():
        if path.name != version:
            shutil.rmtree(path, ignore_errors=True)
