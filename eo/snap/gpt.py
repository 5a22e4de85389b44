"""Find SNAP's Graph Processing Tool, ask it what it is, and run a graph with it."""

import codecs
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

from eo.snap.console import Console, parameters_in, version_in
from eo.snap.errors import SnapFailed, SnapNotFound, SnapTimeout
from eo.snap.graph import Graph
from eo.snap.operators import Release, operator, release_of
from eo.snap.processes import end_tree

VARIABLE = "SNAP_GPT"
_ASK_TIMEOUT_S = 120.0  # the first start of an installed SNAP unpacks its modules
_TICK_S = 0.2
_LAST_WORDS_S = 5.0
_SIGNAL_STATUS = 128  # of a shell whose command was ended by a signal
_TELLING = (("14", "Coherence", "correctCoherenceBias"), ("13.0.4", "Read", "polygonRegion"))


@dataclass(frozen=True)
class Gpt:
    """An installed SNAP: the path of its `gpt`, the version it tells ("" for none) and whose facts serve for it."""

    path: Path
    version: str
    release: Release


@dataclass(frozen=True)
class Limits:
    """What a run of `gpt` may use.

    Args:
        cache_bytes: of image tiles.
        memory_bytes: of Java, the cache among it; None leaves it to the installation.
    """

    threads: int
    cache_bytes: int
    timeout_s: float
    memory_bytes: int | None = None


def find_gpt(given: str | None = None, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the path of `gpt`: the one given, else what `SNAP_GPT` names, else the first on the PATH.

    Raises:
        SnapNotFound: none, or not a program.
    """
    named = given or environment.get(VARIABLE)
    found = shutil.which(named or "gpt", path=environment.get("PATH", ""))
    if found:
        return Path(found).absolute()
    where = f"{named} is not a program that can be run" if named else "There is no gpt on the PATH"
    raise SnapNotFound(
        f"SNAP is not installed here: {where}.",
        hint=f"Install ESA SNAP, name its gpt in {VARIABLE}, or choose the native engine.",
    )


def ask(path: Path) -> Gpt:
    """Ask a `gpt` for its version; where it tells none, its operators tell the release.

    Raises:
        SnapNotFound: it cannot be started, does not answer, or is too old.
    """
    version = version_in(_answer(path, "--diag")) or version_in(_answer(path, "-h")) or ""
    return Gpt(path, version, release_of(version) if version else _guessed_release(path))


def discover(path: Path, name: str, release: Release) -> tuple[str, ...]:
    """Return the parameters that an installed operator has; where `gpt` tells none, those of our table.

    Raises:
        SnapNotFound: `gpt` cannot be started, or does not answer.
        InvalidGraph: neither knows the operator.
    """
    return parameters_in(_answer(path, name, "-h")) or tuple(operator(name, release).parameters)


def run(
    gpt: Gpt, graph: Graph, folder: Path, limits: Limits, progress: Callable[[float], None] = lambda fraction: None
) -> None:
    """Run a graph to its end; `folder` keeps it as graph.xml.

    `gpt` stays in the caller's process group, so that whoever ends that ends both. However this call is left, nothing
    that `gpt` started goes on. That it ended well says nothing of what it wrote: look at the pixels.

    Args:
        progress: takes the fraction done, whenever it has grown; what it raises ends the run.

    Raises:
        SnapFailed: it ended with an error, or was ended.
        SnapTimeout: it was still running at the limit.
    """
    folder = folder.absolute()
    file = folder / "graph.xml"
    file.write_text(graph.to_xml(), encoding="utf-8")
    console = Console()
    with _started([gpt.path, file, *_options(limits)], folder) as process:
        reader = Thread(target=_read, args=(process.stdout, console), daemon=True)
        reader.start()
        try:
            status = _wait(process, console, limits.timeout_s, progress)
        except BaseException:
            end_tree(process.pid)
            raise
        finally:
            reader.join(_LAST_WORDS_S)
    if status:
        raise _failed(status, console)


def _wait(
    process: subprocess.Popen[bytes], console: Console, timeout_s: float, progress: Callable[[float], None]
) -> int:
    """Return the exit status."""
    end, told = time.monotonic() + timeout_s, 0.0
    while time.monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_TICK_S)
        if console.fraction > told:
            told = console.fraction
            progress(told)
    raise SnapTimeout(
        f"SNAP was still running after {timeout_s:g} s and was ended.",
        hint="Choose a smaller area or a coarser resolution, or give it more time.",
        output_tail=console.tail,
    )


def _options(limits: Limits) -> list[str]:
    heap = [] if limits.memory_bytes is None else [f"-J-Xmx{limits.memory_bytes >> 20}M"]
    return [*heap, "-e", "-q", str(limits.threads), "-c", f"{limits.cache_bytes >> 20}M", "-x"]


def _started(command: list[str | Path], folder: Path) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:
        raise SnapNotFound(
            f"{command[0]} cannot be started: {error.strerror}.", hint=f"Name the gpt of an ESA SNAP in {VARIABLE}."
        ) from None


def _read(stream: IO[bytes] | None, console: Console) -> None:
    if stream is None:
        return
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    while piece := os.read(stream.fileno(), 65_536):
        console.feed(decoder.decode(piece))


def _answer(path: Path, *arguments: str) -> str:
    """Return what `gpt` prints, whatever its exit status."""
    with _started([path, *arguments], Path.cwd()) as process:
        try:
            return process.communicate(timeout=_ASK_TIMEOUT_S)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            end_tree(process.pid)
            raise SnapNotFound(
                f"{path} does not answer within {_ASK_TIMEOUT_S:g} s.", hint="Start it by hand once: gpt --diag."
            ) from None


def _guessed_release(path: Path) -> Release:
    for release, name, parameter in _TELLING:
        if parameter in parameters_in(_answer(path, name, "-h")):
            return release_of(release)
    if not parameters_in(_answer(path, "Read", "-h")):
        raise SnapNotFound(
            f"{path} tells neither a version nor its operators.", hint=f"Name the gpt of an ESA SNAP in {VARIABLE}."
        )
    return "10.0.0"


def _failed(status: int, console: Console) -> SnapFailed:
    number = -status if status < 0 else status - _SIGNAL_STATUS
    named = _signal_name(number)
    how = f"was ended by the signal {named}" if named else f"ended with exit status {status}"
    hint = "The last lines of its output say more."
    if console.ran_out_of_memory() or named == "SIGKILL":
        hint = "It probably ran out of memory: choose a smaller area, or give SNAP more memory."
    reason = console.reason()
    return SnapFailed(f"SNAP {how}{f': {reason}' if reason else ''}.", hint=hint, output_tail=console.tail)


def _signal_name(number: int) -> str | None:
    try:
        return signal.Signals(number).name
    except ValueError:
        return None
