"""From submitting to the start of the child process under a real idle worker; and the job list with 10,000 jobs."""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.portal_database import ROOT, portal_database

SUBMISSIONS, JOBS, REQUESTS = 20, 10_000, 30
START_TARGET_S, LIST_TARGET_MS = 0.5, 50.0


def run() -> list[dict[str, Any]]:
    """Measure on a database made for it, and return the rows of the report."""
    with tempfile.TemporaryDirectory(prefix="groundwork-bench-") as folder, portal_database(Path(folder)) as address:
        from apps.accounts.models import User

        user = User.objects.create_user(email="bench@example.org")
        starts_s = _starts_s(user, address)
        few_queries, _ = _list_jobs(user, 100)
        many_queries, list_ms = _list_jobs(user, JOBS)
    start_s = statistics.median(starts_s)
    spread = f"{SUBMISSIONS} jobs, one at a time, idle worker, slowest {max(starts_s):.2f} s"
    constant = few_queries == many_queries
    queries = f"median of {REQUESTS} requests; {many_queries} queries with {JOBS} jobs, {few_queries} with 100"
    return [
        _row("submit → child process started", start_s, "s", START_TARGET_S, start_s <= START_TARGET_S, spread),
        _row("GET /api/jobs", list_ms, "ms", LIST_TARGET_MS, list_ms <= LIST_TARGET_MS and constant, queries),
    ]


def _row(name: str, ours: float, unit: str, target: float, ok: bool, note: str) -> dict[str, Any]:
    values = {"ours": round(ours, 3), "comparison": None, "unit": unit, "ratio": None, "target": target}
    return {"name": f"jobs: {name}", **values, "ok": ok, "note": note}


def _starts_s(user: Any, address: str) -> list[float]:
    """Return the seconds from the call of `submit` to the start of each job's child process."""
    from apps.jobs.models import Job, Worker
    from apps.jobs.submit import submit

    pauses = random.Random(1)
    with _worker(address):
        _wait_for(Worker.objects.exists)
        taken_s = []
        for number in range(SUBMISSIONS + 1):
            time.sleep(0.5 + pauses.random())  # idle again, at any point of its poll
            began = time.time()
            job = submit(user, "job_test", {"behaviour": "work"}, force=True, name=str(number)).job
            _wait_for(Job.objects.filter(id=job.id, state="successful").exists)
            taken_s.append(_child_started(job) - began)
    return taken_s[1:]  # the first one warms the worker up


def _child_started(job: Any) -> float:
    line = next(line for line in job.log_path.read_text().splitlines() if line.endswith(" started"))
    return datetime.fromisoformat(line.split(" ")[0]).timestamp()


@contextmanager
def _worker(address: str) -> Iterator[None]:
    environment = {**os.environ, "DATABASE_URL": address}
    worker = subprocess.Popen([sys.executable, "manage.py", "run_worker"], cwd=ROOT, env=environment)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(20)


def _list_jobs(user: Any, count: int) -> tuple[int, float]:
    """Return the queries and the median milliseconds of the first page when the user has this many jobs."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from apps.jobs.models import Job, State

    Job.objects.all().delete()
    states = (State.SUCCESSFUL, State.FAILED, State.ACCEPTED)
    common = {"owner": user, "service_id": "job_test", "service_version": "1", "identity_hash": "0", "timeout_s": 1}
    rows = (Job(**common, parameters={"a": "b" * 500}, state=states[i % 3], name=f"n{i}") for i in range(count))
    Job.objects.bulk_create(rows, batch_size=2000)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/api/jobs")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/api/jobs").json()["count"] == count
    query_count = len(queries)
    taken_ms = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        client.get("/api/jobs")
        taken_ms.append(1000 * (time.perf_counter() - began))
    return query_count, statistics.median(taken_ms)


def _wait_for(condition: Any, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("The worker did not do its work.")
        time.sleep(0.05)


if __name__ == "__main__":
    for line in run():
        print(line)
