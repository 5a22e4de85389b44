"""What the portal's apps refuse: one base, a stable code each; `portal.errors` gives each its HTTP status."""

from typing import ClassVar

from services.core.errors import FieldError


class PortalError(Exception):
    """Base: `message` names the value and what is allowed, `hint` the next step, `fields` the members at fault."""

    code: ClassVar[str] = "portal_error"

    def __init__(self, message: str, *, hint: str = "", fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = fields
