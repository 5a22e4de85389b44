"""The wish that this machine's worker ends: one byte, shared by a worker and the processes it forks."""

from multiprocessing.sharedctypes import RawValue

_asked = RawValue("b", 0)  # no lock: it is set from a signal handler


def ask() -> None:
    """Ask every process of this worker to hand its job back and end."""
    _asked.value = 1


def asked() -> bool:
    """Return whether the worker is to end."""
    return bool(_asked.value)


def forget() -> None:
    """Take the wish back (a worker that starts)."""
    _asked.value = 0
