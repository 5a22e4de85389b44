"""Whether the portal works: database, workers, disk."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from apps.jobs.workers import living_workers
from apps.osm_vectors.models import Dataset
from apps.osm_vectors.queries import is_stale, live_dataset

LOW_DISK_BYTES = 1 << 30


def health() -> dict[str, Any]:
    """Return {healthy, database, workers, disk, osm, …, version}; a portal without a worker is up, its jobs wait."""
    database = _database()
    dataset = live_dataset() if database else None
    free = shutil.disk_usage(_existing(Path(settings.RESULTS_ROOT))).free
    return {
        "healthy": database and free > LOW_DISK_BYTES,
        "database": "ok" if database else "away",
        "workers": len(list(living_workers())) if database else 0,
        "disk": "ok" if free > LOW_DISK_BYTES else "full",
        "osm": _currency(dataset) if database else "unknown",
        "osm_data_timestamp": dataset.data_timestamp if dataset else None,
        "version": settings.VERSION,
    }


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def _currency(dataset: Dataset | None) -> str:
    """Say how current the OpenStreetMap data are."""
    if dataset is None:
        return "none"
    return "stale" if is_stale(dataset) else "ok"


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
