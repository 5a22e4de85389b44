"""Delete an ended job and its log. Its result belongs to the catalogue and stays."""

import shutil

from apps.jobs.errors import JobNotEnded
from apps.jobs.models import ENDED, Job


def delete_job(job: Job) -> None:
    """Delete a job.

    Raises:
        JobNotEnded: it waits or runs.
    """
    deleted, _ = Job.objects.filter(id=job.id, state__in=ENDED).delete()
    if not deleted:
        raise JobNotEnded(f"The job cannot be deleted: it is {job.state}.", hint="Cancel it first.")
    shutil.rmtree(job.folder, ignore_errors=True)
