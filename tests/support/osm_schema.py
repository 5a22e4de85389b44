"""Imports into the test database; its schema outlives a test, so each test says what it wants to be served."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.osm_vectors.database import NEW, OLD, connect, drop
from apps.osm_vectors.models import Dataset
from apps.osm_vectors.reading import close_pools
from eo.vector.osm_tables import LIVE


@pytest.fixture
def empty(transactional_db: None, settings, tmp_path: Path) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """Nothing is served; nothing stays."""
    settings.CACHE_ROOT = tmp_path / "cache"
    _clear()
    yield
    _clear()


def _clear() -> None:
    close_pools()
    Dataset.objects.all().delete()
    with connect() as database:
        for schema in (LIVE, NEW, OLD):
            drop(database, schema)
