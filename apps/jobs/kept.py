"""What an interrupted attempt leaves for the next one: it outlives attempts, not the job."""

import logging
import shutil

from apps.jobs.database import LOST
from apps.jobs.models import ENDED, Job

logger = logging.getLogger(__name__)


def drop_kept(job: Job) -> None:
    """Remove what a job kept if it has ended for good; where the database is away it waits for the job's deletion."""
    if not job.keep.exists():
        return
    try:
        ended = Job.objects.filter(id=job.id, state__in=ENDED).exists()
    except LOST as error:
        logger.warning("Job %s: what it kept stays, the database is away (%s).", job.id, error)
        return
    if ended:
        shutil.rmtree(job.keep, ignore_errors=True)
