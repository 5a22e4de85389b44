"""Run one job: claim its row, start the child, keep the lease, put the end on record. The queue calls `run_job`."""

import json
import logging
import os
import shutil
import sys
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings

from apps.jobs import stopping
from apps.jobs.curve import Curve
from apps.jobs.database import LOST, drop_connection, persist
from apps.jobs.enqueue import enqueue
from apps.jobs.kept import drop_kept
from apps.jobs.limits import memory_limit_bytes, threads
from apps.jobs.log import Log
from apps.jobs.models import Job, State, Worker
from apps.jobs.processes import JOB_VARIABLE
from apps.jobs.publish import publish
from apps.jobs.resolve import known_inputs, paths_of
from apps.jobs.standing import standing_environment
from apps.jobs.states import beat, claim, hand_back, move
from apps.jobs.supervise import Ending, Limits, Report, Wish, failure, supervise
from services.core.errors import InvalidParameters
from services.core.registry import get_service

logger = logging.getLogger(__name__)

WORKER_VARIABLE = "GROUNDWORK_WORKER"
BEAT_S = 0.5
HAND_BACK_S = 5.0  # the worker is being stopped: what it cannot say in that time the reaper will find out


def run_job(job_id: str) -> str:
    """Run a job if it still waits; return its state, or "taken" for a message that came twice or too late."""
    if stopping.asked():  # a message that was fetched ahead
        return _leave(job_id)
    worker_id = os.environ.get(WORKER_VARIABLE)
    worker = Worker.objects.filter(id=worker_id).first() if worker_id else None
    job = claim(UUID(job_id), worker)
    if job is None:
        return "taken"
    _perform(job)
    return Job.objects.values_list("state", flat=True).get(id=job.id)


def _leave(job_id: str) -> str:
    """Put a message back for the next worker."""
    for job in Job.objects.filter(id=job_id, state=State.ACCEPTED):
        enqueue(job)
    return "left to the next worker"


def _perform(job: Job) -> None:
    log = Log(job.log_path)
    work = job.folder / f"attempt-{job.attempt}"
    try:
        work.mkdir(parents=True)
        log.note(f"attempt {job.attempt} of {job.service_id} {job.service_version}, job {job.id}")
        _record(job, _run_child(job, work, log), work, log)
    except Exception as error:
        reason = _trouble(job, error)
        persist(lambda: _fail(job, reason, log))
    finally:
        shutil.rmtree(work, ignore_errors=True)
        drop_kept(job)


def _trouble(job: Job, error: Exception) -> dict[str, object]:
    """Say what kept this worker itself from running the job."""
    if isinstance(error, InvalidParameters):
        return failure(error.code, error.message, error.hint)
    logger.error("Job %s broke its worker.", job.id, exc_info=error)
    if isinstance(error, OSError):
        hint = "Have the disk of the server looked at, then run the job again."
        return failure("disk_full", f"The job's files could not be written: {error.strerror}.", hint)
    return failure("internal_error", f"{type(error).__name__}: {error}", "This is a fault of the portal.")


def _run_child(job: Job, work: Path, log: Log) -> Ending:
    order = work / "parameters.json"
    order.write_text(json.dumps(_order(job)))
    output = ["--output_path", str(work / "output"), "--keep", str(job.keep)]
    command = [sys.executable, "-m", "services", "run", job.service_id, "--params", str(order), *output]
    mark = {JOB_VARIABLE: f"{job.id}:{job.attempt}"}
    environment = {**mark, "GROUNDWORK_THREADS": str(threads()), "PYTHONUNBUFFERED": "1"}
    environment |= standing_environment(get_service(job.service_id))
    limits = Limits(job.timeout_s, memory_limit_bytes(), settings.JOB_GRACE_S)
    command += ["--progress", "json"]
    return supervise(command, log, environment, limits, _Keeper(job).tick, Curve(job.curve_path))


def _order(job: Job) -> dict[str, object]:
    """Return what the child reads: the parameters with paths for ids, and the ids for the provenance."""
    return {"parameters": paths_of(job), "identity": {"job": str(job.id), "inputs": known_inputs(job)}}


class _Keeper:
    """Keeps the lease of a job, writes its progress, and hears what is asked of it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.due = 0.0
        self.points = 0

    def tick(self, report: Report) -> Wish:
        """Beat when it is due; a database that is away is no reason to stop."""
        if stopping.asked():
            return Wish.HAND_BACK
        if time.monotonic() < self.due:
            return Wish.GO_ON
        self.due = time.monotonic() + BEAT_S
        try:
            points, told = report.points, self.points
            cancel = beat(self.job, report.stage, report.fraction, report.eta_s, is_news=points != told)
        except LOST as error:
            logger.warning("Job %s: no beat, the database is away (%s).", self.job.id, error)
            drop_connection()
            self.due += BEAT_S
            return Wish.GO_ON
        self.points = points
        if cancel is None:
            return Wish.LOST
        return Wish.CANCEL if cancel else Wish.GO_ON


def _record(job: Job, ending: Ending, work: Path, log: Log) -> None:
    """Put the end of the child on record."""
    if ending.wish is Wish.LOST:
        logger.warning("Job %s was taken from this worker; its work is dropped.", job.id)
    elif ending.wish is Wish.CANCEL:
        log.note("cancelled")
        persist(lambda: move(job.id, State.DISMISSED, held_as=job.attempt, peak_memory_bytes=ending.peak_memory_bytes))
    elif ending.wish is Wish.HAND_BACK:
        log.note("handed back: the worker is being stopped")
        if persist(lambda: hand_back(job), patience_s=HAND_BACK_S):
            persist(lambda: enqueue(job), patience_s=HAND_BACK_S)
    elif ending.error:
        persist(lambda: _fail(job, ending.error or {}, log, ending.peak_memory_bytes))
    else:
        log.note(f"done; peak memory {ending.peak_memory_bytes / (1 << 20):.0f} MiB")
        publish(job, work / "output", ending.peak_memory_bytes)


def _fail(job: Job, error: dict[str, object], log: Log, peak_memory_bytes: int | None = None) -> None:
    log.note(f"failed: {error['message']}")
    move(job.id, State.FAILED, held_as=job.attempt, error=error, peak_memory_bytes=peak_memory_bytes)
