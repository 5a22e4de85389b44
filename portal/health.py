"""Whether the portal works: database, workers, disk."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from apps.jobs.workers import living_workers

LOW_DISK_BYTES = 1 << 30


def health() -> dict[str, Any]:
    """Return {healthy, database, workers, disk, version}; a portal without a worker is up, its jobs wait."""
    database = _database()
    free = shutil.disk_usage(_existing(Path(settings.RESULTS_ROOT))).free
    return {
        "healthy": database and free > LOW_DISK_BYTES,
        "database": "ok" if database else "away",
        "workers": len(list(living_workers())) if database else 0,
        "disk": "ok" if free > LOW_DISK_BYTES else "full",
        "version": settings.VERSION,
    }


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
