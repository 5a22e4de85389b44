"""Put the parts of a tiled TIFF into the order of a cloud-optimised GeoTIFF, without touching a pixel.

The directories come first, from full resolution to the smallest overview; then the tiles, smallest overview first, row
by row and band by band. GDAL's COG driver would compress everything again; here compressed tiles are only moved.

Sources: TIFF 6.0; BigTIFF (Aware Systems); OGC 21-026 (COG); GDAL's structural metadata (the "ghost area").
"""

import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

_TILE_OFFSETS, _TILE_BYTE_COUNTS = 324, 325
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_UNSIGNED = {1: "B", 3: "H", 4: "I", 16: "Q"}
_LONG, _LONG8 = 4, 16
_SUBFILE_TYPE, _REDUCED = 254, 1
_OF_THE_IMAGE = (33550, 33922, 34264, 34735, 34736, 34737, 42112)  # where it lies, and what GDAL says of it
_CLASSIC_LIMIT_BYTES = 0xF000_0000
_LEADER_BYTES = _TRAILER_BYTES = 4
_STRUCTURE = (
    b"LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n"
    b"BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n "
)
_GHOST = b"GDAL_STRUCTURAL_METADATA_SIZE=%06d bytes\n" % len(_STRUCTURE) + _STRUCTURE


@dataclass
class _Tag:
    code: int
    type: int
    count: int
    value: bytes


@dataclass
class _Directory:
    """One image: its tags, and where its tiles lie in the source (0, 0 for one that was never written)."""

    source: BinaryIO
    tags: dict[int, _Tag]
    offsets: Sequence[int]
    sizes: Sequence[int]


@dataclass(frozen=True)
class _Layout:
    """How wide things are: classic TIFF, or BigTIFF."""

    big: bool

    @property
    def header_bytes(self) -> int:
        return 16 if self.big else 8

    @property
    def pointer(self) -> str:
        return "Q" if self.big else "I"

    @property
    def pointer_bytes(self) -> int:
        return 8 if self.big else 4

    def directory_bytes(self, tags: int) -> int:
        """Return the size of a directory with so many tags, without what lies outside of it."""
        return 8 + 20 * tags + 8 if self.big else 2 + 12 * tags + 4


def arrange_as_cog(sources: Sequence[Path], target: Path) -> None:
    """Write the same images with their parts in order.

    Args:
        sources: little-endian tiled TIFF or BigTIFF: the image, and images that become its overviews; each may hold
            overviews of its own.
    """
    with ExitStack() as stack, target.open("wb") as out:
        directories: list[_Directory] = []
        for source in sources:
            found = list(_read_directories(stack.enter_context(source.open("rb"))))
            directories += map(_as_overview, found) if directories else found
        data_bytes = sum(_placed_bytes(size) for d in directories for size in d.sizes)
        layout = _Layout(big=data_bytes > _CLASSIC_LIMIT_BYTES)
        starts, data_start = _place(directories, layout)
        _number_tiles(directories, data_start, layout)
        out.write(_header(layout, starts[0]))
        out.write(_GHOST)
        for directory, start, following in zip(directories, starts, [*starts[1:], 0], strict=True):
            out.seek(start)
            out.write(_encode(directory, start, following, layout))
        out.seek(data_start)
        for directory in reversed(directories):
            _copy_tiles(out, directory)


def _read_directories(stream: BinaryIO) -> Iterator[_Directory]:
    head = stream.read(16)
    if head[:4] not in (b"II*\0", b"II+\0"):
        raise ValueError("not a little-endian TIFF")
    layout = _Layout(big=head[2] == 43)
    position = struct.unpack_from("<Q", head, 8)[0] if layout.big else struct.unpack_from("<I", head, 4)[0]
    while position:
        tags, position = _read_tags(stream, position, layout)
        yield _Directory(stream, tags, _numbers(tags[_TILE_OFFSETS]), _numbers(tags[_TILE_BYTE_COUNTS]))


def _as_overview(directory: _Directory) -> _Directory:
    """Return the directory as that of a reduced image, which has no place of its own."""
    tags = {code: tag for code, tag in directory.tags.items() if code not in _OF_THE_IMAGE}
    tags[_SUBFILE_TYPE] = _Tag(_SUBFILE_TYPE, _LONG, 1, struct.pack("<I", _REDUCED))
    return replace(directory, tags=tags)


def _read_tags(stream: BinaryIO, position: int, layout: _Layout) -> tuple[dict[int, _Tag], int]:
    stream.seek(position)
    count = struct.unpack("<Q", stream.read(8))[0] if layout.big else struct.unpack("<H", stream.read(2))[0]
    entry = struct.Struct("<HHQ8s" if layout.big else "<HHI4s")
    raw = [entry.unpack(stream.read(entry.size)) for _ in range(count)]
    following = struct.unpack(f"<{layout.pointer}", stream.read(layout.pointer_bytes))[0]
    tags = {}
    for code, kind, number, value in raw:
        size = _TYPE_BYTES[kind] * number
        if size > layout.pointer_bytes:
            stream.seek(struct.unpack(f"<{layout.pointer}", value)[0])
            value = stream.read(size)
        tags[code] = _Tag(code, kind, number, value[:size])
    return tags, following


def _numbers(tag: _Tag) -> Sequence[int]:
    return struct.unpack(f"<{tag.count}{_UNSIGNED[tag.type]}", tag.value)


def _place(directories: Sequence[_Directory], layout: _Layout) -> tuple[list[int], int]:
    """Return where each directory starts, and where the tiles do."""
    for directory in directories:
        _set_offsets(directory, [0] * len(directory.offsets), layout)
    position = _even(layout.header_bytes + len(_GHOST))
    starts = []
    for directory in directories:
        starts.append(position)
        position = _even(position + len(_encode(directory, position, 0, layout)))
    return starts, position


def _number_tiles(directories: Sequence[_Directory], position: int, layout: _Layout) -> None:
    for directory in reversed(directories):
        placed = []
        for size in directory.sizes:
            placed.append(position + _LEADER_BYTES if size else 0)
            position += _placed_bytes(size)
        _set_offsets(directory, placed, layout)


def _set_offsets(directory: _Directory, offsets: Sequence[int], layout: _Layout) -> None:
    kind = _LONG8 if layout.big else _LONG
    value = struct.pack(f"<{len(offsets)}{_UNSIGNED[kind]}", *offsets)
    directory.tags[_TILE_OFFSETS] = _Tag(_TILE_OFFSETS, kind, len(offsets), value)


def _header(layout: _Layout, first: int) -> bytes:
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, first) if layout.big else struct.pack("<2sHI", b"II", 42, first)


def _encode(directory: _Directory, start: int, following: int, layout: _Layout) -> bytes:
    """Return a directory as bytes, long values right behind it."""
    tags = [directory.tags[code] for code in sorted(directory.tags)]
    outside_at = start + layout.directory_bytes(len(tags))
    body, outside = [struct.pack("<Q" if layout.big else "<H", len(tags))], b""
    for tag in tags:
        value = tag.value
        if len(value) > layout.pointer_bytes:
            value = struct.pack(f"<{layout.pointer}", outside_at + len(outside))
            outside += tag.value + b"\0" * (len(tag.value) % 2)
        head = struct.pack("<HHQ" if layout.big else "<HHI", tag.code, tag.type, tag.count)
        body.append(head + value.ljust(layout.pointer_bytes, b"\0"))
    return b"".join(body) + struct.pack(f"<{layout.pointer}", following) + outside


def _copy_tiles(out: BinaryIO, directory: _Directory) -> None:
    """Copy the tiles; each is led by its size and followed by its last four bytes once more, as GDAL wants to see."""
    for offset, size in zip(directory.offsets, directory.sizes, strict=True):
        if not size:
            continue
        directory.source.seek(offset)
        tile = directory.source.read(size)
        if len(tile) != size:
            raise ValueError("the TIFF breaks off")
        out.write(struct.pack("<I", size) + tile + tile[-_TRAILER_BYTES:])


def _placed_bytes(size: int) -> int:
    return _LEADER_BYTES + size + _TRAILER_BYTES if size else 0


def _even(position: int) -> int:
    return position + position % 2
