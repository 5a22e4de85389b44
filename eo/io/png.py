"""PNG as fast as a map needs it: no filter search, igzip's first level (W3C PNG Specification, third edition)."""

import struct
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

Colour = Sequence[int]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _PALETTE, _RGBA = 2, 3, 6
_NO_FILTER, _UP = 0, 2


def colour_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return the PNG of (rows, columns, 3 or 4) red, green, blue and, where there is one, opacity."""
    rows, columns, channels = pixels.shape
    lines = np.empty((rows, columns * channels + 1), np.uint8)
    flat = pixels.reshape(rows, -1)
    lines[:, 0] = _UP
    lines[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=lines[1:, 1:])
    return _file(rows, columns, _RGB if channels == 3 else _RGBA, lines)


def palette_png(indices: NDArray[np.uint8], palette: Sequence[Colour]) -> bytes:
    """Return the PNG of (rows, columns) indices into up to 256 colours of red, green, blue, opacity."""
    rows, columns = indices.shape
    lines = np.empty((rows, columns + 1), np.uint8)
    lines[:, 0] = _NO_FILTER
    lines[:, 1:] = indices
    table = np.asarray(palette, np.uint8)
    chunks = _chunk(b"PLTE", table[:, :3].tobytes()) + _chunk(b"tRNS", table[:, 3].tobytes())
    return _file(rows, columns, _PALETTE, lines, chunks)


def _file(rows: int, columns: int, kind: int, lines: NDArray[np.uint8], chunks: bytes = b"") -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, kind, 0, 0, 0))
    data = _chunk(b"IDAT", isal_zlib.compress(lines, 1))
    return _SIGNATURE + header + chunks + data + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc32(content, crc32(name)))
