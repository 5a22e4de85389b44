"""Where a trained network came from and what was made with it: read off the inputs that jobs keep."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.jobs.models import Job, State
from apps.jobs.queries import visible_jobs
from apps.models.models import TrainedModel
from apps.models.queries import versions_of
from services.core.registry import all_services
from services.core.types import MODEL

MOST_USES = 100


def needed_by(model_id: UUID) -> str:
    """Return in words which jobs that have not ended need a model, whosever they are; empty where none does."""
    waiting = _using(model_id).filter(state__in=(State.ACCEPTED, State.RUNNING)).count()
    if not waiting:
        return ""
    return "a job that waits or runs needs it" if waiting == 1 else f"{waiting} jobs that wait or run need it"


def lineage_of(model: TrainedModel, user: User) -> dict[str, Any]:
    """Return what made a model, on which data, its versions, and what the user made with it.

    Jobs of others are not told: of a shared model its service and the data that its card names.
    """
    return {
        "made_by": _maker(model, user),
        "data": model.card["data"],
        "used_by": [_use(job) for job in _uses(model, user)],
        "versions": [
            {"id": str(v.pk), "version": v.version, "created": v.created, "macro_f1": v.macro_f1}
            for v in versions_of(model, user)
        ],
    }


def _maker(model: TrainedModel, user: User) -> dict[str, Any] | None:
    if not model.service_id:
        return None
    service = all_services().get(model.service_id)
    job = visible_jobs(user).filter(pk=model.job_id).first() if model.job_id else None
    return {
        "service": model.service_id,
        "service_title": service.title if service else model.service_id,
        "job": str(job.pk) if job else None,
        "name": str(job) if job else "",
        "result": str(job.result_id) if job and job.result_id else None,
        "inputs": [{k: i[k] for k in ("parameter", "kind", "id", "name")} for i in job.inputs] if job else [],
        "parameters": job.parameters if job else {},
    }


def _uses(model: TrainedModel, user: User) -> "QuerySet[Job]":
    mine = _using(model.pk).filter(owner=user)
    return mine.select_related("result").order_by("-created")[:MOST_USES]


def _using(model_id: UUID) -> "QuerySet[Job]":
    return Job.objects.filter(inputs__contains=[{"kind": MODEL, "id": str(model_id)}])


def _use(job: Job) -> dict[str, Any]:
    service = all_services().get(job.service_id)
    return {
        "job": str(job.pk),
        "name": str(job) if job.name else service.title if service else job.service_id,
        "service": job.service_id,
        "state": job.state,
        "created": job.created,
        "result": str(job.result_id) if job.result_id else None,
    }
