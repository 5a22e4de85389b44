"""The service of the tests, and how its child processes are started."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_disk import small_disk

from apps.jobs.log import Log
from apps.jobs.supervise import Ending, Limits, Report, Wish, supervise
from services.core.registry import all_services

__all__ = ["small_disk"]
Tick = Callable[[Report], Wish]
LIMITS = Limits(60, 4 << 30, 0.3)
SUPPORT = Path(__file__).resolve().parent.parent.parent / "support"


def go_on(report: Report) -> Wish:
    """Ask nothing of the supervisor."""
    return Wish.GO_ON


@pytest.fixture(autouse=True)
def job_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have `job_test` among the services, here and in child processes."""
    monkeypatch.setenv("GROUNDWORK_EXTRA_SERVICES", "job_service")
    monkeypatch.setenv("PYTHONPATH", str(SUPPORT))
    all_services.cache_clear()
    yield
    monkeypatch.undo()
    all_services.cache_clear()


@pytest.fixture
def run_child(tmp_path: Path) -> Callable[..., Ending]:
    """Run the test service under supervision."""

    def run(tick: Tick = go_on, limits: Limits = LIMITS, output: Path = tmp_path / "output", **values) -> Ending:
        order = tmp_path / "order.json"
        order.write_text(json.dumps({"parameters": values, "identity": {"job": "j"}}))
        options = ["--params", str(order), "--output_path", str(output), "--progress", "json"]
        command = [sys.executable, "-m", "services", "run", "job_test", *options]
        return supervise(command, Log(tmp_path / "log.txt"), {}, limits, tick)

    return run


@pytest.fixture
def roots(settings, tmp_path: Path) -> Path:
    """Let jobs and results lie in a temporary folder."""
    settings.JOBS_ROOT, settings.RESULTS_ROOT = tmp_path / "jobs", tmp_path / "results"
    settings.JOB_GRACE_S = 1.0
    return tmp_path


@pytest.fixture
def user(db):
    """Somebody."""
    from apps.accounts.models import User

    return User.objects.create_user(email="ada@example.org")


@pytest.fixture
def stranger(db):
    """Somebody else."""
    from apps.accounts.models import User

    return User.objects.create_user(email="eve@example.org")


@pytest.fixture
def worker(db):
    """A living worker for CPU jobs."""
    from apps.jobs.models import Worker

    return Worker.objects.create(
        name="w", host="h", pid=1, queue="embedded", resources=["cpu"], cores=2, memory_bytes=8 << 30
    )


@pytest.fixture
def make_job(user):
    """Write job rows."""
    from apps.jobs.models import Job

    def make(owner=user, **columns) -> Job:
        given = {
            "service_id": "job_test",
            "service_version": "1.0.0",
            "parameters": {"behaviour": "work"},
            "timeout_s": 60,
        }
        return Job.objects.create(owner=owner, **{"identity_hash": "0" * 64, **given, **columns})

    return make


@pytest.fixture
def make_scene(db, tmp_path: Path):
    """Write scene rows; each covers 10 to 11 degrees east, 45 to 46 north."""
    from django.contrib.gis.geos import MultiPolygon, Polygon
    from django.utils import timezone

    from apps.catalog.models import Scene

    def make(name: str = "S2A_TEST", **columns) -> Scene:
        columns = {"product_type": "S2MSI2A", "fingerprint": "f" * 64, "size_bytes": 1, **columns}
        columns.setdefault("path", str(tmp_path / name))
        footprint = MultiPolygon(Polygon.from_bbox((10, 45, 11, 46)), srid=4326)
        return Scene.objects.create(name=name, datetime=timezone.now(), footprint=footprint, **columns)

    return make
