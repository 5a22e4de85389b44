"""The schemas that OpenStreetMap's tables live in: the one that is served, the one that is being made, the reader."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from apps.osm_vectors.errors import ImportRunning
from eo.vector.osm_tables import READING

NEW, OLD = "osm_new", "osm_old"
LOCK = 0x6F736D  # "osm"
_WORKERS = 2


def connect() -> psycopg.Connection:
    """Return a connection of its own to the portal's database, each statement committed."""
    return psycopg.connect(**connection_parameters(), autocommit=True)


def libpq_environment() -> dict[str, str]:
    """Return the environment by which osm2pgsql finds the database, the password among it and in no argument."""
    names = {"dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD", "host": "PGHOST", "port": "PGPORT"}
    found = connection_parameters()
    return os.environ | {names[key]: str(found[key]) for key in names if found.get(key)}


@contextmanager
def only_one() -> Iterator[psycopg.Connection]:
    """Hold the lock that imports and updates share.

    Raises:
        ImportRunning: another holds it.
    """
    with connect() as database:
        row = database.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        if not row or not row[0]:
            raise ImportRunning(
                "Another import or update is at work.", hint="Wait for its end; its progress is in its terminal."
            )
        try:
            yield database
        finally:
            database.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def no_reader(database: psycopg.Connection) -> Iterator[None]:
    """Wait for extracts that are being read, and let none begin meanwhile: each sees the tables as of one moment."""
    database.execute("SELECT pg_advisory_lock(%s)", [READING])
    try:
        yield
    finally:
        database.execute("SELECT pg_advisory_unlock(%s)", [READING])


def run_all(groups: Iterable[Iterable[str]]) -> None:
    """Run groups of statements on two connections, those of a group in order."""
    waiting: SimpleQueue[Iterable[str]] = SimpleQueue()
    for group in groups:
        waiting.put(group)

    def work(_: int) -> None:
        with connect() as database:
            while not waiting.empty():
                try:
                    group = waiting.get_nowait()
                except Empty:
                    return  # the other took it
                for statement in group:
                    database.execute(statement.encode())

    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(work, range(_WORKERS)))


def drop(database: psycopg.Connection, schema: str) -> None:
    """Drop a schema with all that is in it, if it is there."""
    database.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def has(database: psycopg.Connection, schema: str) -> bool:
    """Say whether a schema is there."""
    return database.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is not None


def connection_parameters() -> dict[str, Any]:
    """Return where the portal's database is, and the portal's own login."""
    found = connection.get_connection_params()
    return {key: found[key] for key in ("dbname", "user", "password", "host", "port") if found.get(key)}
