"""The log of a job: the words of its child and of its supervisor, all attempts in one file, bounded in size."""

from codecs import getincrementaldecoder
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

MAX_BYTES = 5 << 20
PAGE_BYTES = 256 << 10
CUT = b"\n[the log is longer than it may be; the rest is left out]\n"


class Log:
    """Appends to a file from several threads. A full disk costs the log, never the job."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._left_bytes = MAX_BYTES - (path.stat().st_size if path.exists() else 0)

    def write(self, words: bytes) -> None:
        """Append what a child said, until the log is full."""
        with self._lock:
            if self._left_bytes <= 0:
                return
            whole = len(words) <= self._left_bytes
            self._append(words if whole else words[: self._left_bytes] + CUT)
            self._left_bytes -= len(words)

    def note(self, words: str) -> None:
        """Append a line of the supervisor's with the time (UTC), however full the log is."""
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            self._append(f"{moment} {words}\n".encode())

    def _append(self, words: bytes) -> None:
        try:
            with self.path.open("ab") as stream:
                stream.write(words)
        except OSError:
            self._left_bytes = 0


def read_log(path: Path, offset: int) -> tuple[str, int]:
    """Return one page of a log from a byte offset on, and the offset of the next page; empty where there is no log."""
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            page = stream.read(PAGE_BYTES)
    except FileNotFoundError:
        return "", offset
    decoder = getincrementaldecoder("utf-8")(errors="replace")
    text = decoder.decode(page)
    split_bytes = len(decoder.getstate()[0])  # the first bytes of a letter whose rest is on the next page
    return text, offset + len(page) - split_bytes
