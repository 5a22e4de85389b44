"""End a process together with everything it started, without a process group of its own."""

import os
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path


def end_tree(pid: int) -> None:
    """Kill a process and all that descend from it.

    `gpt` is a script that starts Java and waits, and it shares the group of whoever called it, so that neither killing
    it alone nor its group will do. All are halted first: a halted process starts no other.
    """
    halted: set[int] = set()
    while fresh := [p for p in _tree(pid) if p not in halted]:
        for process in fresh:
            _send(process, signal.SIGSTOP)
            halted.add(process)
    for process in halted:
        _send(process, signal.SIGKILL)


def _tree(root: int) -> list[int]:
    children = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (parent := _parent(folder)) is not None:
            children[parent].append(int(folder.name))
    found = [root]
    for process in found:
        found.extend(children[process])
    return found


def _parent(folder: Path) -> int | None:
    """Return the parent's id, None where the process has ended meanwhile."""
    try:
        after_name = (folder / "stat").read_text().rpartition(")")[2]
    except OSError:
        return None
    return int(after_name.split()[1])


def _send(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process, number)
