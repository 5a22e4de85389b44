"""Errors of the services: one base, a stable code each, a message that names the value and says what to do next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """One parameter that cannot be accepted."""

    field: str
    message: str
    code: str = "invalid"


class ServiceError(Exception):
    """Base of everything a service tells its user. `hint` says the next step."""

    code: ClassVar[str] = "service_error"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = fields

    def as_dict(self) -> Mapping[str, Any]:
        """Return the error as JSON-ready data: code, message, hint, fields."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "fields": [asdict(f) for f in self.fields],
        }


class InvalidParameters(ServiceError):
    """Parameters that the declaration refuses."""

    code = "invalid_parameters"
    exit_status = 2


class UnknownService(ServiceError):
    """No service bears that id."""

    code = "unknown_service"
    exit_status = 2


class BadInput(ServiceError):
    """An input product or area that cannot be processed as it is."""

    code = "bad_input"
    exit_status = 3


class OutputNotWritable(ServiceError):
    """The output path cannot be written."""

    code = "output_not_writable"
    exit_status = 4


class DiskFull(ServiceError):
    """No space was left while writing; nothing was published."""

    code = "disk_full"
    exit_status = 5


class OutOfMemory(ServiceError):
    """The process needed more memory than it may use."""

    code = "out_of_memory"
    exit_status = 6


class Cancelled(ServiceError):
    """The user asked for the job to stop."""

    code = "cancelled"
    exit_status = 7


class BrokenContract(ServiceError):
    """A service did not deliver what it declares: a fault of ours, not of the user."""

    code = "broken_contract"
    exit_status = 70
