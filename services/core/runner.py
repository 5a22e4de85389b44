"""Run one service: validate, compute into a hidden folder, check what was declared, publish all of it or nothing."""

import errno
import json
import os
import shutil
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

from services.core.context import Context, Progress
from services.core.errors import (
    BadInput,
    BrokenContract,
    Cancelled,
    DiskFull,
    OutOfMemory,
    OutputNotWritable,
    ServiceError,
)
from services.core.execution import default_threads, open_executor
from services.core.record import write_record
from services.core.service import Service
from services.core.validation import validate

FULL_BELOW_BYTES = 4 << 20
RECORDS = ("item.json", "provenance.json", "README.md")


def run(
    service: Service,
    values: Mapping[str, Any],
    output_path: Path,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    identity: Mapping[str, Any] | None = None,
    curve: Callable[[Mapping[str, float]], None] = lambda point: None,
    keep: Path | None = None,
) -> dict[str, Any]:
    """Run a service and publish its outputs to `output_path`; return the STAC item.

    Under torchrun every rank runs the service, and the first one alone reports and publishes.

    Args:
        values: parameters as typed; references are paths here.
        output_path: folder for the outputs, made if need be. Until the end it holds only a hidden folder.
        report: takes progress.
        identity: what the caller wants in the provenance beside the parameters (job id, ids behind the paths).
        curve: takes the points of a training curve.
        keep: folder for what an interrupted run can be taken up from, made by a service that writes there. A run that
            ends well removes it.

    Raises:
        ServiceError: with what to do next; nothing is left behind in `output_path` but what is kept.
    """
    params = validate(service, values)
    follows = follows_another()
    with _staging(output_path) as staging, _stop_on_sigterm(), _plain_errors(staging):
        with open_executor() as executor:
            tell = {} if follows else {"report": report, "curve": curve}
            context = Context(service, staging, executor, threads=default_threads(), keep=keep, **tell)  # type: ignore[arg-type]
            context.progress(0.0, "starting")
            service.load_run()(params, context)
            if follows:
                return {}
            _check_outputs(service, context)
            context.progress(0.99, "writing the record")
            item = write_record(context, params, identity or {})
        shutil.rmtree(staging / ".scratch", ignore_errors=True)
        _publish(staging, output_path)
    if keep is not None:
        shutil.rmtree(keep, ignore_errors=True)
    context.progress(1.0, "done")
    return item


def follows_another() -> bool:
    """Tell whether this process is a rank of torchrun other than the first."""
    return "TORCHELASTIC_RUN_ID" in os.environ and os.environ.get("RANK", "0") != "0"


@contextmanager
def _staging(output_path: Path) -> Iterator[Path]:
    staging = output_path / f".partial-{uuid.uuid4().hex[:8]}"
    made = not output_path.exists()
    _refuse_anothers(output_path)
    try:
        staging.mkdir(parents=True)
    except OSError as error:
        raise OutputNotWritable(
            f"Cannot write to {output_path}: {error.strerror}.", hint="Choose a folder that you may write to."
        ) from None
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if made and output_path.is_dir() and not any(output_path.iterdir()):
            output_path.rmdir()


def _refuse_anothers(output_path: Path) -> None:
    """A result may take the place of an earlier one, not that of somebody's own files."""
    there = [name for name in RECORDS if (output_path / name).exists()]
    if there and "item.json" not in there:
        raise OutputNotWritable(
            f"{output_path} holds a {there[0]} that is no earlier result.", hint="Choose an empty folder, or a new one."
        )


def _publish(staging: Path, output_path: Path) -> None:
    """Move every file into place, `item.json` last: who sees it sees all of it."""
    for path in sorted(staging.iterdir(), key=lambda p: p.name == "item.json"):
        goal = output_path / path.name
        if goal.is_dir():
            shutil.rmtree(goal)
        path.replace(goal)


def _check_outputs(service: Service, context: Context) -> None:
    for asset in context.assets.values():
        if not asset.path.exists():
            raise BrokenContract(f"{service.id} named {asset.path.name} as output but did not write it.")
    written = {output.name for name in context.assets if (output := service.output(name))}
    missing = [o.name for o in service.outputs if not o.optional and o.name not in written]
    if missing:
        raise BrokenContract(f"{service.id} did not write: {', '.join(missing)}.")


@contextmanager
def _stop_on_sigterm() -> Iterator[None]:
    """Turn SIGTERM into `Cancelled` in the main thread, so that the staging folder is cleared away.

    A library whose callback the signal meets may swallow `Cancelled` and fail in words of its own: that failure is
    the cancellation too.
    """
    stopped: list[Cancelled] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.append(Cancelled("The run was stopped.", hint="Run it again when you want its result."))
        raise stopped[0]

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: a test, or a library user
        yield
        return
    try:
        yield
    except Exception as error:
        if stopped and error is not stopped[0]:
            raise stopped[0] from error
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    """Translate what can go wrong on any machine, and in the library, into errors of the services."""
    from eo.errors import EoError

    try:
        yield
    except EoError as error:
        translated = BadInput(error.message, hint=error.hint)
        translated.code = error.code  # type: ignore[misc]
        raise translated from error
    except MemoryError as error:
        raise OutOfMemory(
            "The run needed more memory than it may use.", hint="Choose a smaller area or a coarser resolution."
        ) from error
    except Exception as error:
        if _is_disk_full(error, folder):
            raise DiskFull(
                f"The disk under {folder.parent} is full; nothing was published.",
                hint="Free some space or choose a smaller area, then run it again.",
            ) from error
        raise


def _is_disk_full(error: Exception, folder: Path) -> bool:
    """Tell by the disk where the error does not: libraries that write have many words for it, and some notice late."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    return not isinstance(error, ServiceError) and shutil.disk_usage(folder).free < FULL_BELOW_BYTES


def progress_line(progress: Progress) -> str:
    """Return a progress report as one JSON line, as the worker reads it."""
    return json.dumps({"event": "progress", **asdict(progress)})


def curve_line(point: Mapping[str, float]) -> str:
    """Return a point of a training curve as one JSON line, as the worker reads it."""
    return json.dumps({"event": "curve", "point": dict(point)})
