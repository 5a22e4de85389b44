"""Keep going while the database restarts: a job outlives the connection it was started on."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

logger = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE_S = 600.0
LOST = (OperationalError, InterfaceError)


def drop_connection() -> None:
    """Forget a broken connection, so that the next query makes a new one."""
    try:
        connection.close()
    except LOST:
        connection.connection = None
    close_old_connections()


def persist(write: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """Do a write, again and again with growing pauses while the database is away.

    Raises:
        OperationalError: it stayed away for longer than the patience.
    """
    until = time.monotonic() + patience_s
    pause_s = 0.2
    while True:
        try:
            return write()
        except LOST as error:
            drop_connection()
            if time.monotonic() + pause_s > until:
                raise
            logger.warning("The database is away (%s); trying again in %.1f s.", error, pause_s)
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 5.0)
