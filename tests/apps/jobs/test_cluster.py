"""A real worker: `manage.py run_worker` on a database of its own, killed and restarted under its jobs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.db import connection
from django.utils import timezone

from apps.jobs.database import drop_connection
from apps.jobs.enqueue import enqueue
from apps.jobs.models import Job, State, Worker
from apps.jobs.processes import JOB_VARIABLE, job_processes
from apps.jobs.reaper import reap
from apps.jobs.states import cancel

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def start(roots, settings) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Start management commands against the test database."""
    settings.JOB_LEASE_S = 3
    database = connection.settings_dict
    host = database["HOST"] or database["OPTIONS"].get("host", "")
    login = f"{database['USER']}:{database['PASSWORD']}@"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgis://{login}/{database['NAME']}?host={host}&port={database['PORT'] or 5432}",
        "SECRET_KEY": settings.SECRET_KEY,
        "JOBS_ROOT": str(settings.JOBS_ROOT),
        "RESULTS_ROOT": str(settings.RESULTS_ROOT),
        "JOB_LEASE_S": "3",
        "JOB_GRACE_S": "1",
    }
    started = []

    def run(command: str) -> subprocess.Popen[bytes]:
        log = (roots / f"{command}-{len(started)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "manage.py", command], cwd=ROOT, env=environment, stderr=log, start_new_session=True
        )
        log.close()
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], object], seconds: float = 30) -> object:
    """Return what a condition answers as soon as it is true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def state_is(job: Job, *states: State) -> Callable[[], bool]:
    return lambda: Job.objects.filter(id=job.id, state__in=states).exists()


def at_work(job: Job) -> Callable[[], bool]:
    return lambda: Job.objects.filter(id=job.id, stage=job.parameters["behaviour"]).exists()


def processes_of(job: Job) -> list[int]:
    return [process.pid for process, job_id, _ in job_processes() if job_id == str(job.id)]


def test_it_runs_what_is_queued_and_leaves_the_list_when_it_ends(start, make_job) -> None:
    worker = start("run_worker")
    wait_for(Worker.objects.exists)
    job = make_job()
    enqueue(job)
    wait_for(state_is(job, State.SUCCESSFUL))
    job.refresh_from_db()
    assert job.worker == Worker.objects.get()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert not Worker.objects.exists()


def test_cancel_kills_the_child(start, make_job) -> None:
    start("run_worker")
    job = make_job(parameters={"behaviour": "deaf", "seconds": 60})
    enqueue(job)
    wait_for(at_work(job))
    assert len(processes_of(job)) == 1
    cancel(job)
    wait_for(state_is(job, State.DISMISSED))
    assert processes_of(job) == []


def test_a_worker_process_killed_mid_job_loses_it_once_then_it_is_done(start, make_job, tmp_path: Path) -> None:
    """The child kills the process that supervises it; the second attempt takes up what the first one kept."""
    start("run_worker")
    start("run_scheduler")
    job = make_job(parameters={"behaviour": "lose_once", "note": str(tmp_path / "note")})
    enqueue(job)
    wait_for(state_is(job, State.SUCCESSFUL), 40)
    job.refresh_from_db()
    assert (job.attempt, job.losses) == (2, 1)
    assert (tmp_path / "note").read_text() == "taken up"
    assert not job.keep.exists()
    log = job.log_path.read_text()
    assert log.index("attempt 1 of") < log.index("the worker was lost; the job waits") < log.index("attempt 2 of")


def test_a_whole_worker_killed_takes_every_process_with_it(start, make_job, worker) -> None:
    leader = start("run_worker")
    job = make_job(parameters={"behaviour": "sleep", "seconds": 60})
    enqueue(job)
    wait_for(at_work(job))
    family = psutil.Process(leader.pid).children(recursive=True)
    assert len(family) >= 5  # sentinel, worker, monitor, pusher, the child
    leader.kill()
    leader.wait()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    assert processes_of(job) == []
    wait_for(lambda: Job.objects.filter(id=job.id, lease_until__lt=timezone.now()).exists())
    reap()
    assert state_is(job, State.ACCEPTED)()
    Job.objects.update(state=State.RUNNING, lease_until=timezone.now())
    reap()
    job.refresh_from_db()
    assert (job.state, job.error["code"]) == (State.FAILED, "worker_lost")


def test_a_worker_told_to_stop_hands_its_job_to_the_next(start, make_job) -> None:
    first = start("run_worker")
    job = make_job(parameters={"behaviour": "sleep", "seconds": 5})
    enqueue(job)
    wait_for(at_work(job))
    os.killpg(first.pid, signal.SIGTERM)
    first.wait(20)
    wait_for(state_is(job, State.ACCEPTED))
    assert processes_of(job) == []
    start("run_worker")
    wait_for(state_is(job, State.SUCCESSFUL), 40)
    job.refresh_from_db()
    assert (job.attempt, job.losses) == (2, 0)


def test_connections_cut_mid_job_do_not_end_it(start, make_job) -> None:
    """What a restart of the database does to its clients: every connection is cut."""
    start("run_worker")
    job = make_job(parameters={"behaviour": "sleep", "seconds": 4})
    enqueue(job)
    wait_for(at_work(job))
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        time.sleep(0.3)
    wait_for(state_is(job, State.SUCCESSFUL))
    job.refresh_from_db()
    assert job.attempt == 1


def test_the_mark_of_a_job_is_in_the_environment_of_its_processes(start, make_job) -> None:
    start("run_worker")
    job = make_job(parameters={"behaviour": "sleep", "seconds": 60})
    enqueue(job)
    wait_for(at_work(job))
    (pid,) = processes_of(job)
    assert psutil.Process(pid).environ()[JOB_VARIABLE] == f"{job.id}:1"
    drop_connection()
