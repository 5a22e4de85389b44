"""Packages that a browser or a program sends in one request: a zip, or the files themselves."""

import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from apps.accounts.models import User
from apps.catalog.uploads import check_quota
from apps.models.errors import ModelTooLarge
from apps.models.models import TrainedModel
from apps.models.packages import NEXT, refused
from apps.models.register import register

MOST_FILES = 12
NAME_BYTES = 120


def take_upload(user: User, files: "Sequence[UploadedFile[Any]]", *, name: str = "") -> TrainedModel:
    """Check what was sent and enter it.

    Raises:
        ModelTooLarge: more than is taken here.
        QuotaExceeded: more than is left of the user's quota.
        ModelRefused: it is no package, or not one that can be trusted; the code says which.
    """
    size = sum(int(file.size or 0) for file in files)
    if size > settings.MODEL_MAX_BYTES:
        limit = f"at most {settings.MODEL_MAX_BYTES / 1e6:.0f} MB are taken"
        raise ModelTooLarge(f"The package has {size / 1e6:.0f} MB; {limit}.", hint="Ask an administrator for more.")
    if not files or len(files) > MOST_FILES:
        raise refused(
            "model_refused", f"{len(files)} files were sent; a package has one zip, or up to {MOST_FILES} files."
        )
    check_quota(user, size)
    with tempfile.TemporaryDirectory(prefix="groundwork-upload-") as scratch:
        return register(user, _laid_out(files, Path(scratch)), name=name)


def _laid_out(files: "Sequence[UploadedFile[Any]]", folder: Path) -> Path:
    """Write the files down; return the zip where that is what was sent, else the folder."""
    for file in files:
        given = PurePosixPath(str(file.name).replace("\\", "/")).name
        if not given.isprintable() or not given or given.startswith(".") or len(given.encode()) > NAME_BYTES:
            raise refused("model_refused", f"A file is called {given[:40]!r}: that is no name for a part of a package.")
        if (folder / given).exists():
            raise refused("model_refused", f"Two files are called {given[:40]!r}.", NEXT)
        with (folder / given).open("wb") as target:
            for piece in file.chunks():
                target.write(piece)
    names = [path.name for path in folder.iterdir()]
    is_package = any(name.lower() == "card.json" for name in names)
    return folder / names[0] if len(names) == 1 and not is_package else folder
