"""Server-sent events, as a reader sees them."""

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient
from django.utils import timezone

from apps.jobs import events
from apps.jobs.models import Job, State
from apps.jobs.states import beat, claim, move

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fast(monkeypatch) -> None:
    monkeypatch.setattr(events, "POLL_S", 0.05)


def _in_thread(function, *arguments):
    def run():
        try:
            return function(*arguments)
        finally:
            connection.close()

    return sync_to_async(run, thread_sensitive=False)()


async def _read(stream, count: int) -> list[dict[str, object]]:
    """Return the next job documents of a stream."""
    found = []
    while len(found) < count:
        chunk = await asyncio.wait_for(anext(stream), 5)
        text = chunk.decode() if isinstance(chunk, bytes) else chunk
        found += [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    return found


async def _open(user, path: str, **headers):
    client = AsyncClient()
    await client.aforce_login(user)
    return await client.get(path, headers=headers)


def test_a_job_is_followed_to_its_end(user, make_job) -> None:
    job = make_job()

    async def follow():
        response = await _open(user, f"/api/jobs/{job.id}/events")
        assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
        stream = aiter(response.streaming_content)
        seen = [*await _read(stream, 1)]
        held = await _in_thread(claim, job.id, None)
        seen += await _read(stream, 1)
        await _in_thread(beat, held, "reading", 0.5, 3.0)
        seen += await _read(stream, 1)
        await _in_thread(move, job.id, State.FAILED)
        seen += await _read(stream, 1)
        rest = [chunk async for chunk in stream]
        return seen, rest

    seen, rest = asyncio.run(follow())
    assert [(d["state"], d["stage"], d["fraction"]) for d in seen] == [
        ("accepted", "", 0.0), ("running", "starting", 0.0), ("running", "reading", 0.5), ("failed", "reading", 0.5),
    ]  # fmt: skip
    assert rest == []


def test_an_event_is_framed_as_the_standard_says(user, make_job) -> None:
    job = make_job(state=State.FAILED, finished=timezone.now())

    async def follow():
        response = await _open(user, f"/api/jobs/{job.id}/events")
        return b"".join([chunk async for chunk in response.streaming_content]).decode()

    retry, event, end = asyncio.run(follow()).split("\n\n")
    assert (retry, end) == ("retry: 2000", "")
    kind, identifier, data = event.split("\n")
    assert (kind, identifier) == ("event: job", f"id: {job.changed.isoformat()}")
    assert json.loads(data.removeprefix("data: "))["id"] == str(job.id)


def test_a_reader_that_has_seen_the_end_is_told_to_stop(user, make_job) -> None:
    job = make_job(state=State.FAILED)
    header = {"Last-Event-ID": job.changed.isoformat()}
    response = asyncio.run(_open(user, f"/api/jobs/{job.id}/events", **header))
    assert response.status_code == 204


def test_all_jobs_of_the_user_and_of_nobody_else(user, stranger, make_job) -> None:
    make_job(state=State.FAILED, name="old")
    waiting = make_job(name="waiting")

    async def follow():
        response = await _open(user, "/api/jobs/events")
        stream = aiter(response.streaming_content)
        seen = await _read(stream, 1)
        await _in_thread(lambda: make_job(owner=stranger, name="not mine"))
        await _in_thread(lambda: make_job(name="new"))
        seen += await _read(stream, 1)
        await _in_thread(move, waiting.id, State.DISMISSED)
        return seen + await _read(stream, 1)

    seen = asyncio.run(follow())
    assert [(d["name"], d["state"]) for d in seen] == [
        ("waiting", "accepted"), ("new", "accepted"), ("waiting", "dismissed"),
    ]  # fmt: skip


def test_a_reader_that_returns_gets_what_it_missed(user, make_job) -> None:
    now = timezone.now()
    make_job(name="seen", changed=now - timedelta(minutes=2))
    make_job(name="missed", state=State.FAILED, changed=now)
    header = {"Last-Event-ID": (now - timedelta(minutes=1)).isoformat()}

    async def follow():
        response = await _open(user, "/api/jobs/events", **header)
        return await _read(aiter(response.streaming_content), 1)

    assert [d["name"] for d in asyncio.run(follow())] == ["missed"]


def test_silence_is_filled(user, make_job, monkeypatch) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_S", 0.05)
    job = make_job()

    async def follow():
        response = await _open(user, f"/api/jobs/{job.id}/events")
        stream = aiter(response.streaming_content)
        await _read(stream, 1)
        return await asyncio.wait_for(anext(stream), 5)

    assert asyncio.run(follow()) == b": still here\n\n"


def test_a_stream_asked_for_without_login_is_refused(db, make_job) -> None:
    job = make_job()
    response = asyncio.run(AsyncClient().get(f"/api/jobs/{job.id}/events"))
    assert response.status_code == 401
    assert Job.objects.count() == 1
