"""What a crossing refuses; `portal.errors` gives each its HTTP status."""

from apps.errors import PortalError


class NotCrossable(PortalError):
    """A result without a raster of classes that could be crossed with features (422)."""

    code = "not_crossable"
