"""`manage.py index_scenes PATH…`: enter mounted archives into the catalogue."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.catalog.scene_index import index_paths, remove_missing


class Command(BaseCommand):
    """Enter every product at or below the paths; run it again whenever the archive has changed."""

    help = "Index SAFE folders, SAFE zips and band folders at or below PATH, for everybody or for one owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--owner", help="e-mail of the only user who may see them")
        parser.add_argument("--remove-missing", action="store_true", help="drop scenes that are no longer on disk")

    def handle(self, *args: Any, **options: Any) -> None:
        """Index and report."""
        counts: Counter[str] = Counter()
        for entry in index_paths(options["paths"], self._owner(options["owner"])):
            counts[entry.action] += 1
            name = entry.scene.name if entry.scene else str(entry.path)
            self.stdout.write(f"{entry.action:9} {name}{f': {entry.reason}' if entry.reason else ''}")
        if options["remove_missing"]:
            for name in remove_missing():
                counts["removed"] += 1
                self.stdout.write(f"removed   {name}")
        self.stdout.write(", ".join(f"{n} {action}" for action, n in sorted(counts.items())) or "No products found.")

    def _owner(self, email: str | None) -> User | None:
        if not email:
            return None
        try:
            return User.objects.get(email=email.lower())
        except User.DoesNotExist:
            raise CommandError(f"There is no user {email!r}.") from None
