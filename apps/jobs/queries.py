"""Reads: whose jobs, in what order, and how far a waiting one is from its turn."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.jobs.models import Job, State
from services.core.registry import all_services

_POSITIONS = """
    SELECT id, position FROM (
        SELECT id, row_number() OVER (PARTITION BY resource ORDER BY created, id) AS position
        FROM jobs_job WHERE state = 'accepted'
    ) AS waiting WHERE id = ANY(%s)
"""


def visible_jobs(user: User) -> QuerySet[Job]:
    """Return the jobs that a user may see: their own."""
    return Job.objects.filter(owner_id=user.pk)


def find_jobs(user: User, *, state: str = "", service: str = "", text: str = "") -> QuerySet[Job]:
    """Return a user's jobs, newest first.

    Args:
        state: one state, or several with commas between.
        text: part of the name, or of the service's id.
    """
    jobs = visible_jobs(user).order_by("-created", "-id")
    if state:
        jobs = jobs.filter(state__in=state.split(","))
    if service:
        jobs = jobs.filter(service_id=service)
    if text:
        jobs = jobs.filter(Q(name__icontains=text) | Q(service_id__icontains=text))
    return jobs


def queue_positions(jobs: Iterable[Job]) -> dict[UUID, int]:
    """Return the place in the queue, 1 first, of those of the jobs that wait."""
    waiting = [job.id for job in jobs if job.state == State.ACCEPTED]
    if not waiting:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_POSITIONS, [waiting])
        return dict(cursor.fetchall())


def as_documents(jobs: Iterable[Job]) -> list[dict[str, Any]]:
    """Return jobs as the API shows them."""
    rows = list(jobs)
    positions = queue_positions(rows)
    return [_as_document(job, positions.get(job.id)) for job in rows]


def as_document(job: Job) -> dict[str, Any]:
    """Return one job as the API shows it."""
    return as_documents([job])[0]


def _as_document(job: Job, position: int | None) -> dict[str, Any]:
    service = all_services().get(job.service_id)
    link = f"/api/jobs/{job.id}"
    return {
        "id": str(job.id),
        "name": job.name,
        "service": job.service_id,
        "service_title": service.title if service else job.service_id,
        "service_version": job.service_version,
        "state": job.state,
        "stage": job.stage,
        "fraction": job.fraction,
        "eta_s": job.eta_s,
        "attempt": job.attempt,
        "cancel_requested": job.cancel_requested,
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "updated": job.changed,
        "parameters": job.parameters,
        "inputs": [{k: i[k] for k in ("parameter", "kind", "id", "name")} for i in job.inputs],
        "timeout_s": job.timeout_s,
        "error": job.error,
        "estimate": job.estimate,
        "peak_memory_bytes": job.peak_memory_bytes,
        "result": str(job.result_id) if job.result_id else None,
        "same_result_as": None,
        "rerun_of": str(job.rerun_of_id) if job.rerun_of_id else None,
        "queue_position": position,
        "links": {
            "self": link,
            "log": f"{link}/log",
            "curve": f"{link}/curve" if job.curve_path.exists() else None,
            "events": f"{link}/events",
            "result": f"/api/results/{job.result_id}" if job.result_id else None,
        },
    }
