"""Tiles that were drawn lately, kept in memory up to a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

LIMIT_BYTES = 96 << 20


class TileCache:
    """Forgets what was asked for longest ago."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """Return a tile, None where it is not here."""
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
            return self._tiles.get(key)

    def put(self, key: Hashable, tile: bytes) -> None:
        """Keep a tile."""
        with self._lock:
            self._bytes += len(tile) - len(self._tiles.pop(key, b""))
            self._tiles[key] = tile
            while self._bytes > self._limit_bytes:
                self._bytes -= len(self._tiles.popitem(last=False)[1])
