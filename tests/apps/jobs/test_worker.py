"""Run jobs: the row, a real child process, the result."""

import json
import threading
import time
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection

from apps.catalog.models import Result
from apps.jobs import stopping
from apps.jobs.models import Job, State
from apps.jobs.states import cancel, move
from apps.jobs.worker import run_job


@pytest.fixture(autouse=True)
def _roots(roots) -> None:
    pass


def test_it_works(make_job, make_scene, user) -> None:
    scene = make_scene()
    inputs = [{"parameter": "input", "kind": "scene", "id": str(scene.id), "name": scene.name, "fingerprint": "f"}]
    job = make_job(parameters={"behaviour": "work", "input": str(scene.id)}, inputs=inputs, name="Mine")
    assert run_job(str(job.id)) == "successful"
    job.refresh_from_db()
    result = Result.objects.get()
    assert (job.result, job.stage, job.fraction, job.attempt, job.error) == (result, "done", 1.0, 1, None)
    assert (result.owner, result.job_id, result.service_id, result.title) == (user, job.id, "job_test", "Mine")
    names = {p.name for p in result.path.iterdir()}
    assert names >= {"values.tif", "item.json", "provenance.json", "README.md", "log.txt"}
    provenance = json.loads((result.path / "provenance.json").read_text())
    assert (provenance["job"], provenance["parameters"]["input"]) == (str(job.id), str(scene.id))
    assert str(scene.path) not in (result.path / "provenance.json").read_text()
    assert [p.name for p in job.folder.iterdir()] == ["log.txt"]


def test_a_message_that_comes_twice_ends(make_job) -> None:
    job = make_job(state=State.RUNNING)
    assert run_job(str(job.id)) == "taken"
    assert run_job(str(uuid4())) == "taken"


def test_a_failure_keeps_its_reason_and_leaves_nothing(make_job) -> None:
    job = make_job(parameters={"behaviour": "bad_input"})
    assert run_job(str(job.id)) == "failed"
    job.refresh_from_db()
    assert job.error == {"code": "bad_input", "message": "The scene is empty.", "hint": "Choose another.", "fields": []}
    assert not Result.objects.exists()
    assert [p.name for p in job.folder.iterdir()] == ["log.txt"]
    assert job.log_path.read_text().splitlines()[-1].endswith("Z failed: The scene is empty.")


def test_an_input_deleted_meanwhile_is_named(make_job, make_scene) -> None:
    scene = make_scene()
    job = make_job(parameters={"behaviour": "work", "input": str(scene.id)})
    type(scene).objects.all().delete()
    assert run_job(str(job.id)) == "failed"
    job.refresh_from_db()
    assert job.error["message"].endswith(f"There is no scene '{scene.id}' that you may use.")


def test_the_jobs_own_time_limit_counts(make_job) -> None:
    job = make_job(parameters={"behaviour": "sleep", "seconds": 60}, timeout_s=1)
    assert run_job(str(job.id)) == "failed"
    job.refresh_from_db()
    assert job.error["code"] == "timeout"


def test_the_memory_limit_of_the_settings_counts(make_job, settings) -> None:
    settings.JOB_MEMORY_BYTES = 250 << 20
    job = make_job(parameters={"behaviour": "memory"})
    assert run_job(str(job.id)) == "failed"
    job.refresh_from_db()
    assert job.error["code"] == "out_of_memory"
    assert job.peak_memory_bytes > 250 << 20


def test_a_full_disk_publishes_nothing(make_job, settings, small_disk) -> None:
    settings.JOBS_ROOT = small_disk / "jobs"
    job = make_job(parameters={"behaviour": "real_full"})
    assert run_job(str(job.id)) == "failed"
    job.refresh_from_db()
    assert job.error["code"] == "disk_full"
    assert not Result.objects.exists()
    assert not list(job.folder.glob("attempt-*"))


def test_a_results_folder_that_cannot_be_written_fails_the_job(make_job, settings, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    settings.RESULTS_ROOT = tmp_path / "file" / "results"
    job = make_job()
    assert run_job(str(job.id)) == "failed"
    job.refresh_from_db()
    assert job.error["code"] == "disk_full"
    assert job.error["message"] == "The job's files could not be written: Not a directory."


def _meanwhile(job: Job, act) -> threading.Thread:
    """Do something to a job as soon as its child is at work."""

    def watch() -> None:
        for _ in range(200):
            row = Job.objects.get(id=job.id)
            if row.stage == row.parameters["behaviour"]:
                break
            time.sleep(0.05)
        act(row)
        connection.close()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_cancel_stops_a_running_job(make_job) -> None:
    job = make_job(parameters={"behaviour": "sleep", "seconds": 60})
    thread = _meanwhile(job, cancel)
    began = time.monotonic()
    assert run_job(str(job.id)) == "dismissed"
    thread.join()
    assert time.monotonic() - began < 10
    job.refresh_from_db()
    assert (job.error, job.finished is not None) == (None, True)
    assert not Result.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_taken_from_the_worker_is_dropped(make_job) -> None:
    job = make_job(parameters={"behaviour": "sleep", "seconds": 60})
    thread = _meanwhile(job, lambda row: move(row.id, State.FAILED))
    assert run_job(str(job.id)) == "failed"
    thread.join()
    assert not Result.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_stopped_hands_its_job_back(make_job, monkeypatch) -> None:
    queued: list[Job] = []
    monkeypatch.setattr("apps.jobs.worker.enqueue", queued.append)
    job = make_job(parameters={"behaviour": "sleep", "seconds": 60})
    thread = _meanwhile(job, lambda row: stopping.ask())
    try:
        assert run_job(str(job.id)) == "accepted"
        assert run_job(str(job.id)) == "left to the next worker"
    finally:
        stopping.forget()
    thread.join()
    job.refresh_from_db()
    assert (job.state, job.losses, queued) == (State.ACCEPTED, 0, [job, job])
    assert "handed back: the worker is being stopped" in job.log_path.read_text()


def test_nothing_of_another_attempt_is_published(make_job, monkeypatch) -> None:
    """The job is taken back between the end of the child and the entry of its result."""
    from apps.jobs import publish

    move_files = publish._move_among_results
    job = make_job()

    def slow_move(output):
        folder = move_files(output)
        Job.objects.filter(id=job.id).update(attempt=2)
        return folder

    monkeypatch.setattr(publish, "_move_among_results", slow_move)
    assert run_job(str(job.id)) == "running"
    assert not Result.objects.exists()
    assert list(django_settings.RESULTS_ROOT.iterdir()) == []
