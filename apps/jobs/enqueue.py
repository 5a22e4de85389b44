"""Put a job's id into the queue of the resource it needs. Twice does no harm: the row is claimed once."""

from django.conf import settings
from django.utils import timezone
from django_q.tasks import async_task

from apps.jobs.models import Job


def enqueue(job: Job) -> None:
    """Send the job's id to the workers of its resource."""
    Job.objects.filter(id=job.id).update(queued=timezone.now())
    async_task("apps.jobs.worker.run_job", str(job.id), cluster=queue_of(job.resource), task_name=f"job-{job.id}")


def queue_of(resource: str) -> str:
    """Return the queue that serves a resource (`cpu`, `gpu`, `snap`)."""
    return str(settings.JOB_QUEUES[resource])
