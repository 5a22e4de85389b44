"""A job outlives a restart of the database: a cluster of its own, restarted the hard way under a running job."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError

from apps.jobs.database import persist

ROOT = Path(__file__).resolve().parents[3]
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

SUBMIT = """
from apps.accounts.models import User
from apps.jobs.models import Job
from apps.jobs.enqueue import enqueue
owner = User.objects.create_user(email="ada@example.org")
columns = {"service_id": "job_test", "service_version": "1", "identity_hash": "0", "timeout_s": 60}
job = Job.objects.create(owner=owner, parameters={"behaviour": "sleep", "seconds": 6}, **columns)
enqueue(job)
print(job.id)
"""


def test_a_write_is_tried_again_until_the_database_is_back(monkeypatch) -> None:
    monkeypatch.setattr("apps.jobs.database.drop_connection", lambda: None)
    tries = []

    def write() -> str:
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise OperationalError("server closed the connection")
        return "written"

    assert persist(write) == "written"
    assert 0.6 <= tries[2] - tries[0] < 2  # pauses of 0.2 and 0.4 s


def test_patience_ends(monkeypatch) -> None:
    monkeypatch.setattr("apps.jobs.database.drop_connection", lambda: None)

    def write() -> None:
        raise OperationalError("gone for good")

    with pytest.raises(OperationalError, match="gone for good"):
        persist(write, patience_s=0.1)


class Cluster:
    """A private PostgreSQL on a Unix socket."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", str(self.data), "-U", "groundwork", "-A", "trust", "--no-sync")

    def _run(self, program: str, *arguments: str) -> str:
        command = [*self.user, str(POSTGRES[-1] / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def control(self, verb: str) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", verb, "-D", str(self.data), "-o", options, "-l", log, "-w", "-m", "immediate")

    def ask(self, question: str) -> str:
        return self._run("psql", "-h", str(self.folder), "-U", "groundwork", "-d", "postgres", "-Atc", question).strip()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A cluster in a short-named folder (a socket's path has its limits) that any account can enter."""
    if not POSTGRES:
        pytest.skip("PostgreSQL's programs are not here")
    folder = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    made = Cluster(folder)
    made.control("start")
    yield made
    made.control("stop")
    shutil.rmtree(folder)


@pytest.mark.slow
def test_a_restart_of_the_database_does_not_end_a_job(cluster: Cluster, roots: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgis://groundwork@/postgres?host={cluster.folder}",
        "SECRET_KEY": "only-for-tests-" + "0" * 40,
        "JOBS_ROOT": str(roots / "jobs"),
        "RESULTS_ROOT": str(roots / "results"),
    }

    def manage(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "manage.py", *arguments]
        with (roots / f"{arguments[0]}.log").open("w") as log:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)

    manage("migrate", "-v0").communicate(timeout=60)
    job_id = manage("shell", "-v0", "-c", SUBMIT).communicate(timeout=30)[0].split()[-1]
    worker = manage("run_worker")
    try:
        state = f"SELECT state || ' ' || stage FROM jobs_job WHERE id = '{job_id}'"
        _wait_for(lambda: cluster.ask(state) == "running sleep")
        cluster.control("restart")
        _wait_for(lambda: cluster.ask(state) == "successful done")
        assert cluster.ask("SELECT attempt FROM jobs_job") == "1"
        assert cluster.ask("SELECT count(*) FROM catalog_result") == "1"
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.communicate()
    assert "no beat, the database is away" in (roots / "run_worker.log").read_text()


def _wait_for(condition, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.2)
