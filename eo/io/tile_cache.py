"""Decoded tiles of source images, shared by all threads: each is decoded once, whoever asks first.

JPEG 2000 tiles are dear to decode and blocks of an output grid seldom fall on them, so blocks share them here.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import DatasetReader
from rasterio.windows import Window

from eo.io.images import open_image, unreadable

CACHE_BYTES = 512 << 20
OPEN_FILES_PER_THREAD = 48
# GDAL would keep every tile a second time, in up to 5 % of the machine's memory; it reads this at its first image.
os.environ.setdefault("GDAL_CACHEMAX", "128")

TileKey = tuple[str, int, int, int]


class TileCache:
    """Keeps the tiles used last, up to a number of bytes."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._tiles: OrderedDict[TileKey, Future[NDArray[Any]]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self.decoded = 0

    def get(self, key: TileKey, decode: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return a tile; the first thread to ask decodes it, the others wait for that."""
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
            else:
                mine: Future[NDArray[Any]] = Future()
                self._tiles[key] = mine
        if found is not None:
            return found.result()
        try:
            tile = decode()
        except BaseException as error:
            with self._lock:
                self._tiles.pop(key, None)
            mine.set_exception(error)
            raise
        mine.set_result(tile)
        self._account(tile.nbytes)
        return tile

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._tiles.clear()
            self._bytes = self.decoded = 0

    def _account(self, new_bytes: int) -> None:
        with self._lock:
            self.decoded += 1
            self._bytes += new_bytes
            for key in list(self._tiles):
                if self._bytes <= self._limit_bytes:
                    break
                if self._tiles[key].done():
                    self._bytes -= self._tiles.pop(key).result().nbytes


TILES = TileCache()
_local = threading.local()


def opened(path: str) -> DatasetReader:
    """Return this thread's own handle on a file: GDAL's datasets must not be shared.

    Raises:
        InvalidProduct: it cannot be opened.
    """
    handles: OrderedDict[str, DatasetReader] = _local.__dict__.setdefault("handles", OrderedDict())
    if path in handles:
        handles.move_to_end(path)
        return handles[path]
    handles[path] = open_image(path)
    while len(handles) > OPEN_FILES_PER_THREAD:
        handles.popitem(last=False)[1].close()
    return handles[path]


@dataclass(frozen=True)
class Layout:
    """How a band lies in its file: size and size of its tiles (rows, columns), type."""

    height: int
    width: int
    block: tuple[int, int]
    dtype: str


@lru_cache(maxsize=8192)
def layout_of(path: str, index: int) -> Layout:
    """Return how a band lies in its file; a series has more files than are kept open.

    Raises:
        InvalidProduct: it cannot be opened.
    """
    source = opened(path)
    return Layout(source.height, source.width, source.block_shapes[index - 1], source.dtypes[index - 1])


def read_window(path: str, index: int, window: Window, fill: float, cache: TileCache = TILES) -> NDArray[Any]:
    """Return a window of one band; what lies beyond the image is `fill`.

    Raises:
        InvalidProduct: the file cannot be opened or decoded.
    """
    layout = layout_of(path, index)
    rows, columns = layout.block
    values = np.full((int(window.height), int(window.width)), fill, layout.dtype)
    top, left = max(int(window.row_off), 0), max(int(window.col_off), 0)
    bottom = min(int(window.row_off + window.height), layout.height)
    right = min(int(window.col_off + window.width), layout.width)
    for row in range(top // rows, -(-bottom // rows)):
        for column in range(left // columns, -(-right // columns)):
            tile = _tile(layout, path, index, row, column, cache)
            r0, c0 = row * rows, column * columns
            r1, c1 = max(r0, top), max(c0, left)
            r2, c2 = min(r0 + tile.shape[0], bottom), min(c0 + tile.shape[1], right)
            y, x = r1 - int(window.row_off), c1 - int(window.col_off)
            values[y : y + r2 - r1, x : x + c2 - c1] = tile[r1 - r0 : r2 - r0, c1 - c0 : c2 - c0]
    return values


def _tile(layout: Layout, path: str, index: int, row: int, column: int, cache: TileCache) -> NDArray[Any]:
    rows, columns = layout.block
    window = Window(
        column * columns,
        row * rows,
        min(columns, layout.width - column * columns),
        min(rows, layout.height - row * rows),
    )

    def decode() -> NDArray[Any]:
        try:
            values: NDArray[Any] = opened(path).read(index, window=window)
        except rasterio.errors.RasterioError as error:
            raise unreadable(path, error) from error
        return values

    return cache.get((path, index, row, column), decode)
