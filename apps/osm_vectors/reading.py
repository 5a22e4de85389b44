"""Connections that read the tables: a few kept open, as the role that may do nothing else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from apps.osm_vectors.reader import reader_address

LARGEST_POOL = 8
PLANNED_POOL = (os.cpu_count() or 2) + 1
"""Connections that plan statements once are few: each plans them for itself."""
WAIT_S = 10.0


@contextmanager
def reading(*, prepared: bool = False) -> Iterator[psycopg.Cursor[Any]]:
    """Lend a cursor.

    Args:
        prepared: statements are planned once for each connection, whatever their parameters: for those that are as
            long as a tile's, whose planning takes longer than the rest.

    Raises:
        psycopg.OperationalError: the database is away, or took too long.
    """
    with _pool(reader_address(), prepared).connection() as connection, connection.cursor() as cursor:
        yield cursor


def close_pools() -> None:
    """Close what is kept open; the next reader opens it again."""
    for pool in _pools:
        pool.close()
    _pools.clear()
    _pool.cache_clear()


_pools: list[ConnectionPool[Any]] = []


@cache
def _pool(address: str, prepared: bool) -> ConnectionPool[Any]:
    def configure(connection: psycopg.Connection[Any]) -> None:
        connection.prepare_threshold = 0 if prepared else None
        connection.execute("SET jit = off")
        if prepared:
            connection.execute("SET plan_cache_mode = force_generic_plan")

    pool: ConnectionPool[Any] = ConnectionPool(
        address,
        kwargs={"autocommit": True, "application_name": "groundwork-osm"},
        min_size=0,
        max_size=PLANNED_POOL if prepared else LARGEST_POOL,
        timeout=WAIT_S,
        configure=configure,
        check=ConnectionPool.check_connection,
        open=True,
        name="osm",
    )
    _pools.append(pool)
    return pool
