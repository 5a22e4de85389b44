"""Rename a job."""

from django.utils import timezone

from apps.jobs.models import Job


def rename_job(job: Job, name: str) -> Job:
    """Give a job another name; return it."""
    job.name, job.changed = name, timezone.now()
    job.save(update_fields=["name", "changed"])
    return job
