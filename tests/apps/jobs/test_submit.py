"""Submit a job."""

import pytest
from django.utils import timezone

from apps.catalog.models import Result
from apps.jobs.errors import NoWorker, QuotaExceeded
from apps.jobs.models import Job, State
from apps.jobs.submit import identity_of, prepare, rerun, submit
from services.core.errors import InvalidParameters, UnknownService
from services.core.registry import get_service

INSIDE = "POLYGON ((10.1 45.1, 10.2 45.1, 10.2 45.2, 10.1 45.2, 10.1 45.1))"
OUTSIDE = "POLYGON ((20 45, 20.1 45, 20.1 45.1, 20 45.1, 20 45))"


@pytest.fixture
def queued(monkeypatch) -> list[Job]:
    """What was put into the queue."""
    jobs: list[Job] = []
    monkeypatch.setattr("apps.jobs.submit.enqueue", jobs.append)
    return jobs


def test_it_works(user, worker, make_scene, queued, django_capture_on_commit_callbacks) -> None:
    scene = make_scene()
    with django_capture_on_commit_callbacks(execute=True):
        given = {"behaviour": "sleep", "seconds": 2, "input": str(scene.id), "aoi": INSIDE}
        submission = submit(user, "job_test", given, name="First")
    job = Job.objects.get()
    assert (job.state, job.owner, job.name, job.service_version) == (State.ACCEPTED, user, "First", "1.0.0")
    assert job.parameters == {
        "behaviour": "sleep", "seconds": 2.0, "input": str(scene.id), "mask": None, "aoi": INSIDE, "note": None,
    }  # fmt: skip
    known = {"parameter": "input", "kind": "scene", "id": str(scene.id), "name": "S2A_TEST", "fingerprint": "f" * 64}
    assert job.inputs == [known]
    assert (submission.job, submission.is_same_result, queued) == (job, False, [job])


def test_nothing_is_queued_before_the_row_is_committed(user, worker, queued) -> None:
    submit(user, "job_test", {})
    assert queued == []


def test_an_unknown_service_is_refused(user, worker) -> None:
    with pytest.raises(UnknownService, match="There is no service 'job_tset'") as error:
        submit(user, "job_tset", {})
    assert error.value.hint == "Did you mean 'job_test'?"


def test_an_unknown_parameter_is_named_with_the_nearest(user, worker) -> None:
    with pytest.raises(InvalidParameters) as error:
        submit(user, "job_test", {"secnods": 3})
    (field,) = error.value.fields
    assert (field.field, field.code) == ("secnods", "unknown_parameter")
    assert field.message == "There is no parameter 'secnods'. Did you mean 'seconds'?"


@pytest.mark.parametrize("identifier", ["not-an-id", "6a6f0c3e-0000-4000-8000-000000000000"])
def test_a_scene_that_is_not_there_is_named(user, worker, identifier: str) -> None:
    with pytest.raises(InvalidParameters) as error:
        submit(user, "job_test", {"input": identifier})
    (field,) = error.value.fields
    assert (field.field, field.code) == ("input", "not_found")
    assert field.message == f"There is no scene {identifier!r} that you may use."


def test_the_scene_of_another_user_is_not_there(user, stranger, worker, make_scene) -> None:
    scene = make_scene(owner=stranger)
    with pytest.raises(InvalidParameters, match="There is no scene"):
        submit(user, "job_test", {"input": str(scene.id)})


def test_a_path_is_no_scene(user, worker, make_scene) -> None:
    with pytest.raises(InvalidParameters, match="There is no scene '/etc/passwd' that you may use"):
        submit(user, "job_test", {"input": "/etc/passwd"})


def test_the_wrong_product_type_is_named(user, worker, make_scene) -> None:
    scene = make_scene(product_type="S2MSI1C")
    with pytest.raises(InvalidParameters) as error:
        submit(user, "job_test", {"input": str(scene.id)})
    assert error.value.fields[0].message == "S2A_TEST is of type S2MSI1C; this service takes S2MSI2A."


def test_an_area_outside_the_scene_is_told_where_the_scene_is(user, worker, make_scene) -> None:
    with pytest.raises(InvalidParameters) as error:
        submit(user, "job_test", {"input": str(make_scene().id), "aoi": OUTSIDE})
    (field,) = error.value.fields
    assert (field.field, field.code) == ("aoi", "no_overlap")
    covers = "longitude 10.00 to 11.00, latitude 45.00 to 46.00"
    assert field.message == f"The area lies outside S2A_TEST, which covers {covers}."


def test_without_a_worker_it_is_refused_with_what_to_do(user) -> None:
    with pytest.raises(NoWorker, match="No worker is running") as error:
        submit(user, "job_test", {})
    assert "python manage.py run_worker" in error.value.hint
    assert not Job.objects.exists()


def test_a_worker_that_fell_silent_does_not_count(user, worker) -> None:
    worker.heartbeat = timezone.now() - timezone.timedelta(seconds=60)
    worker.save()
    with pytest.raises(NoWorker):
        submit(user, "job_test", {})


def test_a_worker_for_other_jobs_does_not_count(user, worker) -> None:
    worker.resources = ["gpu"]
    worker.save()
    with pytest.raises(NoWorker, match="needs processor cores, and none of the 1 running workers has that"):
        submit(user, "job_test", {})


def test_a_full_quota_is_refused(user, worker, make_scene) -> None:
    user.quota_bytes = 10**9
    make_scene(owner=user, size_bytes=2 * 10**9)
    with pytest.raises(QuotaExceeded, match=r"take 2.0 GB; your quota is 1.0 GB"):
        submit(user, "job_test", {})


@pytest.mark.parametrize("wanted_s", [0, -5, 10**9])
def test_a_time_limit_out_of_range_is_refused(user, worker, settings, wanted_s: int) -> None:
    settings.JOB_TIMEOUT_S = 3600
    with pytest.raises(InvalidParameters, match=f"from 1 to 3600 s .given: {wanted_s}."):
        submit(user, "job_test", {}, timeout_s=wanted_s)


def _done(user, job: Job) -> None:
    result = Result.objects.create(
        owner=user, service_id="job_test", title="t", item={}, folder=str(job.id), size_bytes=1
    )
    Job.objects.filter(id=job.id).update(state=State.SUCCESSFUL, result=result, finished=timezone.now())


def test_what_was_done_before_is_not_done_again_unless_wanted(user, worker, queued) -> None:
    job = submit(user, "job_test", {"seconds": 1}).job
    assert submit(user, "job_test", {"seconds": 1}).job != job  # not done yet
    _done(user, job)
    again = submit(user, "job_test", {"seconds": 1.0})
    assert (again.job, again.is_same_result) == (job, True)
    assert not submit(user, "job_test", {"seconds": 1}, force=True).is_same_result
    assert not submit(user, "job_test", {"seconds": 2}).is_same_result


def test_the_same_result_of_another_user_is_not_handed_over(user, stranger, worker, queued) -> None:
    _done(stranger, submit(stranger, "job_test", {}).job)
    assert not submit(user, "job_test", {}).is_same_result


def test_a_deleted_result_is_computed_again(user, worker, queued) -> None:
    _done(user, submit(user, "job_test", {}).job)
    Result.objects.all().delete()
    assert not submit(user, "job_test", {}).is_same_result


def test_it_is_the_content_of_an_input_that_counts_not_its_id(user, make_scene) -> None:
    first, copy = make_scene("A"), make_scene("B")
    other = make_scene("C", fingerprint="e" * 64)
    same, equal, different = (prepare(user, "job_test", {"input": str(s.id)}).identity for s in (first, copy, other))
    assert same == equal != different


def test_another_version_of_the_service_computes_another_thing() -> None:
    from dataclasses import replace

    service = get_service("job_test")
    assert identity_of(service, {}, []) != identity_of(replace(service, version="1.0.1"), {}, [])


def test_rerun_computes_the_same_again(user, worker, queued) -> None:
    job = submit(user, "job_test", {"seconds": 1}, name="First", timeout_s=77).job
    _done(user, job)
    again = rerun(user, job, {}).job
    assert (again.rerun_of, again.parameters, again.name, again.timeout_s) == (job, job.parameters, "First", 77)


def test_edit_and_rerun_changes_what_is_given(user, worker, queued) -> None:
    job = submit(user, "job_test", {"seconds": 1, "behaviour": "sleep"}).job
    again = rerun(user, job, {"seconds": 3}, name="Second").job
    assert (again.parameters["seconds"], again.parameters["behaviour"], again.name) == (3.0, "sleep", "Second")
    assert again.identity_hash != job.identity_hash
