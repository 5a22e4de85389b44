"""What one job may use of the machine."""

import os

import psutil
from django.conf import settings

USABLE = 0.8


def memory_limit_bytes() -> int:
    """Return how much memory one job may hold: the setting, else its share of four fifths of the machine's."""
    return int(settings.JOB_MEMORY_BYTES or psutil.virtual_memory().total * USABLE / settings.JOBS_AT_ONCE)


def threads() -> int:
    """Return how many threads one job may compute on: the machine's cores, shared among the jobs at once."""
    cores = len(os.sched_getaffinity(0))
    return int(os.environ.get("GROUNDWORK_THREADS", max(cores // settings.JOBS_AT_ONCE, 1)))
