"""`manage.py reindex`: rebuild the rows of results from the `item.json` in their folders."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.accounts.models import User
from apps.catalog.models import Result
from apps.catalog.publish import OWNER_RECORD, index_folder


class Command(BaseCommand):
    """The archive is the truth, the database an index over it."""

    help = "Rebuild the rows of results from what lies under RESULTS_ROOT; drop rows whose folder is gone."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the folders."""
        root = Path(settings.RESULTS_ROOT)
        folders = [f for f in sorted(root.glob("*")) if (f / "item.json").is_file()] if root.is_dir() else []
        done = sum(self._index(folder) for folder in folders)
        gone = Result.objects.exclude(folder__in=[f.name for f in folders])
        dropped = gone.count()
        gone.delete()
        self.stdout.write(f"{done} results indexed, {len(folders) - done} skipped, {dropped} dropped")

    def _index(self, folder: Path) -> bool:
        record = folder / OWNER_RECORD
        facts = json.loads(record.read_text()) if record.is_file() else {}
        owner = User.objects.filter(email=facts.get("owner", "")).first()
        if owner is None:
            self.stdout.write(f"skipped   {folder.name}: its owner {facts.get('owner', '(unknown)')} has no account")
            return False
        item = json.loads((folder / "item.json").read_text())
        index_folder(owner, facts["job"], facts["service"], facts["title"], folder, item)
        return True
