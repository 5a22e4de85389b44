"""`manage.py run_worker`: run the jobs of one queue."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.jobs.cluster import run_cluster


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT; running jobs are handed back then."""

    help = "Run jobs: start a django-q2 cluster, register it as a worker, keep its heartbeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Let the queue be chosen."""
        queues = sorted(set(settings.JOB_QUEUES.values()))
        parser.add_argument("--queue", choices=queues, default=queues[0], help="Which queue of JOB_QUEUES to serve.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the cluster."""
        run_cluster(options["queue"])
