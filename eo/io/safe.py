"""The files of a SAFE product, in a folder or in a zip, read without unpacking."""

import re
import shutil
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from eo.errors import InvalidProduct, UnsafeArchive

MAX_FILES = 20_000
MAX_BYTES = 64 << 30
MAX_RATIO = 200
MAX_XML_BYTES = 8 << 20
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, OverflowError)
"""What Python's zipfile raises, by and by, for archives that are damaged or were never right."""
_PACKED_AS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # GDAL reads no other
_RATIO_MATTERS_ABOVE_BYTES = 64 << 20


class SafeFiles(Protocol):
    """The files of one product, by name relative to its root."""

    @property
    def label(self) -> str:
        """What to call the product in messages."""

    @property
    def names(self) -> Sequence[str]:
        """Names of all files, sorted."""

    @property
    def size_bytes(self) -> int:
        """Size on disk."""

    def read(self, name: str) -> bytes:
        """Return the content of a small file."""

    def gdal_path(self, name: str) -> str:
        """Return what GDAL opens the file by."""

    def unpacked_path(self, name: str, folder: Path) -> str:
        """Return a path that GDAL reads fast in any order: of the file, or of a copy unpacked into a folder."""

    def metadata_path(self, name: str) -> str:
        """Return where the file lies, in words for a record."""


@dataclass(frozen=True)
class FolderFiles:
    """A product unpacked into a folder."""

    root: Path

    @property
    def label(self) -> str:
        """Name of the folder."""
        return self.root.name

    @property
    def names(self) -> Sequence[str]:
        """Names of all files, sorted."""
        return sorted(str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file())

    @property
    def size_bytes(self) -> int:
        """Sum of the files' sizes."""
        return sum((self.root / name).stat().st_size for name in self.names)

    def read(self, name: str) -> bytes:
        """Return the content of a file."""
        return (self.root / name).read_bytes()

    def gdal_path(self, name: str) -> str:
        """Return the file's path."""
        return str(self.root / name)

    def unpacked_path(self, name: str, folder: Path) -> str:
        """Return the file's path."""
        return self.gdal_path(name)

    def metadata_path(self, name: str) -> str:
        """Return the file's path."""
        return str(self.root / name)


@dataclass(frozen=True)
class ZipFiles:
    """A product in a zip archive; `prefix` is the folder of the product inside it, ending in a slash or empty."""

    archive: Path
    prefix: str
    members: tuple[str, ...]

    @property
    def label(self) -> str:
        """Name of the product's folder, or of the archive."""
        return PurePosixPath(self.prefix).name or self.archive.name

    @property
    def names(self) -> Sequence[str]:
        """Names of all files, sorted."""
        return sorted(m.removeprefix(self.prefix) for m in self.members)

    @property
    def size_bytes(self) -> int:
        """Size of the archive."""
        return self.archive.stat().st_size

    def read(self, name: str) -> bytes:
        """Return the content of a small file.

        Raises:
            InvalidProduct: larger than metadata may be, or damaged.
        """
        try:
            with zipfile.ZipFile(self.archive) as archive:
                if archive.getinfo(self.prefix + name).file_size > MAX_XML_BYTES:
                    raise InvalidProduct(
                        f"{name} in {self.archive.name} is too large for a metadata file.",
                        hint="Fetch the archive again.",
                    )
                return archive.read(self.prefix + name)
        except DAMAGED as error:
            raise InvalidProduct(
                f"{name} in {self.archive.name} cannot be read: {error}.", hint="Fetch the archive again."
            ) from None

    def gdal_path(self, name: str) -> str:
        """Return the /vsizip/ path, the archive's own in braces so that any name will do."""
        return f"/vsizip/{{{self.archive}}}/{self.prefix}{name}"

    def unpacked_path(self, name: str, folder: Path) -> str:
        """Return the path of a copy in the folder, made where it is not there yet.

        Raises:
            InvalidProduct: damaged.
        """
        copy, partial = (folder / f"{PurePosixPath(name).name}{ending}" for ending in ("", ".partial"))
        if not copy.exists():
            try:
                with zipfile.ZipFile(self.archive) as archive, partial.open("wb") as goal:
                    shutil.copyfileobj(archive.open(self.prefix + name), goal, 1 << 22)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise InvalidProduct(
                    f"{name} in {self.archive.name} cannot be read: {error}.", hint="Fetch the archive again."
                ) from None
            partial.replace(copy)
        return str(copy)

    def metadata_path(self, name: str) -> str:
        """Return the archive's path and the name inside it."""
        return f"{self.archive}!{self.prefix}{name}"


def open_safe(path: Path, metadata: re.Pattern[str]) -> tuple[SafeFiles, str]:
    """Find a product in a folder or zip.

    Args:
        path: the `.SAFE` folder, a folder that holds just one, its main metadata file, or a zip with one inside.
        metadata: matches the name of the main metadata file at the product's root.

    Returns:
        The files, and the name of the main metadata file.

    Raises:
        InvalidProduct: nothing there, not a zip, truncated, no metadata, or more than one product.
        UnsafeArchive: names that point outside, or more than may be unpacked.
    """
    if not path.exists():
        raise InvalidProduct(f"There is nothing at {path}.", hint="Check the path.")
    if path.is_dir():
        return _in_folder(path, metadata)
    if metadata.fullmatch(path.name):
        return FolderFiles(path.parent), path.name
    return _in_zip(path, metadata)


def check_archive(path: Path) -> list[zipfile.ZipInfo]:
    """Return the entries of a zip after looking at all of them; nothing is unpacked.

    Raises:
        InvalidProduct: not a zip, or truncated.
        UnsafeArchive: names that point outside or come twice, encrypted, or more than may be unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except DAMAGED as error:
        raise _not_a_zip(path) from error
    if len(entries) > MAX_FILES or sum(e.file_size for e in entries) > MAX_BYTES:
        raise UnsafeArchive(f"{path.name} would unpack to more than a product holds.", hint="Fetch it again.")
    names = Counter(entry.filename for entry in entries)
    for entry in entries:
        if names[entry.filename] > 1:  # one program would read the first, another the last
            raise UnsafeArchive(f"{path.name} holds the name {entry.filename!r} twice.", hint="Zip the product again.")
        _check_entry(path, entry)
    return entries


def parse_xml(content: bytes, label: str) -> Element:
    """Return the root of an XML document; entities and document types are refused, nothing is fetched.

    Raises:
        InvalidProduct: not XML, or not safe to read.
    """
    try:
        return fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise InvalidProduct(f"{label} is not valid XML: {error}.", hint="Fetch the product again.") from None


def texts(root: Element, *names: str) -> list[Element]:
    """Return every element that bears one of the names, whatever its namespace, in document order."""
    wanted = set(names)
    return [e for e in root.iter() if isinstance(e.tag, str) and e.tag.rpartition("}")[2] in wanted]


def text(root: Element, *names: str) -> str | None:
    """Return the text of the first element that bears one of the names, None where there is none."""
    found: Any = next((e.text for e in texts(root, *names) if e.text and e.text.strip()), None)
    return found.strip() if found else None


def _in_folder(path: Path, metadata: re.Pattern[str]) -> tuple[SafeFiles, str]:
    for root in (path, *_only_safe_child(path)):
        names = sorted(p.name for p in root.iterdir() if metadata.fullmatch(p.name))
        if names:
            return FolderFiles(root), names[0]
    raise _no_metadata(path.name)


def _only_safe_child(path: Path) -> list[Path]:
    children = [p for p in path.iterdir() if p.is_dir() and p.suffix.upper() == ".SAFE"]
    if len(children) > 1:
        raise InvalidProduct(f"{path.name} holds {len(children)} products.", hint="Name one of the .SAFE folders.")
    return children


def _in_zip(path: Path, metadata: re.Pattern[str]) -> tuple[SafeFiles, str]:
    members = tuple(e.filename for e in check_archive(path) if not e.is_dir())
    found = [m for m in members if metadata.fullmatch(PurePosixPath(m).name) and m.count("/") <= 2]
    roots = sorted({m.rpartition("/")[0] for m in found}, key=lambda r: (r.count("/"), r))
    if not roots:
        raise _no_metadata(path.name)
    if len(roots) > 1:
        raise InvalidProduct(f"{path.name} holds {len(roots)} products.", hint="Give one zip per product.")
    prefix = f"{roots[0]}/" if roots[0] else ""
    inside = tuple(m for m in members if m.startswith(prefix))
    return ZipFiles(path.absolute(), prefix, inside), found[0].removeprefix(prefix)


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    if ".." in parts or entry.filename.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", entry.filename):
        raise UnsafeArchive(
            f"{path.name} holds the name {entry.filename!r}, which points outside of it.", hint="Do not use it."
        )
    if entry.compress_type not in _PACKED_AS:
        raise UnsafeArchive(
            f"{entry.filename} in {path.name} is packed by method {entry.compress_type}, which is not read here.",
            hint="Zip the product again, stored or deflated.",
        )
    if entry.flag_bits & 1:
        raise UnsafeArchive(f"{path.name} is encrypted.", hint="Give it without a password.")
    if entry.file_size > max(_RATIO_MATTERS_ABOVE_BYTES, MAX_RATIO * entry.compress_size):
        raise UnsafeArchive(
            f"{entry.filename} in {path.name} would grow from {entry.compress_size} to {entry.file_size} bytes.",
            hint="This is no product; do not use it.",
        )


def _not_a_zip(path: Path) -> InvalidProduct:
    try:
        with path.open("rb") as stream:
            starts_like_a_zip = stream.read(2) == b"PK"
    except OSError as error:
        return InvalidProduct(f"{path.name} cannot be read: {error.strerror}.", hint="Check its permissions.")
    if starts_like_a_zip:
        return InvalidProduct(
            f"{path.name} is a zip that breaks off: its list of files is missing.", hint="Fetch it again."
        )
    return InvalidProduct(f"{path.name} is not a zip.", hint="Give a SAFE folder or a zip of one.")


def _no_metadata(label: str) -> InvalidProduct:
    return InvalidProduct(
        f"{label} holds no product: its metadata file (MTD_MSIL1C.xml, MTD_MSIL2A.xml or manifest.safe) is missing.",
        hint="Give a complete SAFE, as a folder or a zip of one.",
    )
