"""`manage.py run_scheduler`: the loop that looks after the jobs. One is enough; several do no harm."""

import logging
import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand

from apps.jobs.database import LOST, drop_connection
from apps.jobs.reaper import kill_orphans, reap

logger = logging.getLogger(__name__)

EVERY_S = 5.0


class Command(BaseCommand):
    """Takes back lost jobs every few seconds, until SIGTERM or SIGINT."""

    help = "Look after the jobs: take back what lost workers held, wake what was forgotten."

    def handle(self, *args: Any, **options: Any) -> None:
        """Loop until told to stop."""
        stop = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        logger.info("Scheduler started.")
        while not stop.wait(EVERY_S):
            try:
                reap()
                kill_orphans()
            except LOST as error:
                logger.warning("The database is away (%s).", error)
            finally:
                drop_connection()
        logger.info("Scheduler stopped.")
