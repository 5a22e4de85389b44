"""Tile tokens: a signed, expiring name of one file of one result. No database is asked, no path is read from it."""

import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.signing import BadSignature, Signer

SIGNER_SALT = "groundwork.tiles"
STEP_S = 3600


class TokenRefused(Exception):
    """A token that was made up, or whose time is over."""


@dataclass(frozen=True)
class TileTarget:
    """The file behind a token."""

    folder: str
    file: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(settings.RESULTS_ROOT) / self.folder / self.file


def make_token(folder: str, file: str, now: float | None = None) -> str:
    """Return a token for a file of a result.

    It ends at a full hour, so that the same tile has the same address for a while and browsers may keep it.
    """
    now = time.time() if now is None else now
    ends = (int(now + settings.TILE_TOKEN_SECONDS) // STEP_S + 1) * STEP_S
    return _signer().sign(f"{folder}~{file}~{ends:x}").replace("/", "!")


def read_token(token: str, now: float | None = None) -> TileTarget:
    """Return the file that a token names.

    Raises:
        TokenRefused: not ours, or over.
    """
    try:
        folder, file, ends = _signer().unsign(token.replace("!", "/")).split("~")
    except (BadSignature, ValueError):
        raise TokenRefused("This tile address is not valid.") from None
    if (time.time() if now is None else now) > int(ends, 16):
        raise TokenRefused("This tile address has expired.")
    return TileTarget(folder, file)


def _signer() -> Signer:
    return Signer(salt=SIGNER_SALT)
