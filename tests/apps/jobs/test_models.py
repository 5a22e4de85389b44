"""Trained networks as inputs and as outcomes of jobs: references, the shipped one, publishing, lineage."""

import json
import shutil
from pathlib import Path

import pytest
from model_cards import plain_card

from apps.catalog.delete import delete_result
from apps.catalog.models import Result
from apps.jobs.lineage import lineage_of
from apps.jobs.models import Job
from apps.jobs.publish import publish
from apps.jobs.submit import prepare, submit
from apps.jobs.worker import run_job
from apps.models.models import TrainedModel
from services.core.errors import InvalidParameters
from services.core.registry import all_services


@pytest.fixture(autouse=True)
def _service(job_service, roots, settings, monkeypatch) -> None:
    settings.MODELS_ROOT = roots / "models"
    monkeypatch.setenv("GROUNDWORK_EXTRA_SERVICES", "job_service,reference_service,training_service")
    monkeypatch.setattr("apps.jobs.submit.enqueue", lambda job: None)
    all_services.cache_clear()


@pytest.fixture
def make_model(user):
    """Write rows of models, without packages."""

    def make(owner=user, name: str = "Crops", **columns) -> TrainedModel:
        given = {
            "version": 1, "task": "crop_classification", "network": "lstm", "bands": ["B02"], "periods": 12,
            "card": plain_card(), "fingerprint": "f" * 64, "folder": f"{name}-folder", "size_bytes": 1,
        }  # fmt: skip
        return TrainedModel.objects.create(owner=owner, name=name, **{**given, **columns})

    return make


def _fields(user, value: str) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidParameters) as error:
        prepare(user, "reference_test", {"model": value})
    return [(f.field, f.code, f.message) for f in error.value.fields]


def test_a_model_is_kept_with_its_fingerprint(user, worker, make_model) -> None:
    model = make_model()
    job = submit(user, "reference_test", {"model": str(model.pk)}).job
    assert job.inputs == [
        {
            "parameter": "model",
            "kind": "model",
            "id": str(model.pk),
            "name": "Crops, version 1",
            "fingerprint": "f" * 64,
        }
    ]


def test_the_weights_make_another_result(user, make_model) -> None:
    one, other = make_model(), make_model(name="Other", fingerprint="e" * 64)
    same = make_model(name="Copy")
    prints = [prepare(user, "reference_test", {"model": str(m.pk)}).identity for m in (one, other, same)]
    assert prints[0] != prints[1]
    assert prints[0] == prints[2]


def test_a_model_of_another_task_or_of_another_user_is_refused(user, stranger, make_model) -> None:
    forecast, theirs = make_model(task="ndvi_forecast"), make_model(stranger)
    words = "Crops, version 1 is a network for NDVI forecast; here one for crop classification is needed."
    assert _fields(user, str(forecast.pk)) == [("model", "wrong_task", words)]
    nothing = f"There is no trained network '{theirs.pk}' that you may use."
    assert _fields(user, str(theirs.pk)) == [("model", "not_found", nothing)]
    theirs.visibility = "portal"
    theirs.save()
    assert prepare(user, "reference_test", {"model": str(theirs.pk)}).inputs[0]["id"] == str(theirs.pk)


def test_pretrained_is_the_shipped_one_by_its_id(user, worker, make_model) -> None:
    """What a job ran on stays told when another network is shipped."""
    shipped = make_model(None)
    make_model(None, "Forecast", task="ndvi_forecast")
    job = submit(user, "reference_test", {"model": "pretrained"}).job
    assert job.parameters["model"] == str(shipped.pk)


def test_without_a_shipped_one_it_is_said_what_to_do(user) -> None:
    ((field, code, message),) = _fields(user, "pretrained")
    assert (field, code) == ("model", "not_found")
    assert "an administrator runs `index_models`" in message


def test_the_run_gets_the_folder_and_its_record_the_id(user, worker, make_model) -> None:
    model = make_model()
    job = submit(user, "reference_test", {"model": str(model.pk)}).job
    assert run_job(str(job.id)) == "successful"
    made = Result.objects.get(job_id=job.id)
    assert json.loads((made.path / "seen.json").read_text())["model"] == str(model.path)
    assert json.loads((made.path / "provenance.json").read_text())["parameters"]["model"] == str(model.pk)


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """A package such as a training writes."""
    from small_models import write_small_model

    folder = tmp_path_factory.mktemp("trained") / "package"
    write_small_model(folder)
    return folder


def _train(user, trained: Path, worker, monkeypatch, name: str = "Plain of the Po") -> Job:
    monkeypatch.setenv("TRAINED_PACKAGE", str(trained))
    job = submit(user, "training_test", {}, name=name, force=True).job
    run_job(str(job.id))
    job.refresh_from_db()
    assert job.state == "successful", job.error
    return job


def test_a_training_leaves_a_model_of_its_name(user, worker, trained, monkeypatch) -> None:
    first = _train(user, trained, worker, monkeypatch)
    second = _train(user, trained, worker, monkeypatch)
    models = list(TrainedModel.objects.order_by("version"))
    assert [(m.name, m.version, m.owner) for m in models] == [("Plain of the Po", n, user) for n in (1, 2)]
    assert [(m.job_id, m.result_id) for m in models] == [(j.id, j.result_id) for j in (first, second)]
    assert models[0].service_id == "training_test"
    assert {p.name for p in models[0].path.iterdir()} >= {"card.json", "weights.safetensors", "model.onnx"}


def test_without_a_name_it_is_called_as_its_card_says(user, worker, trained, monkeypatch) -> None:
    _train(user, trained, worker, monkeypatch, name="")
    assert TrainedModel.objects.get().name == "Small"


def test_a_model_outlives_its_result_and_its_job(user, worker, trained, monkeypatch) -> None:
    """It has files of its own (ADR 0008)."""
    job = _train(user, trained, worker, monkeypatch)
    delete_result(job.result)
    job.delete()
    model = TrainedModel.objects.get()
    assert (model.path / "model.onnx").is_file()
    assert lineage_of(model, user)["made_by"] | {"job": None} == {
        "service": "training_test", "service_title": "A training", "job": None, "name": "", "result": None,
        "inputs": [], "parameters": {},
    }  # fmt: skip


def test_a_network_that_is_not_accepted_stays_in_the_result(user, worker, trained, monkeypatch, tmp_path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(trained, damaged)
    (damaged / "model.onnx").write_bytes(b"x")
    assert _train(user, damaged, worker, monkeypatch).result is not None
    assert not TrainedModel.objects.exists()


def test_a_lost_job_leaves_no_model(user, worker, trained, monkeypatch, roots) -> None:
    """Rows and files of result and model come together or not at all."""
    monkeypatch.setenv("TRAINED_PACKAGE", str(trained))
    job = submit(user, "training_test", {}).job
    job.folder.mkdir(parents=True)
    job.log_path.write_text("")
    output = roots / "output"
    shutil.copytree(trained, output)
    item = {
        "properties": {},
        "assets": {"card": {"href": "./card.json", "file:size": 1, "file:checksum": "1220" + "0" * 64}},
    }
    (output / "item.json").write_text(json.dumps(item))
    publish(job, output, 1)  # nobody claimed it
    assert not TrainedModel.objects.exists()
    assert not Result.objects.exists()
    assert list((roots / "models").iterdir()) == []


def test_the_lineage_tells_what_made_it_and_what_it_made(user, stranger, worker, trained, monkeypatch) -> None:
    training = _train(user, trained, worker, monkeypatch)
    model = TrainedModel.objects.get()
    use = submit(user, "reference_test", {"model": str(model.pk)}, name="Map").job
    run_job(str(use.id))
    told = lineage_of(model, user)
    assert (told["made_by"]["job"], told["made_by"]["result"]) == (str(training.id), str(training.result_id))
    (used,) = told["used_by"]
    use.refresh_from_db()
    assert (used["job"], used["name"], used["result"]) == (str(use.id), "Map", str(use.result_id))
    assert told["data"]["sha256"] == "0" * 64
    theirs = lineage_of(model, stranger)
    assert (theirs["made_by"]["job"], theirs["used_by"]) == (None, [])
