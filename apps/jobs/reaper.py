"""Take back what a lost worker held: one automatic retry, then failed with the reason; kill what it left running."""

import contextlib
import logging
from datetime import timedelta

import psutil
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.jobs.enqueue import enqueue
from apps.jobs.kept import drop_kept
from apps.jobs.log import Log
from apps.jobs.models import Job, State
from apps.jobs.processes import job_processes
from apps.jobs.states import hand_back, move
from apps.jobs.supervise import failure
from apps.jobs.workers import living_workers

logger = logging.getLogger(__name__)

RETRIES = 1
LOST_MESSAGE_S = 60


def reap() -> int:
    """Take back the running jobs whose lease ran out, and wake waiting ones whose message was lost; return how many."""
    return _take_back_lost() + _wake_forgotten()


def kill_orphans() -> int:
    """Kill processes of this machine that run for a job which is no longer theirs; return how many.

    A job that the database does not know belongs to another portal on this machine and is left alone.
    """
    found = list(job_processes())
    if not found:
        return 0
    jobs = Job.objects.filter(id__in={job_id for _, job_id, _ in found})
    rows = jobs.values_list("id", "attempt", "state")
    holds = {str(i): attempt if state == State.RUNNING else None for i, attempt, state in rows}
    orphans = [(p, job_id) for p, job_id, attempt in found if job_id in holds and holds[job_id] != attempt]
    for process, job_id in orphans:
        logger.warning("Killing process %d, left over from job %s.", process.pid, job_id)
        with contextlib.suppress(psutil.Error):
            process.kill()
    return len(orphans)


def _take_back_lost() -> int:
    with transaction.atomic():
        lost = list(Job.objects.select_for_update(skip_locked=True).filter(_lost()))
        for job in lost:
            _take_back(job)
    for job in lost:
        drop_kept(job)
    return len(lost)


def _lost() -> Q:
    """Pick running jobs without a lease. After a restart of the database workers have one lease's time to return."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_postmaster_start_time()")
        up_since = cursor.fetchone()[0]
    if now - up_since < timedelta(seconds=settings.JOB_LEASE_S):
        return Q(pk__in=[])
    return Q(state=State.RUNNING, lease_until__lt=now)


def _take_back(job: Job) -> None:
    logger.warning("Job %s lost its worker %s in attempt %d.", job.id, job.worker_id, job.attempt)
    log = Log(job.log_path)
    if job.cancel_requested:
        move(job.id, State.DISMISSED, held_as=job.attempt)
    elif job.losses < RETRIES:
        log.note("the worker was lost; the job waits for its second attempt")
        if hand_back(job, losses=F("losses") + 1):
            transaction.on_commit(lambda: enqueue(job))
    else:
        log.note("the worker was lost again; the job has failed")
        error = failure(
            "worker_lost",
            f"The worker was lost {job.losses + 1} times while it ran the job, last in stage {job.stage!r}.",
            "The machine may be short of memory, or was switched off. Run the job again, perhaps on a smaller area.",
        )
        move(job.id, State.FAILED, held_as=job.attempt, error=error, losses=job.losses + 1)


def _wake_forgotten() -> int:
    """Queue waiting jobs again that idle workers should have begun: a lost worker held their message."""
    since = timezone.now() - timedelta(seconds=LOST_MESSAGE_S)
    woken = 0
    for resource in settings.JOB_QUEUES:
        workers = list(living_workers(resource))
        busy = Job.objects.filter(state=State.RUNNING, worker__in=workers).count()
        free = sum(w.slots for w in workers) - busy
        waiting = Job.objects.filter(state=State.ACCEPTED, resource=resource, queued__lt=since).order_by("created")
        for job in waiting[: max(free, 0)]:
            enqueue(job)
            woken += 1
    return woken
