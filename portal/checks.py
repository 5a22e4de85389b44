"""What can be wrong with the settings or the machine, each with a stable id, in words, with what to do."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, InterfaceError, connection

LOCAL_HOSTS = {"127.0.0.1", "localhost", "[::1]", "testserver"}
SHORTEST_KEY = 50
FOLDERS = ("RESULTS_ROOT", "UPLOADS_ROOT", "MODELS_ROOT", "JOBS_ROOT", "CACHE_ROOT")


@register(Tags.security)
def check_secret_key(**options: Any) -> list[CheckMessage]:
    """A short key can be guessed, and with it every signed link."""
    if len(settings.SECRET_KEY) >= SHORTEST_KEY:
        return []
    hint = "Set SECRET_KEY to what this prints: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    return [Error(f"SECRET_KEY has fewer than {SHORTEST_KEY} characters.", hint=hint, id="groundwork.E001")]


@register(Tags.security)
def check_debug(**options: Any) -> list[CheckMessage]:
    """Debug pages show settings and code to whoever meets an error."""
    if not (settings.DEBUG and _public()):
        return []
    hint = "Remove DEBUG from the environment; errors are in the log."
    return [Error(f"DEBUG is on, and the portal answers for {_names()}.", hint=hint, id="groundwork.E002")]


@register(Tags.security)
def check_hosts(**options: Any) -> list[CheckMessage]:
    """Every Host header would be believed."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "Name the hosts: ALLOWED_HOSTS=portal.example.org"
    return [Error("ALLOWED_HOSTS allows every host.", hint=hint, id="groundwork.E003")]


@register(Tags.security)
def check_site_url(**options: Any) -> list[CheckMessage]:
    """Cookies and tokens would cross the network in the clear."""
    if settings.HTTPS or not _public():
        return []
    hint = "Put the portal behind HTTPS and set SITE_URL=https://…"
    return [Warning(f"The portal answers for {_names()} without HTTPS.", hint=hint, id="groundwork.W001")]


@register(Tags.compatibility)
def check_folders(**options: Any) -> list[CheckMessage]:
    """Find the folders that cannot be written to."""
    wrong = [(name, Path(getattr(settings, name))) for name in FOLDERS]
    return [
        Error(
            f"{name} ({folder}) cannot be written to.", hint=f"Make it writable, or set {name}.", id="groundwork.E004"
        )
        for name, folder in wrong
        if not _writable(folder)
    ]


@register(Tags.database)
def check_postgis(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """Ask the database whether it is there and has PostGIS; only commands that need a database call this."""
    if not databases:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'")
            there = cursor.fetchone()[0]
    except (DatabaseError, InterfaceError) as error:
        hint = "Start it (make run starts one of its own), or set DATABASE_URL=postgis://user:password@host:5432/name"
        return [Error(f"The database cannot be reached: {error}", hint=hint, id="groundwork.E005")]
    if there:
        return []
    hint = "Install it on the database's machine: apt-get install postgresql-postgis"
    return [Error("The database server has no PostGIS.", hint=hint, id="groundwork.E006")]


def _public() -> bool:
    return bool(set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS)


def _names() -> str:
    return ", ".join(sorted(set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS))


def _writable(folder: Path) -> bool:
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
