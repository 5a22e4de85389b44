"""A database of the portal's own shape, made for a benchmark and dropped in the end."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def portal_database(folder: Path) -> Iterator[str]:
    """Make a database with the portal's tables; yield its address. Files go below `folder`."""
    support = str(ROOT / "tests" / "support")
    sys.path.insert(0, support)
    os.environ.update(
        SECRET_KEY="only-for-the-benchmark-" + "0" * 30,
        DJANGO_SETTINGS_MODULE="portal.settings",
        GROUNDWORK_EXTRA_SERVICES="job_service",
        PYTHONPATH=support,
        JOBS_ROOT=str(folder / "jobs"),
        RESULTS_ROOT=str(folder / "results"),
        CACHE_ROOT=str(folder / "cache"),
        LOG_LEVEL="WARNING",
    )
    import django

    django.setup()
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment()
    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield _address()
    finally:
        teardown_databases(made, verbosity=0)


def _address() -> str:
    from django.db import connection

    database = connection.settings_dict
    host = database["HOST"] or database["OPTIONS"].get("host", "")
    login = f"{database['USER']}:{database['PASSWORD']}@"
    return f"postgis://{login}/{database['NAME']}?host={host}&port={database['PORT'] or 5432}"
