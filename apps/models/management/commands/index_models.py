"""`manage.py index_models`: enter the shipped networks, and rebuild the rows of users' from what lies on disk."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.models.index import drop_missing, index_owned, index_shipped


class Command(BaseCommand):
    """The archive is the truth, the database an index over it."""

    help = (
        "Enter the shipped networks; rebuild the rows of all packages under MODELS_ROOT; drop rows without a package."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--shipped-only", action="store_true", help="look at the shipped networks only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the folders."""
        counts: Counter[str] = Counter()
        entries = [*index_shipped(), *([] if options["shipped_only"] else index_owned())]
        for entry in entries:
            counts[entry.action] += 1
            if entry.action != "unchanged":
                self.stdout.write(f"{entry.action:9} {entry.folder.name}{f': {entry.reason}' if entry.reason else ''}")
        for name in drop_missing(shipped_only=options["shipped_only"]):
            counts["dropped"] += 1
            self.stdout.write(f"dropped   {name}")
        self.stdout.write(", ".join(f"{n} {action}" for action, n in sorted(counts.items())) or "No models found.")
