"""The workers and what they can do."""

from datetime import timedelta

from django.utils import timezone

from apps.jobs import workers
from apps.jobs.models import Worker


def test_a_worker_writes_down_what_its_machine_can_do(db, settings) -> None:
    settings.JOB_QUEUES = {"cpu": "embedded", "gpu": "big", "snap": "embedded"}
    worker = workers.register("embedded")
    assert worker.resources == ["cpu"]
    assert worker.cores >= 1
    assert worker.memory_bytes > 1 << 30
    assert list(workers.living_workers("cpu")) == [worker]
    assert list(workers.living_workers("gpu")) == []


def test_a_gpu_counts_where_the_queue_serves_it(db, settings, monkeypatch) -> None:
    monkeypatch.setattr(workers, "_gpu", lambda: "NVIDIA T4")
    settings.JOB_QUEUES = {"cpu": "embedded", "gpu": "big", "snap": "embedded"}
    assert workers.register("big").resources == ["gpu"]


def test_a_beat_keeps_it_alive_and_brings_it_back(worker) -> None:
    Worker.objects.update(heartbeat=timezone.now() - timedelta(hours=1))
    assert not workers.living_workers().exists()
    workers.beat(worker)
    assert workers.living_workers().exists()
    Worker.objects.all().delete()
    workers.beat(worker)
    assert workers.living_workers().exists()


def test_a_worker_that_ends_is_off_the_list(worker) -> None:
    workers.retire(worker)
    assert not Worker.objects.exists()


def test_workers_long_gone_are_forgotten(worker) -> None:
    Worker.objects.update(heartbeat=timezone.now() - timedelta(days=2))
    workers.register("embedded")
    assert worker not in Worker.objects.all()


def test_what_is_missing_is_named(worker) -> None:
    assert workers.missing_worker("cpu") is None
    problem = workers.missing_worker("snap")
    assert problem.message == "This service needs the SNAP toolbox, and none of the 1 running workers has that."
    assert "run_worker --queue embedded" in problem.hint
