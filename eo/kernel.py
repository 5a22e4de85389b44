"""Compiled kernels: numba in the one way this library uses it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile a function of arrays and numbers; it runs without the interpreter's lock, so threads help."""
    return cast(F, njit(nogil=True, cache=True)(function))


def fast_kernel(function: F) -> F:
    """Compile a function of finite numbers whose sums may be taken in any order, which lets them run side by side."""
    return cast(F, njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz", "arcp"})(function))
