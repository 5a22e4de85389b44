"""Take back what lost workers held."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.jobs import reaper
from apps.jobs.models import Job, State
from apps.jobs.processes import JOB_VARIABLE
from apps.jobs.reaper import kill_orphans, reap


@pytest.fixture(autouse=True)
def queued(monkeypatch, roots, settings) -> list[Job]:
    """What was put into the queue; a database that has been up for long."""
    settings.JOB_LEASE_S = 0
    jobs: list[Job] = []
    monkeypatch.setattr("apps.jobs.reaper.enqueue", jobs.append)
    return jobs


def _lost(make_job, **columns) -> Job:
    past = timezone.now() - timedelta(seconds=5)
    return make_job(state=State.RUNNING, attempt=1, lease_until=past, stage="reading", **columns)


def test_a_lost_job_waits_again(make_job, queued, django_capture_on_commit_callbacks) -> None:
    job = _lost(make_job)
    job.keep.mkdir(parents=True)
    with django_capture_on_commit_callbacks(execute=True):
        assert reap() == 1
    job.refresh_from_db()
    assert (job.state, job.losses, job.attempt) == (State.ACCEPTED, 1, 1)
    assert (queued, job.keep.is_dir()) == ([job], True)


def test_a_job_lost_twice_has_failed_and_says_so(make_job, queued, django_capture_on_commit_callbacks) -> None:
    job = _lost(make_job, losses=1)
    job.keep.mkdir(parents=True)
    with django_capture_on_commit_callbacks(execute=True):
        reap()
    job.refresh_from_db()
    assert (job.state, job.error["code"], queued) == (State.FAILED, "worker_lost", [])
    assert not job.keep.exists()
    assert job.error["message"] == "The worker was lost 2 times while it ran the job, last in stage 'reading'."


def test_a_lost_job_that_was_to_be_cancelled_is(make_job, queued) -> None:
    job = _lost(make_job, cancel_requested=True)
    reap()
    job.refresh_from_db()
    assert job.state == State.DISMISSED


def test_a_job_with_a_lease_is_left_alone(make_job) -> None:
    make_job(state=State.RUNNING, lease_until=timezone.now() + timedelta(seconds=5))
    assert reap() == 0


def test_after_a_restart_of_the_database_workers_have_time_to_return(make_job, settings) -> None:
    _lost(make_job)
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - pg_postmaster_start_time())")
        settings.JOB_LEASE_S = float(cursor.fetchone()[0]) + 60
    assert reap() == 0


def test_a_forgotten_job_is_woken_when_a_worker_is_idle(make_job, worker, queued) -> None:
    old = timezone.now() - timedelta(seconds=reaper.LOST_MESSAGE_S + 5)
    first, _second = make_job(queued=old), make_job(queued=old)
    assert reap() == 1  # one idle worker, one job
    assert queued == [first]


def test_a_job_that_waits_for_a_busy_worker_is_not_forgotten(make_job, worker) -> None:
    make_job(queued=timezone.now() - timedelta(hours=5))
    make_job(state=State.RUNNING, worker=worker, lease_until=timezone.now() + timedelta(seconds=5))
    assert reap() == 0


def _process_for(mark: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(30)"], env={**os.environ, JOB_VARIABLE: mark}
    )


@pytest.mark.parametrize(
    ("columns", "killed"),
    [
        ({"state": State.RUNNING, "attempt": 1}, 0),
        ({"state": State.RUNNING, "attempt": 2}, 1),
        ({"state": State.ACCEPTED, "attempt": 1}, 1),
        ({"state": State.DISMISSED, "attempt": 1}, 1),
    ],
)
def test_processes_of_jobs_that_are_no_longer_theirs_are_killed(make_job, columns, killed: int) -> None:
    job = make_job(**columns)
    child = _process_for(f"{job.id}:1")
    try:
        assert kill_orphans() == killed
        assert (child.wait(5) if killed else child.poll()) == (-9 if killed else None)
    finally:
        child.kill()
        child.wait()


def test_a_process_of_another_portal_is_left_alone(db) -> None:
    child = _process_for("6a6f0c3e-0000-4000-8000-000000000000:1")
    try:
        assert kill_orphans() == 0
    finally:
        child.kill()
        child.wait()
