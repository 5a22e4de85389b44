"""An uploaded product is hostile until checked: its images must be images, since GDAL judges files by their content."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from eo.errors import UnsafeArchive
from eo.io.images import open_image
from eo.io.products import image_paths
from eo.io.safe import DAMAGED, check_archive

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SIGNATURES = {".jp2": (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"), ".tif": _TIFF, ".tiff": _TIFF}


def check_product_archive(path: Path) -> None:
    """Look at every member of a zip; nothing is unpacked.

    Raises:
        InvalidProduct: not a zip, or truncated.
        UnsafeArchive: names that point outside, links, bombs, or an image that is something else (a VRT could name any
            file of the server).
    """
    entries = [entry for entry in check_archive(path) if not entry.is_dir()]
    with zipfile.ZipFile(path) as archive:
        for entry in entries:
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise _unsafe(f"{entry.filename} in {path.name} is a link, not a file.")
            signatures = SIGNATURES.get(PurePosixPath(entry.filename).suffix.lower())
            if signatures and not _head(archive, entry).startswith(signatures):
                raise _unsafe(f"{entry.filename} in {path.name} is not the image that its name says.")


def check_images(path: Path) -> None:
    """Open every image of a product without decoding any.

    Raises:
        InvalidProduct: an image that cannot be opened, or says that it is larger than any.
    """
    for image in image_paths(path):
        open_image(image).close()


def _head(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as member:
            return member.read(16)
    except DAMAGED as error:
        raise _unsafe(f"{entry.filename} in {archive.filename and Path(archive.filename).name}: {error}.") from None


def _unsafe(message: str) -> UnsafeArchive:
    return UnsafeArchive(message, hint="Fetch the product again from its provider, and upload that zip.")
