"""Server-sent events: one poll for all listeners of this process, a queue for each."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder

from apps.jobs.database import LOST
from apps.jobs.models import ENDED, Job
from apps.jobs.queries import as_documents

logger = logging.getLogger(__name__)

POLL_S = 0.5
KEEP_ALIVE_S = 15.0
OVERLAP = timedelta(seconds=2)
"""How far a poll looks back behind the last one: writes become visible when they commit, not when they are stamped."""

Document = dict[str, Any]


@dataclass(eq=False)
class Listener:
    """One open stream: whose jobs, which job, and what is still to be sent."""

    owner_id: int
    job_id: UUID | None
    waiting: asyncio.Queue[Document] = field(default_factory=asyncio.Queue)


class Feed:
    """Looks for changed jobs as long as anyone listens."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._poller: asyncio.Task[None] | None = None
        self._watching = asyncio.Event()

    @asynccontextmanager
    async def listen(self, owner_id: int, job_id: UUID | None) -> AsyncIterator[Listener]:
        """Deliver every change from now on into a listener's queue."""
        listener = Listener(owner_id, job_id)
        self._listeners.add(listener)
        if self._poller is None or self._poller.done():
            self._watching.clear()
            self._poller = asyncio.create_task(self._poll())
        try:
            await self._watching.wait()
            yield listener
        finally:
            self._listeners.discard(listener)

    async def _poll(self) -> None:
        """Deliver what changed since the round before; the first round only learns how things stand."""
        since, seen = timezone.now(), dict[UUID, datetime]()
        while self._listeners:
            owners = {listener.owner_id for listener in self._listeners}
            try:
                rows = await _load(owners, since - OVERLAP)
            except LOST as error:
                logger.warning("No events for now: the database is away (%s).", error)
                await asyncio.sleep(POLL_S)
                continue
            for job, document in rows:
                if self._watching.is_set() and seen.get(job.id) != job.changed:
                    self._deliver(job, document)
            seen = {job.id: job.changed for job, _ in rows}
            since = max([since, *seen.values()])
            self._watching.set()
            await asyncio.sleep(POLL_S)

    def _deliver(self, job: Job, document: Document) -> None:
        for listener in self._listeners:
            if listener.owner_id == job.owner_id and listener.job_id in (None, job.id):
                listener.waiting.put_nowait(document)


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = WeakKeyDictionary()


async def event_stream(owner_id: int, job_id: UUID | None, since: datetime | None) -> AsyncIterator[str]:
    """Yield events of one job until it ends, or of all jobs of an owner for as long as they listen.

    Args:
        since: the last event that the reader has seen; without it the stream starts with how things stand.
    """
    feed = _feeds.setdefault(asyncio.get_running_loop(), Feed())
    async with feed.listen(owner_id, job_id) as listener:
        yield "retry: 2000\n\n"
        sent: dict[str, datetime] = {}
        for document in await _standing(owner_id, job_id, since):
            listener.waiting.put_nowait(document)
        while True:
            try:
                document = await asyncio.wait_for(listener.waiting.get(), KEEP_ALIVE_S)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if sent.get(document["id"]) == document["updated"]:
                continue
            sent[document["id"]] = document["updated"]
            yield as_event(document)
            if job_id and document["state"] in ENDED:
                return


def as_event(document: Document) -> str:
    """Return a job as one server-sent event; its id is the moment of the change."""
    return f"event: job\nid: {document['updated'].isoformat()}\ndata: {json.dumps(document, cls=JSONEncoder)}\n\n"


def has_news(job: Job, since: datetime) -> bool:
    """Return whether a job changed after a reader's last event."""
    return job.changed > since


def _load_now(owners: set[int], since: datetime) -> list[tuple[Job, Document]]:
    try:
        jobs = list(Job.objects.filter(owner_id__in=owners, changed__gt=since).order_by("changed"))
        return list(zip(jobs, as_documents(jobs), strict=True))
    finally:
        connection.close()  # the thread is not Django's: nobody else would


def _standing_now(owner_id: int, job_id: UUID | None, since: datetime | None) -> list[Document]:
    jobs = Job.objects.filter(owner_id=owner_id)
    if job_id:
        jobs = jobs.filter(id=job_id)
    elif since:
        jobs = jobs.filter(changed__gt=since)
    else:
        jobs = jobs.exclude(state__in=ENDED)
    try:
        return as_documents(jobs.order_by("changed"))
    finally:
        connection.close()


_load = sync_to_async(_load_now, thread_sensitive=False)
_standing = sync_to_async(_standing_now, thread_sensitive=False)
