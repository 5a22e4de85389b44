"""The parameter that says what computes a network. Pydantic only, nothing heavier."""

from typing import Any, Literal

from services.core.service import param

Device = Literal["auto", "cpu", "gpu"]


def device() -> Any:
    """Declare what computes: the value gpu asks for a worker that has one."""
    return param(
        "auto",
        title="Computes on",
        help="cpu, gpu, or auto: a graphics card where the worker has one; gpu waits for such a worker.",
        labels={"auto": "What there is", "cpu": "Processor", "gpu": "Graphics card"},
        schema={"x-resource": {"gpu": "gpu"}},
        advanced=True,
    )
