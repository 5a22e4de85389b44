"""Compiled kernels: numba in the one way this library uses it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a function of arrays and numbers; it runs without the interpreter's lock, so threads help."""
    return cast(F, njit(nogil=True, cache=True)(function))
