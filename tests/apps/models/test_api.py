"""The registry over REST: upload, list, change, delete, download, compare; owners and scopes."""

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from model_cards import measured
from small_models import write_small_model

from apps.models.models import TrainedModel

PROBLEM = "application/problem+json"


def zip_of(folder) -> SimpleUploadedFile:
    """Return a package as one zip, ready to be sent."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return SimpleUploadedFile("small.zip", buffer.getvalue())


@pytest.fixture
def other_browser(stranger) -> Client:
    """A browser in which somebody else is logged in."""
    client = Client()
    client.force_login(stranger)
    return client


def test_a_zip_is_uploaded_listed_and_shown(browser, package) -> None:
    answer = browser.post("/api/models", {"file": zip_of(package), "name": "Crops of the plain"})
    assert answer.status_code == 201, answer.content
    document = answer.json()
    assert answer["Location"] == f"/api/models/{document['id']}"
    assert (document["name"], document["version"], document["mine"]) == ("Crops of the plain", 1, True)
    assert document["card"]["metrics"]["test"]["macro_f1"] == 0.8
    assert [f["name"] for f in document["files"]] == ["card.json", "weights.safetensors", "model.onnx"]
    (listed,) = browser.get("/api/models").json()["results"]
    assert listed == {k: v for k, v in document.items() if k not in ("card", "files", "archive", "lineage")}
    assert browser.get(document["href"]).json() == document


def test_the_files_themselves_are_taken_too(browser, package) -> None:
    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in package.iterdir()]
    answer = browser.post("/api/models", {"file": files})
    assert (answer.status_code, answer.json()["name"]) == (201, "Small")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("model.pt", b"\x80\x04\x95", "unsafe_model"),
        ("model.pkl", b"x", "unsafe_model"),
        ("model.zip", b"no zip", "invalid_model"),
        ("card.json", b"{}", "invalid_model"),
        ("card.json", b"[" * 100_000, "invalid_model"),
    ],
)
def test_what_is_no_package_is_a_problem(browser, name, content, code) -> None:
    answer = browser.post("/api/models", {"file": SimpleUploadedFile(name, content)})
    assert (answer.status_code, answer["Content-Type"]) == (422, PROBLEM)
    document = answer.json()
    assert (document["code"], bool(document["hint"])) == (code, True)
    assert not TrainedModel.objects.exists()


def test_too_large_is_said_with_both_sizes(browser, package, settings) -> None:
    settings.MODEL_MAX_BYTES = 1000
    answer = browser.post("/api/models", {"file": zip_of(package)})
    assert (answer.status_code, answer.json()["code"]) == (413, "model_too_large")


def test_a_full_quota_is_refused_and_models_count(browser, user, package, registered) -> None:
    model = registered()
    assert browser.get("/api/me").json()["used_bytes"] == model.size_bytes
    user.quota_bytes = model.size_bytes + 10
    user.save()
    answer = browser.post("/api/models", {"file": zip_of(package)})
    assert (answer.status_code, answer.json()["code"]) == (409, "quota_exceeded")


def test_members_that_do_not_exist_and_no_file_are_named(browser, package) -> None:
    wrong = browser.post("/api/models", {"file": zip_of(package), "title": "x"}).json()
    assert [error["field"] for error in wrong["errors"]] == ["title"]
    assert browser.post("/api/models", {"name": "x"}).json()["errors"][0]["field"] == "file"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Theirs", "Other", "Crops"]),
        ("task=ndvi_forecast", []),
        ("task=crop_classification&periods=4", ["Theirs", "Other", "Crops"]),
        ("periods=12", []),
        ("bands=B02,B03,B04,B08", ["Theirs", "Other", "Crops"]),
        ("bands=B02,B03", []),
        ("owner=mine", ["Other", "Crops"]),
        ("owner=shared", ["Theirs"]),
        ("owner=shipped", []),
        ("q=the", ["Theirs", "Other"]),
    ],
)
def test_filters(browser, stranger, registered, query, names) -> None:
    registered()
    registered(name="Other")
    registered(stranger, name="Theirs", visibility="portal")
    registered(stranger, name="Theirs alone")
    assert [m["name"] for m in browser.get(f"/api/models?{query}").json()["results"]] == names


@pytest.mark.parametrize("query", ["task=dance", "periods=x", "owner=nobody", "colour=red"])
def test_filters_that_do_not_exist_are_refused(browser, query) -> None:
    assert browser.get(f"/api/models?{query}").json()["errors"][0]["field"] == query.partition("=")[0]


def test_the_list_takes_few_queries_and_leaves_the_cards_where_they_are(
    browser, registered, django_assert_max_num_queries
) -> None:
    first = registered()
    for number in range(20):
        first.pk, first.version = None, number + 2
        first.folder = f"copy-{number}"
        first._state.adding = True
        first.save()
    with django_assert_max_num_queries(5) as queries:
        assert browser.get("/api/models").json()["count"] == 21
    assert not any('"card"' in q["sql"] for q in queries.captured_queries)


def test_another_users_model_is_not_there_until_it_is_shared(browser, other_browser, registered) -> None:
    model = registered()
    path = f"/api/models/{model.pk}"
    places = (path, f"{path}/archive.zip", f"{path}/files/card.json", f"{path}/lineage")
    assert [other_browser.get(place).status_code for place in places] == [404] * 4
    shared = browser.patch(path, {"visibility": "portal"}, content_type="application/json")
    assert shared.json()["visibility"] == "portal"
    assert [other_browser.get(place).status_code for place in places] == [200] * 4
    assert other_browser.get(path).json()["owner"] == "another user"


def test_only_the_owner_changes_and_deletes(other_browser, registered) -> None:
    model = registered(visibility="portal")
    path = f"/api/models/{model.pk}"
    assert other_browser.patch(path, {"name": "Mine now"}, content_type="application/json").status_code == 404
    assert other_browser.delete(path).status_code == 404
    assert TrainedModel.objects.get().name == "Crops"


def test_a_shipped_model_is_nobodys_to_change(browser, registered) -> None:
    model = registered(owner_id=None, visibility="portal")
    path = f"/api/models/{model.pk}"
    assert browser.patch(path, {"name": "x"}, content_type="application/json").status_code == 404
    assert browser.delete(path).status_code == 404


def test_another_name_is_the_next_version_of_that(browser, registered) -> None:
    model, _ = registered(), registered(name="Wheat")
    path = f"/api/models/{model.pk}"
    answer = browser.patch(path, {"name": "Wheat", "description": "Better."}, content_type="application/json").json()
    assert (answer["name"], answer["version"], answer["description"]) == ("Wheat", 2, "Better.")
    assert json.loads((model.path / ".registry.json").read_text())["name"] == "Wheat"


def test_a_model_is_deleted_with_its_package(browser, registered, django_capture_on_commit_callbacks) -> None:
    model = registered()
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.delete(f"/api/models/{model.pk}").status_code == 204
    assert not model.path.exists()


@pytest.mark.parametrize("state", ["accepted", "running"])
def test_a_model_that_a_job_needs_is_not_deleted(browser, stranger, registered, state) -> None:
    from apps.jobs.models import Job

    model = registered(visibility="portal")
    inputs = [{"parameter": "model", "kind": "model", "id": str(model.pk), "name": "x", "fingerprint": "x"}]
    job = Job.objects.create(
        owner=stranger, service_id="s", service_version="1", parameters={}, inputs=inputs, timeout_s=1, state=state
    )
    answer = browser.delete(f"/api/models/{model.pk}")
    assert (answer.status_code, answer.json()["code"]) == (409, "model_in_use")
    assert answer.json()["detail"] == "Crops, version 1 cannot be deleted: a job that waits or runs needs it."
    assert model.path.exists()
    Job.objects.filter(pk=job.pk).update(state="failed")
    assert browser.delete(f"/api/models/{model.pk}").status_code == 204


def test_the_archive_can_be_uploaded_again(browser, registered) -> None:
    model = registered()
    answer = browser.get(f"/api/models/{model.pk}/archive.zip")
    assert answer["Content-Disposition"].startswith('attachment; filename="crops-v1.zip"')
    content = b"".join(answer.streaming_content)
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert sorted(names) == [
        f"crops-v1/{n}" for n in ("SHA256SUMS", "card.json", "model.onnx", "weights.safetensors")
    ]  # without the registry's own record
    again = browser.post("/api/models", {"file": SimpleUploadedFile("again.zip", content), "name": "Crops"})
    assert (again.status_code, again.json()["version"]) == (201, 2)


def test_no_other_file_of_the_folder_is_sent(browser, registered) -> None:
    path = f"/api/models/{registered().pk}/files"
    assert browser.get(f"{path}/model.onnx").status_code == 200
    assert [browser.get(f"{path}/{n}").status_code for n in (".registry.json", "SHA256SUMS", "x")] == [404] * 3


def test_tokens_need_their_scopes(program, registered, package) -> None:
    path = f"/api/models/{registered().pk}"
    reader, fetcher = program("read"), program("read", "download")
    assert reader.get(path).status_code == 200
    assert reader.get(f"{path}/archive.zip").status_code == 403
    assert fetcher.get(f"{path}/archive.zip").status_code == 200
    assert reader.delete(path).status_code == 403
    assert reader.post("/api/models", {"file": zip_of(package)}).status_code == 403
    assert program("submit").post("/api/models", {"file": zip_of(package)}).status_code == 201


def test_two_of_the_same_test_set_are_compared(browser, registered, tmp_path) -> None:
    write_small_model(tmp_path / "better", **measured(0.9))
    a, b = registered(), registered(source=tmp_path / "better", name="Better")
    answer = browser.get("/api/models/compare", {"a": a.pk, "b": b.pk}).json()
    assert (answer["same_test_set"], answer["samples"]) == (True, 30)
    rows = {row["name"]: row for row in answer["metrics"]}
    assert (rows["macro_f1"]["a"], rows["macro_f1"]["b"], rows["macro_f1"]["better"]) == (0.8, 0.9, "b")
    assert rows["macro_f1"]["difference"] == pytest.approx(0.1)
    assert rows["kappa"]["better"] == ""
    assert [row["title"] for row in answer["classes"]] == ["crop 0", "crop 1", "crop 2"]


def test_two_of_different_test_sets_show_no_numbers(browser, registered, tmp_path) -> None:
    write_small_model(tmp_path / "other", **measured(0.9, "b" * 64))
    a, b = registered(), registered(source=tmp_path / "other", name="Other")
    answer = browser.get("/api/models/compare", {"a": a.pk, "b": b.pk}).json()
    assert (answer["same_test_set"], answer["metrics"], answer["classes"]) == (False, [], [])


def test_a_comparison_with_what_one_may_not_see_is_not_there(browser, stranger, registered) -> None:
    a, b = registered(), registered(stranger)
    assert browser.get("/api/models/compare", {"a": a.pk, "b": b.pk}).status_code == 404
    assert browser.get("/api/models/compare", {"a": a.pk}).status_code == 422


def test_different_tasks_do_not_compare(browser, registered) -> None:
    a, b = registered(), registered(name="Forecast", task="ndvi_forecast")
    answer = browser.get("/api/models/compare", {"a": a.pk, "b": b.pk})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_comparable")


@pytest.mark.parametrize("name", [".zip", "x" * 200 + ".zip"])
def test_names_that_are_none_are_refused(browser, package, name) -> None:
    file = zip_of(package)
    file._name = name
    answer = browser.post("/api/models", {"file": file})
    assert answer.status_code == 422
    assert not TrainedModel.objects.exists()


def test_a_body_of_another_kind_is_refused(browser) -> None:
    assert browser.post("/api/models", {"file": "x"}, content_type="application/json").status_code == 415
    assert browser.post("/api/models", {"file": "no file"}).status_code == 422
    assert browser.post("/api/models", {"file": [], "name": "a\0b"}).status_code == 422
