"""Jobs and services over REST."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.jobs.models import ENDED, Job, State


@pytest.fixture(autouse=True)
def _roots(roots, monkeypatch) -> None:
    monkeypatch.setattr("apps.jobs.submit.enqueue", lambda job: None)


@pytest.fixture
def api(user) -> APIClient:
    """A client of the user's."""
    client = APIClient()
    client.force_authenticate(user)
    return client


def test_who_does_not_log_in_sees_nothing(db) -> None:
    assert Client().get("/api/jobs").status_code == 401


def test_submit_look_and_list(api, worker, user) -> None:
    answer = api.post("/api/jobs", {"service": "job_test", "parameters": {"seconds": 2}, "name": "Mine"}, format="json")
    assert answer.status_code == 201
    job = answer.json()
    assert answer["Location"] == f"/api/jobs/{job['id']}" == job["links"]["self"]
    assert (job["state"], job["name"], job["service_title"]) == ("accepted", "Mine", "A job to test with")
    assert (job["queue_position"], job["same_result_as"], job["error"], job["result"]) == (1, None, None, None)
    assert api.get(answer["Location"]).json() == job
    assert api.get("/api/jobs").json() == {"count": 1, "next": None, "previous": None, "results": [job]}


def test_the_same_result_is_answered_with_200(api, worker, user) -> None:
    from apps.catalog.models import Result

    wanted = {"service": "job_test", "parameters": {}}
    job = api.post("/api/jobs", wanted, format="json").json()
    result = Result.objects.create(owner=user, service_id="job_test", title="t", item={}, folder="f", size_bytes=1)
    Job.objects.update(state=State.SUCCESSFUL, result=result)
    again = api.post("/api/jobs", wanted, format="json")
    assert (again.status_code, again["Groundwork-Same-Result"]) == (200, "true")
    assert (again.json()["id"], again.json()["same_result_as"]) == (job["id"], job["id"])
    assert again.json()["links"]["result"] == f"/api/results/{result.id}"
    assert api.post("/api/jobs", {**wanted, "force": True}, format="json").status_code == 201


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"service": "job_test", "parameters": {"secnods": 3}}, "invalid_parameters", "secnods"),
        ({"service": "job_test", "parameters": {"seconds": "NaN"}}, "invalid_parameters", "seconds"),
        ({"service": "job_test", "parameters": {"aoi": "POLYGON (("}}, "invalid_parameters", "aoi"),
        ({"service": "job_test", "parameters": {}, "timeout": 3}, None, "timeout"),
        ({"service": "job_test"}, None, "parameters"),
    ],
)
def test_what_is_wrong_is_told_per_field(api, worker, body, code, field: str) -> None:
    answer = api.post("/api/jobs", body, format="json")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert [e["field"] for e in problem["errors"]] == [field]
    assert code in (None, problem["code"])


def test_without_a_worker_it_is_503(api, user) -> None:
    answer = api.post("/api/jobs", {"service": "job_test", "parameters": {}}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_worker")
    assert "run_worker" in answer.json()["hint"]


def test_an_unknown_service_is_named(api, worker) -> None:
    answer = api.post("/api/jobs", {"service": "job_tset", "parameters": {}}, format="json")
    assert (answer.status_code, answer.json()["hint"]) == (404, "Did you mean 'job_test'?")


def test_check_answers_and_submits_nothing(api, worker) -> None:
    answer = api.post("/api/jobs/check", {"service": "job_test", "parameters": {"seconds": -1}}, format="json").json()
    assert set(answer) == {"valid", "errors", "findings", "estimate", "same_result", "queue"}
    assert (answer["valid"], answer["errors"][0]["field"]) == (False, "seconds")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""), ("patch", ""), ("delete", ""), ("post", "/cancel"), ("post", "/rerun"), ("get", "/log"),
        ("get", "/events"),
    ],
)  # fmt: skip
def test_the_job_of_another_user_does_not_exist(api, make_job, stranger, method: str, path: str) -> None:
    job = make_job(owner=stranger)
    answer = getattr(api, method)(f"/api/jobs/{job.id}{path}", {}, format="json" if method != "get" else None)
    assert answer.status_code == 404
    assert Job.objects.filter(id=job.id, state=State.ACCEPTED).exists()


def test_nor_is_it_in_the_list(api, make_job, stranger) -> None:
    make_job(owner=stranger)
    assert api.get("/api/jobs").json()["count"] == 0


def test_the_list_is_narrowed_and_paged(api, make_job) -> None:
    made = [make_job(name=f"n{i}", state=state) for i, state in enumerate(State)]
    newest = [str(job.id) for job in reversed(made)]
    assert [j["id"] for j in api.get("/api/jobs").json()["results"]] == newest
    assert [j["name"] for j in api.get("/api/jobs?state=failed,running").json()["results"]] == ["n3", "n1"]
    assert [j["name"] for j in api.get("/api/jobs?q=N2").json()["results"]] == ["n2"]
    assert api.get("/api/jobs?service=other").json()["count"] == 0
    page = api.get("/api/jobs?page_size=2&page=2").json()
    assert ([j["name"] for j in page["results"]], page["count"]) == (["n2", "n1"], 5)


@pytest.mark.parametrize("query", ["state=done", "page=0", "pgae=1"])
def test_a_filter_that_cannot_be_is_refused(api, user, query: str) -> None:
    answer = api.get(f"/api/jobs?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, query.split("=")[0])


def test_places_in_the_queue_are_per_resource_and_over_all_users(api, make_job, stranger) -> None:
    make_job(owner=stranger)
    make_job(resource="gpu", name="g")
    make_job(name="c")
    places = {j["name"]: j["queue_position"] for j in api.get("/api/jobs").json()["results"]}
    assert places == {"g": 1, "c": 2}


def test_ten_thousand_jobs_are_listed_with_few_queries(api, user, django_assert_max_num_queries) -> None:
    common = {"owner": user, "service_id": "job_test", "service_version": "1", "parameters": {"a": "b" * 200}}
    states = [State.SUCCESSFUL, State.FAILED, State.ACCEPTED]
    jobs = (Job(**common, identity_hash="0", timeout_s=1, state=states[i % 3], name=f"n{i}") for i in range(10_000))
    Job.objects.bulk_create(jobs, batch_size=2000)
    api.get("/api/jobs")
    with django_assert_max_num_queries(3):
        assert api.get("/api/jobs").json()["count"] == 10_000


def test_cancel_dismisses_and_a_second_time_is_409(api, make_job) -> None:
    job = make_job()
    assert api.post(f"/api/jobs/{job.id}/cancel").json()["state"] == "dismissed"
    answer = api.post(f"/api/jobs/{job.id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_ended")
    assert answer.json()["detail"] == "The job cannot be cancelled: it is already dismissed."


def test_only_ended_jobs_are_deleted(api, make_job) -> None:
    job = make_job()
    answer = api.delete(f"/api/jobs/{job.id}")
    assert (answer.status_code, answer.json()["code"], answer.json()["hint"]) == (
        409,
        "job_not_ended",
        "Cancel it first.",
    )
    for state in ENDED:
        job = make_job(state=state)
        job.folder.mkdir(parents=True)
        assert api.delete(f"/api/jobs/{job.id}").status_code == 204
        assert not job.folder.exists()


def test_rename(api, make_job) -> None:
    job = make_job()
    assert api.patch(f"/api/jobs/{job.id}", {"name": "New"}, format="json").json()["name"] == "New"
    assert api.patch(f"/api/jobs/{job.id}", {"state": "successful"}, format="json").status_code == 422


def test_rerun_with_another_parameter(api, worker, make_job) -> None:
    job = make_job(parameters={"behaviour": "sleep", "seconds": 1})
    answer = api.post(f"/api/jobs/{job.id}/rerun", {"parameters": {"seconds": 5}}, format="json")
    assert (answer.status_code, answer.json()["rerun_of"]) == (201, str(job.id))
    assert answer.json()["parameters"]["seconds"] == 5.0


def test_the_log_is_read_on_from_an_offset(api, make_job) -> None:
    job = make_job(state=State.RUNNING)
    job.folder.mkdir(parents=True)
    job.log_path.write_text("first\nsecond\n")
    assert api.get(f"/api/jobs/{job.id}/log?offset=6").json() == {"text": "second\n", "offset": 13, "complete": False}
    Job.objects.update(state=State.FAILED)
    assert api.get(f"/api/jobs/{job.id}/log?offset=13").json() == {"text": "", "offset": 13, "complete": True}
    assert api.get(f"/api/jobs/{job.id}/log?offset=-1").status_code == 422


def test_services_say_whether_a_worker_can_run_them(api, user) -> None:
    documents = {s["id"]: s for s in api.get("/api/services").json()}
    assert documents["job_test"]["available"] is False
    assert documents["job_test"]["unavailable_reason"].startswith("No worker is running")
    assert documents["job_test"]["parameters"]["properties"]["seconds"]["x-unit"] == "s"


def test_one_service(api, worker) -> None:
    document = api.get("/api/services/job_test").json()
    assert (document["available"], document["unavailable_reason"]) == (True, None)
    missing = api.get("/api/services/job_tset")
    assert (missing.status_code, missing.json()["hint"]) == (404, "Did you mean 'job_test'?")


def test_services_as_ogc_processes(api) -> None:
    listed = api.get("/api/processes").json()
    assert listed["links"] == [{"href": "http://testserver/api/processes", "rel": "self", "type": "application/json"}]
    processes = {p["id"]: p for p in listed["processes"]}
    assert processes.keys() == {s["id"]: s for s in api.get("/api/services").json()}.keys()
    link = processes["job_test"]["links"][0]["href"]
    assert link == "http://testserver/api/processes/job_test"
    process = api.get(link).json()
    assert (process["version"], process["jobControlOptions"]) == ("1.0.0", ["async-execute", "dismiss"])
    assert process["inputs"]["seconds"]["minOccurs"] == 0
    assert process["inputs"]["seconds"]["schema"]["x-unit"] == "s"
    assert process["outputs"]["values"]["schema"]["contentMediaType"] == "image/tiff; application=geotiff"
    missing = api.get("/api/processes/job_tset")
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no service 'job_tset'.")
