"""The published layout of TimeSen2Crop, in a zip or a folder: `<tile>/<class>/<number>.csv` and `<tile>/dates.csv`.

Names only say what a file is: nothing is extracted, and no name is opened that was not listed as a plain file.
"""

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.errors import InvalidProduct
from eo.io.zip_index import ZipIndex, open_zip
from eo.kernel import kernel
from eo.timeseries.timesen2crop import CLASSES, is_tile

MOST_BYTES = 256 << 10
"""A sample has some 3 KiB; what is larger than this is none, and is not unpacked."""
_MOSTLY_BYTES = 16 << 10
"""What is asked for first: to set aside the most for each file takes longer than to read it."""
DATES = "dates.csv"
_TILE_WIDTH = 10
_OTHER, _SAMPLE, _DATES, _FOLDER, _UNSAFE = range(5)
LAYOUT = "<tile>/<class 0 to 15>/<number>.csv beside <tile>/dates.csv"


@dataclass(frozen=True)
class Problem:
    """What is wrong, where, and how often."""

    where: str
    what: str
    count: int = 1


@dataclass(frozen=True)
class TileFiles:
    """The files of a tile, in the order of class and number: (samples) class, number, and where to read them."""

    name: str
    labels: NDArray[np.uint8]
    numbers: NDArray[np.int32]
    members: NDArray[np.int64]


class Source(ABC):
    """A set in the published layout. Close it when done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tiles: list[TileFiles] = []
        self.problems: list[Problem] = []

    @abstractmethod
    def dates(self, tile: str) -> bytes | None:
        """Return the dates of a tile as they stand, None where there are none."""

    @abstractmethod
    def read(self, tile: TileFiles, rows: slice) -> list[bytes | None]:
        """Return samples as they stand, None where one cannot be read."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what is open."""

    def files(self) -> int:
        """Return how many samples there are."""
        return sum(len(tile.labels) for tile in self.tiles)


def open_source(path: Path) -> Source:
    """Find the samples in a zip or a folder.

    Raises:
        InvalidProduct: there is no tile in it, or it cannot be opened.
    """
    if not path.exists():
        raise InvalidProduct(f"There is no {path.name}.", hint="Name the zip or the folder of TimeSen2Crop.")
    source: Source = FolderSource(path) if path.is_dir() else ZipSource(path)
    if not source.tiles:
        source.close()
        raise InvalidProduct(f"{path.name} holds no tile of TimeSen2Crop.", hint=f"The layout is {LAYOUT}.")
    return source


class ZipSource(Source):
    """A set in a zip."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._zip: ZipIndex = open_zip(path)
        names, lengths = self._zip.names()
        found = np.zeros((len(names), 3), np.int64)
        tiles = np.zeros((len(names), _TILE_WIDTH), np.uint8)
        _classify(np.frombuffer(self._zip.data, np.uint8), names, lengths, found, tiles)
        name_of = tiles.view(f"S{_TILE_WIDTH}")[:, 0]
        self._dates: dict[str, int] = {}
        for member in np.flatnonzero(found[:, 0] == _DATES):
            self._dates[name_of[member].decode("latin-1")] = int(member)
        self._note(found[:, 0] == _UNSAFE, "a path that leads elsewhere, left out")
        self._note(found[:, 0] == _OTHER, "not in the layout, left out")
        self._gather(found, name_of)

    def _gather(self, found: NDArray[np.int64], name_of: NDArray[Any]) -> None:
        samples = np.flatnonzero(found[:, 0] == _SAMPLE)
        there = {name.decode("latin-1") for name in np.unique(name_of[samples])} | set(self._dates)
        for name in sorted(there):
            mine = samples[name_of[samples] == name.encode("latin-1")]
            if not is_tile(name):
                what = "no tile (an MGRS name as 33UVP, or a year and it as 2019_33UVP), left out"
                self.problems.append(Problem(name, what, len(mine)))
                continue
            known = _known_classes(self, name, found[mine, 1])
            mine = mine[known]
            mine = mine[np.lexsort((found[mine, 2], found[mine, 1]))]
            self.tiles.append(
                TileFiles(name, found[mine, 1].astype(np.uint8), found[mine, 2].astype(np.int32), mine.astype(np.int64))
            )

    def _note(self, which: NDArray[np.bool_], what: str) -> None:
        members = np.flatnonzero(which)
        if len(members):
            where = self._zip.name(int(members[0]))[:120].decode("utf-8", "replace")
            self.problems.append(Problem(where, what, len(members)))

    def dates(self, tile: str) -> bytes | None:
        member = self._dates.get(tile)
        return None if member is None else self._zip.read(member, MOST_BYTES)

    def read(self, tile: TileFiles, rows: slice) -> list[bytes | None]:
        return [self._zip.read(member, MOST_BYTES) for member in tile.members[rows].tolist()]

    def close(self) -> None:
        self._zip.close()


class FolderSource(Source):
    """A set in a folder: the folder of the tiles, or one that holds it alone."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._root = next((p for p in (path, *sorted(path.iterdir())) if _has_tiles(p)), path)
        for entry in sorted(_entries(self._root), key=lambda e: e.name):
            if entry.is_dir(follow_symlinks=False) and is_tile(entry.name):
                self.tiles.append(self._tile(entry.name))
            elif entry.is_dir(follow_symlinks=False):
                self.problems.append(Problem(entry.name, "no tile (an MGRS name as 33UVP), left out"))

    def _tile(self, name: str) -> TileFiles:
        labels, numbers, strange = [], [], 0
        for folder in _entries(self._root / name):
            if not folder.is_dir(follow_symlinks=False):
                strange += folder.name != DATES
                continue
            stems = [e.name[:-4] for e in _entries(folder.path) if e.name.endswith(".csv")]
            if not folder.name.isdecimal() or not folder.name.isascii() or int(folder.name) >= len(CLASSES):
                what = f"no class (0 to {len(CLASSES) - 1}), left out"
                self.problems.append(Problem(f"{name}/{folder.name}", what, len(stems)))
                continue
            good = [int(s) for s in stems if s.isdecimal() and s.isascii() and len(s) < 10 and str(int(s)) == s]
            strange += len(stems) - len(good)
            numbers.append(np.sort(np.array(good, np.int32)))
            labels.append(np.full(len(good), int(folder.name), np.uint8))
        if strange:
            self.problems.append(Problem(name, "not in the layout, left out", strange))
        order = np.argsort([block[0] if len(block) else 0 for block in labels], kind="stable")
        label = np.concatenate([labels[i] for i in order]) if labels else np.zeros(0, np.uint8)
        number = np.concatenate([numbers[i] for i in order]) if labels else np.zeros(0, np.int32)
        return TileFiles(name, label, number, np.zeros(0, np.int64))

    def dates(self, tile: str) -> bytes | None:
        return _read_file(f"{self._root}/{tile}/{DATES}")

    def read(self, tile: TileFiles, rows: slice) -> list[bytes | None]:
        named = zip(tile.labels[rows].tolist(), tile.numbers[rows].tolist(), strict=True)
        return [_read_file(f"{self._root}/{tile.name}/{label}/{number}.csv") for label, number in named]

    def close(self) -> None:
        """Nothing is kept open."""


def _has_tiles(path: Path) -> bool:
    return path.is_dir() and any(is_tile(e.name) and e.is_dir(follow_symlinks=False) for e in _entries(path))


def _entries(path: Path | str) -> list["os.DirEntry[str]"]:
    with os.scandir(path) as entries:
        return list(entries)


def _read_file(path: str) -> bytes | None:
    """Return what a plain file holds; no link is followed, nothing larger than a sample can be is read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        data = os.read(descriptor, _MOSTLY_BYTES)
        if len(data) == _MOSTLY_BYTES:
            data += os.read(descriptor, MOST_BYTES + 1 - len(data))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return data if len(data) <= MOST_BYTES else None


def _known_classes(source: Source, tile: str, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    known = (labels >= 0) & (labels < len(CLASSES))
    for label in np.unique(labels[~known]):
        what = f"no class (0 to {len(CLASSES) - 1}), left out"
        source.problems.append(Problem(f"{tile}/{label}", what, int((labels == label).sum())))
    return known


@kernel
def _classify(data: Any, names: Any, lengths: Any, found: Any, tiles: Any) -> None:
    """Say of each name what it is: kind, class and number; and its tile."""
    slashes = np.empty(3, np.int64)
    for member in range(len(names)):
        start, end = names[member], names[member] + lengths[member]
        count = 0
        unsafe = end > start and (data[start] == 47 or data[start] == 92)
        for at in range(end - 1, start - 1, -1):
            if data[at] == 47 and count < 3 and at < end - 1:
                slashes[count] = at
                count += 1
            if data[at] == 92 or data[at] == 58 or (data[at] == 46 and at + 1 < end and data[at + 1] == 46):
                unsafe = True
        row = found[member]
        if unsafe:
            row[0] = 4
            continue
        if end == start or data[end - 1] == 47:
            row[0] = 3
            continue
        file = slashes[0] + 1 if count > 0 else start
        parent = slashes[1] + 1 if count > 1 else start
        if count > 0 and end - file == 9 and _same(data, file, end):
            if _copy(data, parent, slashes[0], tiles[member]):
                row[0] = 2
            continue
        if not _is_csv(data, end):  # a README, a picture: no sample
            row[0] = 3
            continue
        if count < 2:
            continue
        label = _whole(data, parent, slashes[0])
        number = _whole(data, file, end - 4)
        grand = slashes[2] + 1 if count > 2 else start
        if label >= 0 and number >= 0 and number < 2147483648 and _copy(data, grand, slashes[1], tiles[member]):
            row[0], row[1], row[2] = 1, label, number


@kernel
def _same(data: Any, start: int, end: int) -> bool:
    same = True
    for i, letter in enumerate((100, 97, 116, 101, 115, 46, 99, 115, 118)):  # dates.csv
        same = same and data[start + i] == letter
    return same


@kernel
def _is_csv(data: Any, end: int) -> Any:
    return data[end - 4] == 46 and data[end - 3] == 99 and data[end - 2] == 115 and data[end - 1] == 118


@kernel
def _whole(data: Any, start: int, end: int) -> Any:
    if end <= start or end - start > 10:
        return -1
    value = np.int64(0)
    for at in range(start, end):
        if data[at] < 48 or data[at] > 57:
            return -1
        value = value * 10 + np.int64(data[at]) - 48
    return value


@kernel
def _copy(data: Any, start: int, end: int, goal: Any) -> bool:
    if end <= start or end - start > len(goal):
        return False
    for at in range(start, end):
        goal[at - start] = data[at]
    return True
