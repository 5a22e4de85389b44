"""The states of a job and the only ways between them; every move is guarded by the query that makes it."""

import shutil
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.jobs.errors import JobEnded
from apps.jobs.models import ENDED, Job, State, Worker

EDGES: dict[State, tuple[State, ...]] = {
    State.ACCEPTED: (State.RUNNING, State.DISMISSED, State.FAILED),
    State.RUNNING: (State.SUCCESSFUL, State.FAILED, State.DISMISSED, State.ACCEPTED),
    State.SUCCESSFUL: (),
    State.FAILED: (),
    State.DISMISSED: (),
}


def move(job_id: UUID, to: State, *, source: State | None = None, held_as: int | None = None, **fields: Any) -> bool:
    """Move a job to a state if an edge leads there; return whether it moved.

    Args:
        source: move only from this state.
        held_as: number of the attempt in whose name this is done; a job claimed anew since then is left alone.
        fields: further columns of the same write.
    """
    sources = [s for s, goals in EDGES.items() if to in goals and source in (None, s)]
    jobs = Job.objects.filter(id=job_id, state__in=sources)
    if held_as is not None:
        jobs = jobs.filter(attempt=held_as)
    now = timezone.now()
    if to in ENDED:
        fields = {"finished": now, "eta_s": None, "lease_until": None, **fields}
    return jobs.update(state=to, changed=now, **fields) == 1


def claim(job_id: UUID, worker: Worker | None) -> Job | None:
    """Take a waiting job for this worker; None where it is gone, taken or ended (a message delivered twice)."""
    now = timezone.now()
    claimed: dict[str, Any] = {
        "worker": worker,
        "started": now,
        "heartbeat": now,
        "lease_until": lease_end(),
        "stage": "starting",
    }
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True).filter(id=job_id, state=State.ACCEPTED).first()
        if job is None:
            return None
        move(job.id, State.RUNNING, source=State.ACCEPTED, attempt=job.attempt + 1, **claimed)
        return Job.objects.select_related("owner", "worker").get(id=job.id)


def hand_back(job: Job, **fields: Any) -> bool:
    """Put a running job back among the waiting ones, as if it had not begun."""
    return move(
        job.id,
        State.ACCEPTED,
        held_as=job.attempt,
        worker=None,
        lease_until=None,
        heartbeat=None,
        started=None,
        stage="",
        fraction=0.0,
        eta_s=None,
        **fields,
    )


def beat(job: Job, stage: str, fraction: float, eta_s: float | None, *, is_news: bool = False) -> bool | None:
    """Renew the lease and write the progress; return whether a cancel is asked for, None where the job was lost.

    Args:
        is_news: whether there is something to see beside stage and fraction.
    """
    now = timezone.now()
    mine = Job.objects.filter(id=job.id, attempt=job.attempt, state=State.RUNNING)
    news = {"changed": now} if is_news or (stage, fraction) != (job.stage, job.fraction) else {}
    job.stage, job.fraction, job.eta_s = stage[:200], fraction, eta_s
    written = mine.update(
        heartbeat=now, lease_until=lease_end(), stage=job.stage, fraction=fraction, eta_s=eta_s, **news
    )
    return mine.values_list("cancel_requested", flat=True).first() if written else None


def cancel(job: Job) -> None:
    """Dismiss a waiting job at once, ask the worker of a running one to stop it.

    Raises:
        JobEnded: nothing is left to cancel; the message names the state.
    """
    if move(job.id, State.DISMISSED, source=State.ACCEPTED, cancel_requested=True):
        shutil.rmtree(job.keep, ignore_errors=True)
        return
    running = Job.objects.filter(id=job.id, state=State.RUNNING)
    if not running.update(cancel_requested=True, changed=timezone.now()):
        state = Job.objects.values_list("state", flat=True).get(id=job.id)
        raise JobEnded(
            f"The job cannot be cancelled: it is already {state}.",
            hint="Only waiting and running jobs can be cancelled.",
        )


def lease_end() -> datetime:
    """Return until when a claim holds without another beat."""
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_S)
