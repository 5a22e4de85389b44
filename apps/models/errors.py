"""What the registry refuses; `portal.errors` gives each its HTTP status."""

from apps.errors import PortalError


class ModelRefused(PortalError):
    """A package that cannot be taken (422); `code` is that of the check where one refused it."""

    code = "model_refused"


class ModelTooLarge(PortalError):
    """A package larger than is taken here (413)."""

    code = "model_too_large"


class ModelInUse(PortalError):
    """A job that waits or runs needs the model: it is not deleted (409)."""

    code = "model_in_use"


class NotComparable(PortalError):
    """Two models that do different things (422)."""

    code = "not_comparable"
