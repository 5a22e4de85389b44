"""The members of a zip of millions of small files, as arrays: the standard library holds an object for each.

Nothing is ever extracted to the disk; a name only says what a member is. Source: PKWARE APPNOTE 6.3.10, 4.3 and 4.5.3.
"""

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from eo.errors import InvalidProduct, UnsafeArchive
from eo.kernel import kernel

MOST_MEMBERS = 20_000_000
_END, _END64, _LOCATOR64, _ENTRY, _LOCAL = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02", b"PK\x03\x04"
_END_SIZE, _LOCATOR_SIZE, _LOCAL_SIZE, _LONGEST_COMMENT = 22, 20, 30, 65_535
STORED, DEFLATED = 0, 8
_ROOM = 1024
_FLAGS, _METHOD, _CRC, _PACKED, _SIZE, _OFFSET, _NAME, _NAME_LENGTH = range(8)
_COLUMNS = 8


@dataclass(frozen=True)
class ZipIndex:
    """An open zip.

    Args:
        path: the file.
        data: its bytes, mapped: names are read from it, contents are not, so that memory does not grow with the file.
        descriptor: the file, open.
        entries: (members, 8) flags, method, crc, packed size, size, offset of the local header, of the name, and its
            length.
    """

    path: Path
    data: mmap.mmap
    descriptor: int
    entries: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.entries)

    def name(self, member: int) -> bytes:
        """Return the name of a member, as it stands."""
        start, length = self.entries[member, _NAME], self.entries[member, _NAME_LENGTH]
        return self.data[start : start + length]

    def names(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where in `data` names begin, and how long they are."""
        return self.entries[:, _NAME], self.entries[:, _NAME_LENGTH]

    def sizes(self) -> NDArray[np.int64]:
        """Return how large the members say that they are, unpacked, in bytes."""
        return self.entries[:, _SIZE]

    def read(self, member: int, most_bytes: int) -> bytes | None:
        """Return what a member holds; None where it is damaged, encrypted, or larger than it may be or says it is."""
        flags, method, crc, packed, size, offset, _, name_length = self.entries[member].tolist()
        if flags & 1 or size > most_bytes or min(size, packed, offset) < 0 or offset + _LOCAL_SIZE > len(self.data):
            return None
        packed = min(
            packed, most_bytes + _ROOM
        )  # what is larger than it may be does not come out whole, and is refused
        guess = _LOCAL_SIZE + name_length + _ROOM + packed
        piece = os.pread(self.descriptor, guess, offset)
        if piece[:4] != _LOCAL:
            return None
        start = _LOCAL_SIZE + int.from_bytes(piece[26:28], "little") + int.from_bytes(piece[28:30], "little")
        content = piece[start : start + packed]
        if len(content) < packed:
            content = os.pread(self.descriptor, packed, offset + start)
        if method == DEFLATED:
            try:
                content = isal_zlib.decompressobj(-15).decompress(content, size + 1)
            except isal_zlib.error:  # type: ignore[misc]  # a class, which its stub types as an instance
                return None
        elif method != STORED:
            return None
        return content if len(content) == size and isal_zlib.crc32(content) == crc else None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.descriptor)
        _let_go(self.data)


def open_zip(path: Path) -> ZipIndex:
    """Read the directory of a zip; the caller closes it.

    Raises:
        InvalidProduct: it is no zip, or cut short.
        UnsafeArchive: it says that it has more members than any set of samples.
    """
    with path.open("rb") as stream:
        try:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise _broken(path) from None
    try:
        count, start, size = _directory(path, data)
        if count > MOST_MEMBERS:
            raise UnsafeArchive(f"{path.name} says that it has {count:,} members.", hint="Fetch it again.")
        if start < 0 or start + size > len(data) or count * 46 > size:
            raise _broken(path)
        entries = np.zeros((count, _COLUMNS), np.int64)
        if _walk(np.frombuffer(data, np.uint8), start, size, entries) != count:
            raise _broken(path)
    except Exception:
        _let_go(data)
        raise
    return ZipIndex(path, data, os.open(path, os.O_RDONLY), entries)


def _let_go(data: mmap.mmap) -> None:
    try:
        data.close()
    except BufferError:  # an array over it is still in the traceback
        return


def _broken(path: Path) -> InvalidProduct:
    return InvalidProduct(f"{path.name} is no zip, or cut short.", hint="Fetch it again.")


def _directory(path: Path, data: mmap.mmap) -> tuple[int, int, int]:
    """Return the number of members, and offset and size of their directory."""
    end = data.rfind(_END, max(0, len(data) - _END_SIZE - _LONGEST_COMMENT))
    if end < 0 or end + _END_SIZE > len(data):
        raise _broken(path)
    count, size, start = struct.unpack_from("<HII", data, end + 10)
    locator = end - _LOCATOR_SIZE
    if locator >= 0 and data[locator : locator + 4] == _LOCATOR64:
        (at,) = struct.unpack_from("<Q", data, locator + 8)
        if at + 56 > len(data) or data[at : at + 4] != _END64:
            raise _broken(path)
        count, size, start = struct.unpack_from("<QQQ", data, at + 32)
    return count, start, size


@kernel
def _little(data: Any, at: int, count: int) -> Any:
    value = np.int64(0)
    for i in range(count):
        value |= np.int64(data[at + i]) << np.int64(8 * i)
    return value


@kernel
def _walk(data: Any, start: int, size: int, entries: Any) -> int:
    """Fill the entries; return how many there are before the directory ends or is not one."""
    at = start
    end = start + size
    for member in range(len(entries)):
        if at + 46 > end or _little(data, at, 4) != 0x02014B50:
            return member
        name, extra, comment = _little(data, at + 28, 2), _little(data, at + 30, 2), _little(data, at + 32, 2)
        following = at + 46 + name + extra + comment
        if following > end:
            return member
        row = entries[member]
        row[0] = _little(data, at + 8, 2)
        row[1] = _little(data, at + 10, 2)
        row[2] = _little(data, at + 16, 4)
        row[3] = _little(data, at + 20, 4)
        row[4] = _little(data, at + 24, 4)
        row[5] = _little(data, at + 42, 4)
        row[6] = at + 46
        row[7] = name
        _widen(data, at + 46 + name, extra, row)
        at = following
    return len(entries)


@kernel
def _widen(data: Any, at: int, length: int, row: Any) -> None:
    """Take the sizes and the offset that need 64 bits from the extra field, where there is one."""
    end = at + length
    while at + 4 <= end:
        kind, size = _little(data, at, 2), _little(data, at + 2, 2)
        if kind == 1:
            place = at + 4
            for column in (4, 3, 5):  # size, packed size, offset, in this order, each only where it did not fit
                if row[column] == 0xFFFFFFFF and place + 8 <= min(end, at + 4 + size):
                    row[column] = _little(data, place, 8)
                    place += 8
        at += 4 + size
