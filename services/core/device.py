"""The parameters that say what computes a network, and in which numbers. Pydantic only, nothing heavier."""

from typing import Any, Literal

from services.core.service import param

Device = Literal["auto", "cpu", "gpu"]
Precision = Literal["auto", "float32", "bfloat16"]


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


def precision() -> Any:
    """Declare which numbers a network is computed in on processors."""
    return param(
        "auto",
        title="Computes in",
        help="bfloat16: several times as fast, about one pixel in a thousand, a near tie, gets another class than in "
        "float32; it takes a processor with AMX. auto: where that is there; the result says which it was.",
        labels={"auto": "The fastest there is", "float32": "float32", "bfloat16": "bfloat16 (AMX)"},
        advanced=True,
    )
