"""Dry runs: the same checks as a submission, then the world."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.jobs import dry_run as module
from apps.jobs.dry_run import dry_run
from apps.jobs.models import Job, State
from apps.jobs.submit import submit


@pytest.fixture(autouse=True)
def _clean(roots, monkeypatch) -> None:
    cache.clear()
    monkeypatch.setattr("apps.jobs.submit.enqueue", lambda job: None)


def _codes(answer) -> list[str]:
    return [f["code"] for f in answer.findings]


def test_it_works(user, worker) -> None:
    answer = dry_run(user, "job_test", {})
    assert answer.valid
    assert _codes(answer) == ["scene_readable"]
    sizes = {"output_bytes": 1000, "scratch_bytes": 2000, "memory_bytes": 3000}
    assert answer.estimate == {"seconds": 10.0, "unscaled_seconds": 10, **sizes}
    assert (answer.same_result, answer.queue) == (None, {"ahead": 0, "workers": 1})
    assert not Job.objects.exists()


def test_what_the_form_refuses_is_told_per_field(user, worker) -> None:
    answer = dry_run(user, "job_test", {"seconds": -1, "behaviour": "dance"})
    assert not answer.valid
    assert {e["field"] for e in answer.errors} == {"seconds", "behaviour"}
    assert (answer.findings, answer.estimate) == ([], None)


def test_what_the_world_refuses_is_a_finding(user, worker) -> None:
    answer = dry_run(user, "job_test", {"behaviour": "bad_input"})
    assert not answer.valid
    assert _codes(answer) == ["bad_input"]
    assert answer.findings[0]["hint"] == "Choose another."


def test_checks_that_take_too_long_are_given_up(user, worker, monkeypatch) -> None:
    monkeypatch.setattr(module, "PREFLIGHT_S", 1)
    answer = dry_run(user, "job_test", {"behaviour": "sleep", "seconds": 60})
    assert answer.valid
    assert answer.findings[0]["message"] == "The inputs could not be checked within 1 s."


def test_no_worker_no_space_and_no_quota_are_told_at_once(user, monkeypatch, make_scene) -> None:
    user.quota_bytes = 1
    make_scene(owner=user, size_bytes=2)
    wanted = {"seconds": 10, "output_bytes": 10**15, "scratch_bytes": 10**15, "memory_bytes": 10**15}
    monkeypatch.setattr(module, "preflight", lambda order, user: {"findings": [], "estimate": wanted})
    answer = dry_run(user, "job_test", {})
    assert not answer.valid
    assert _codes(answer) == ["disk_full", "quota_exceeded", "out_of_memory", "no_worker"]
    assert answer.findings[0]["message"].startswith("The job needs 1000000.0 GB of disk; ")


def test_an_earlier_equal_job_is_offered(user, worker, make_job) -> None:
    from apps.catalog.models import Result

    job = submit(user, "job_test", {}).job
    result = Result.objects.create(owner=user, service_id="job_test", title="t", item={}, folder="f", size_bytes=1)
    Job.objects.update(state=State.SUCCESSFUL, result=result)
    assert dry_run(user, "job_test", {}).same_result == {"job": str(job.id), "result": str(result.id)}


def test_the_queue_ahead_is_counted(user, stranger, worker, make_job) -> None:
    make_job(owner=stranger)
    make_job(state=State.RUNNING)
    make_job(state=State.FAILED)
    make_job(resource="gpu")
    assert dry_run(user, "job_test", {}).queue == {"ahead": 2, "workers": 1}


def test_the_time_is_scaled_by_what_such_jobs_took(user, worker, make_job) -> None:
    started = timezone.now()
    for taken_s in (20, 30, 1000):
        finished = started + timedelta(seconds=taken_s)
        estimate = {"seconds": 10, "unscaled_seconds": 10}
        make_job(state=State.SUCCESSFUL, started=started, finished=finished, estimate=estimate)
    assert dry_run(user, "job_test", {}).estimate["seconds"] == 30.0  # 10 s × the median of 2, 3 and 100


def test_the_job_that_follows_keeps_the_estimate(user, worker) -> None:
    dry_run(user, "job_test", {})
    assert submit(user, "job_test", {}).job.estimate["seconds"] == 10.0
    assert submit(user, "job_test", {"seconds": 1}).job.estimate is None
