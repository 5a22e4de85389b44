"""The role that may read OpenStreetMap's tables and nothing else: for tiles by OGC API, and for services."""

from typing import Any

from django.conf import settings
from psycopg import sql

from apps.osm_vectors.database import LIVE

TIMEOUT_MS = 30_000


def allow_reading(cursor: Any) -> None:
    """Let the reader read what is served now; make the role where that may be done."""
    role = sql.Identifier(settings.OSM_READER)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.OSM_READER])
    if not cursor.fetchone():
        cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            return
        cursor.execute(_text(cursor, sql.SQL("CREATE ROLE {} LOGIN").format(role)))
    for statement in (
        sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on"),
        sql.SQL(f"ALTER ROLE {{}} SET statement_timeout = {TIMEOUT_MS}"),
        sql.SQL(f"GRANT USAGE ON SCHEMA {LIVE} TO {{}}"),
        sql.SQL(f"GRANT SELECT ON ALL TABLES IN SCHEMA {LIVE} TO {{}}"),
    ):
        cursor.execute(_text(cursor, statement.format(role)))


def _text(cursor: Any, statement: sql.Composed) -> str:
    return statement.as_string(cursor.connection)
