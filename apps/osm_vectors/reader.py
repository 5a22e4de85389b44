"""The role that may read OpenStreetMap's tables and nothing else: for tiles by OGC API, and for services."""

import hashlib
import hmac
from typing import Any

from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from apps.osm_vectors.database import connection_parameters
from apps.osm_vectors.errors import ImportRefused
from eo.vector.osm_tables import LIVE

TIMEOUT_MS = 30_000


def reader_address() -> str:
    """Return the connection string of the reader, in the portal's own database unless the settings say another."""
    if settings.OSM_DATABASE_URL:
        return str(settings.OSM_DATABASE_URL)
    login = {"user": settings.OSM_READER, "password": _password()}
    return make_conninfo("", **{**connection_parameters(), **login})


def _password() -> str:
    """Return the reader's password: nobody has to keep it, and no other secret can be told from it."""
    return hmac.new(settings.SECRET_KEY.encode(), b"reader of OpenStreetMap", hashlib.sha256).hexdigest()


def allow_reading(cursor: Any) -> None:
    """Let the reader read what is served now; make the role, and keep it as it should be, where the portal may.

    Raises:
        ImportRefused: there is no such role, and the portal may make none.
    """
    role = sql.Identifier(settings.OSM_READER)
    cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    may_manage = cursor.fetchone()[0]
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.OSM_READER])
    exists = cursor.fetchone() is not None
    if not exists and not may_manage:
        raise ImportRefused(
            f"There is no database role {settings.OSM_READER}, and the portal may make none.",
            hint=f"An administrator of the database runs: CREATE ROLE {settings.OSM_READER} LOGIN PASSWORD '…'; "
            "then set OSM_DATABASE_URL with that login.",
        )
    managed = [
        *([] if exists else [sql.SQL("CREATE ROLE {} LOGIN").format(role)]),
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(_password())),
        sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role),
        sql.SQL(f"ALTER ROLE {{}} SET statement_timeout = {TIMEOUT_MS}").format(role),
    ]
    granted = [
        sql.SQL(f"GRANT USAGE ON SCHEMA {LIVE} TO {{}}").format(role),
        sql.SQL(f"GRANT SELECT ON ALL TABLES IN SCHEMA {LIVE} TO {{}}").format(role),
    ]
    for statement in (*(managed if may_manage else ()), *granted):
        cursor.execute(_text(cursor, statement))


def _text(cursor: Any, statement: sql.Composed) -> str:
    return statement.as_string(cursor.connection)
