"""Files and archives sent while they are read: never whole in memory, never twice on disk."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from zipstream import ZIP_STORED, ZipStream

from apps.catalog.errors import FileGone

PIECE_BYTES = 1 << 20
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class ThreadedResponse(StreamingHttpResponse):
    """Reads in a thread, piece by piece: under ASGI Django's own would read all of a plain iterator first."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self)

        def read() -> bytes:
            return next(pieces, b"")

        while piece := await sync_to_async(read, thread_sensitive=False)():
            yield piece


def send_file(request: HttpRequest, path: Path, *, media_type: str, sha256: str = "") -> HttpResponseBase:
    """Return a file, or the part of it that a `Range` header asks for (RFC 9110, section 14).

    Raises:
        FileGone: the file is no longer on disk.
    """
    if not path.is_file():
        raise FileGone(f"{path.name} is no longer on the server.", hint="Run the job again.")
    size, etag = path.stat().st_size, f'"{sha256 or path.stat().st_mtime_ns}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    found = byte_range(request.headers.get("Range", ""), size)
    if found is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = found
    response = ThreadedResponse(_pieces(path, first, last), content_type=media_type)
    response["Content-Length"] = str(last - first + 1)
    response["Content-Disposition"] = disposition(path.name)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    if last - first + 1 < size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def send_archive(folder: Path, name: str, left_out: str = "") -> StreamingHttpResponse:
    """Return a folder as a zip; its members are stored, so that its size is known before it is made.

    Raises:
        FileGone: the folder is no longer on disk.
    """
    if not folder.is_dir():
        raise FileGone(f"The files of {name} are no longer on the server.", hint="Run the job again.")
    stream = ZipStream(compress_type=ZIP_STORED, sized=True)
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != left_out):
        stream.add_path(path, f"{name}/{path.relative_to(folder)}")
    response = ThreadedResponse(_gathered(iter(stream)), content_type="application/zip")
    response["Content-Length"] = str(len(stream))
    response["Content-Disposition"] = disposition(f"{name}.zip")
    return response


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte to send; the whole file where nothing (or several ranges) is asked for.

    Returns None where the range lies beyond the file.
    """
    match = RANGE.fullmatch(header.strip())
    if not match or not any(match.groups()):
        return 0, max(size - 1, 0)
    first, last = match.groups()
    if not first:
        return (max(size - int(last), 0), size - 1) if int(last) else None
    end = min(int(last), size - 1) if last else size - 1
    return (int(first), end) if int(first) <= end else None


def disposition(name: str) -> str:
    """Return the header that has a browser save the file under its name (RFC 6266)."""
    plain = re.sub(r"[^\w.() -]", "_", name, flags=re.ASCII)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"


def _pieces(path: Path, first: int, last: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (piece := file.read(min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece


def _gathered(source: Iterator[bytes]) -> Iterator[bytes]:
    """Gather small pieces, so that the event loop is not woken for every kilobyte."""
    gathered = bytearray()
    for piece in source:
        gathered += piece
        if len(gathered) >= PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    yield bytes(gathered)
