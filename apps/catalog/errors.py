"""What the catalogue refuses; `portal.errors` gives each its HTTP status."""

from apps.errors import PortalError


class UploadRefused(PortalError):
    """A file that cannot be taken (422)."""

    code = "upload_refused"


class UploadTooLarge(PortalError):
    """A file larger than is taken here (413)."""

    code = "upload_too_large"


class QuotaExceeded(PortalError):
    """The user's scenes and results fill the space they may use (409)."""

    code = "quota_exceeded"


class WrongOffset(PortalError):
    """A piece that does not follow what has arrived (409)."""

    code = "wrong_offset"


class UploadEnded(PortalError):
    """An upload that takes no more (409)."""

    code = "upload_ended"


class InvalidFilter(PortalError):
    """A filter that cannot be read (422)."""

    code = "invalid_filter"


class FileGone(PortalError):
    """A file that the catalogue knows and the disk does not (410)."""

    code = "file_gone"


class NothingAtPixel(PortalError):
    """A result without what was asked for at a place: no classes, or no stack behind it (422)."""

    code = "nothing_at_pixel"
