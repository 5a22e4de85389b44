"""`manage.py reap`: take back lost jobs once."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.jobs.reaper import kill_orphans, reap


class Command(BaseCommand):
    """One round of what `run_scheduler` does all the time."""

    help = "Take back the jobs of lost workers and kill what they left running on this machine."

    def handle(self, *args: Any, **options: Any) -> None:
        """Reap once."""
        self.stdout.write(f"jobs taken back or woken: {reap()}; processes killed: {kill_orphans()}")
