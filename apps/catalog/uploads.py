"""Files on their way in: received piece by piece, hostile until checked, then a scene or a vector file, or nothing."""

import hashlib
import logging
import os
import shutil
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.catalog.errors import QuotaExceeded, UploadEnded, UploadRefused, UploadTooLarge, WrongOffset
from apps.catalog.models import Scene, Upload, UploadKind, UploadState, VectorFile
from apps.catalog.queries import bytes_used
from apps.catalog.scene_index import enter_product
from apps.catalog.upload_checks import check_images, check_product_archive
from eo.errors import EoError
from eo.io import vectors
from services.core.errors import FieldError

NAME_BYTES = 200
STALE_AFTER = timedelta(days=2)
CHECK_TAKES_AT_MOST = timedelta(minutes=10)
UNCHECKED = {
    "code": "check_failed",
    "message": "The file could not be checked.",
    "hint": "Upload it again; if that fails too, tell an administrator.",
}
log = logging.getLogger(__name__)


def begin_upload(user: User, filename: str, size: int, kind: str) -> Upload:
    """Make room for a file.

    Raises:
        UploadRefused: a name that is no zip (scenes), or no size.
        UploadTooLarge: larger than is taken here.
        QuotaExceeded: larger than what is left of the user's quota.
    """
    sweep_stale(user)
    name = Path(filename.replace("\\", "/")).name
    limit = settings.UPLOAD_MAX_BYTES if kind == UploadKind.SCENE else vectors.MAX_BYTES
    if name in ("", "..") or len(name.encode()) > NAME_BYTES:
        raise _refusal("filename", f"A name of 1 to {NAME_BYTES} bytes is needed.", "Rename the file.")
    if kind == UploadKind.SCENE and not name.lower().endswith(".zip"):
        raise _refusal("filename", f"{name!r} is not a zip.", "Zip the .SAFE folder, and upload the zip.")
    if size <= 0:
        raise _refusal("size", "The file is empty.", "Choose another file.")
    if size > limit:
        message = f"The file has {size / 1e9:.2f} GB; at most {limit / 1e9:.2f} GB are taken."
        raise UploadTooLarge(message, hint="Ask an administrator to index it from a mounted archive.")
    check_quota(user, size)
    upload = Upload.objects.create(owner=user, filename=name, size=size, kind=kind)
    upload.folder.mkdir(parents=True)
    upload.part.touch()
    return upload


def check_quota(user: User, size: int) -> None:
    """Refuse what does not fit.

    Raises:
        QuotaExceeded: with what is left.
    """
    left = user.quota_bytes - bytes_used(user)
    if size > left:
        message = f"The file has {size / 1e9:.2f} GB; {max(left, 0) / 1e9:.2f} GB of your quota are left."
        raise QuotaExceeded(message, hint="Delete scenes or results that you no longer need.")


def received(upload: Upload) -> int:
    """Return how many bytes have arrived."""
    if upload.state == UploadState.RECEIVING and upload.part.exists():
        return upload.part.stat().st_size
    return upload.size if upload.state in (UploadState.DONE, UploadState.CHECKING) else 0


def append(upload: Upload, offset: int, piece: bytes) -> None:
    """Add a piece; the last one has the file checked and taken.

    Raises:
        UploadEnded: the upload takes no more.
        WrongOffset: the piece does not begin where the last one ended.
        UploadTooLarge: the piece, or the whole, is longer than was said.
        OSError: the disk is full; what had arrived before stays.
    """
    if not piece:
        raise UploadRefused("The piece is empty.", hint="Send bytes, and with them the header Content-Length.")
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.state != UploadState.RECEIVING:
            raise UploadEnded(f"This upload is {upload.state}.", hint="Begin a new one.")
        have = received(upload)
        if offset != have:
            message = f"The piece begins at byte {offset}, but {have} bytes have arrived."
            raise WrongOffset(message, hint=f"Go on at byte {have}.")
        if len(piece) > settings.UPLOAD_CHUNK_BYTES or have + len(piece) > upload.size:
            message = f"The piece has {len(piece)} bytes; {min(settings.UPLOAD_CHUNK_BYTES, upload.size - have)} fit."
            raise UploadTooLarge(message, hint="Send what was said when the upload began.")
        _write(upload.part, have, piece)
        if have + len(piece) < upload.size:
            upload.save(update_fields=["updated"])
            return
        upload.state = UploadState.CHECKING
        upload.save(update_fields=["state", "updated"])
    finish(upload)


def _write(part: Path, have: int, piece: bytes) -> None:
    """Add a piece, whole or not at all."""
    try:
        with part.open("ab") as file:
            file.write(piece)
    except OSError:
        os.truncate(part, have)
        raise


def finish(upload: Upload) -> None:
    """Check a file that has arrived and take it; on failure say why and leave nothing on disk."""
    try:
        if upload.kind == UploadKind.SCENE:
            upload.scene = take_scene(upload)
        else:
            upload.vector = take_vector(upload)
        upload.state = UploadState.DONE
    except EoError as error:
        upload.state = UploadState.FAILED
        upload.error = {"code": error.code, "message": error.message, "hint": error.hint}
    except Exception:
        log.exception("Upload %s could not be checked.", upload.id)
        upload.state = UploadState.FAILED
        upload.error = UNCHECKED
    finally:
        shutil.rmtree(upload.folder, ignore_errors=True)
    upload.save()


def finish_lost(upload: Upload) -> Upload:
    """Check a file again whose check was lost with the process that did it; return the upload as it is now."""
    if upload.state == UploadState.CHECKING and upload.updated < timezone.now() - CHECK_TAKES_AT_MOST:
        mine = Upload.objects.filter(pk=upload.pk, state=upload.state, updated=upload.updated)
        if mine.update(updated=timezone.now()):
            _put_back(upload)
            finish(upload)
    return upload


def _put_back(upload: Upload) -> None:
    """Return a product to where the check begins, if the lost one had already moved it."""
    moved = _scene_folder(upload) / upload.filename
    if moved.exists() and not upload.part.exists():
        upload.folder.mkdir(parents=True, exist_ok=True)
        moved.rename(upload.part)


def _scene_folder(upload: Upload) -> Path:
    return Path(settings.UPLOADS_ROOT) / "scenes" / str(upload.id)


def take_scene(upload: Upload) -> Scene:
    """Move a checked product to its place and enter it.

    Raises:
        UnsafeArchive: names that point outside, links, bombs, images that are none.
        InvalidProduct: no zip, truncated, without metadata.
    """
    folder = _scene_folder(upload)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / upload.filename
    upload.part.rename(path)
    try:
        check_product_archive(path)
        check_images(path)
        return enter_product(path, upload.owner)[0]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def take_vector(upload: Upload) -> VectorFile:
    """Rewrite a checked vector file as GeoJSON and enter it.

    Raises:
        InvalidVector: cannot be read, or nothing in it.
    """
    path = Path(settings.UPLOADS_ROOT) / "vectors" / f"{upload.id}.geojson"
    path.parent.mkdir(parents=True, exist_ok=True)
    geometries, attributes = vectors.read_features(upload.part)
    vectors.write_geojson(geometries, path, attributes)
    return VectorFile.objects.create(
        owner=upload.owner,
        name=upload.filename,
        path=str(path),
        fingerprint=hashlib.sha256(path.read_bytes()).hexdigest(),
        feature_count=len(geometries),
        size_bytes=path.stat().st_size,
    )


def abort_upload(upload: Upload) -> None:
    """Forget an upload and what has arrived of it.

    Raises:
        UploadEnded: it is being checked at this moment.
    """
    folder = upload.folder
    deleted, _ = Upload.objects.filter(pk=upload.pk).exclude(state=UploadState.CHECKING).delete()
    if not deleted:
        raise UploadEnded("The file is being checked.", hint="Wait for the answer; then delete what became of it.")
    shutil.rmtree(folder, ignore_errors=True)


def sweep_stale(user: User) -> None:
    """Forget the user's uploads that have not moved for days."""
    old = Upload.objects.filter(owner=user, updated__lt=timezone.now() - STALE_AFTER)
    stale = old.exclude(state=UploadState.CHECKING)
    for upload in stale:
        abort_upload(upload)


def _refusal(field: str, message: str, hint: str) -> UploadRefused:
    return UploadRefused(message, hint=hint, fields=(FieldError(field, f"{message} {hint}"),))
