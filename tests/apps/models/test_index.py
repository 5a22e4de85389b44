"""The archive is the truth: rows are made again from what lies on disk."""

import json
import shutil

import pytest
from django.core.management import call_command

from apps.models import index
from apps.models.models import TrainedModel
from apps.models.packages import RECORD
from apps.models.queries import shipped_model, visible_models


def columns(model: TrainedModel) -> dict:
    """Return a row without when it was made."""
    return {f.name: getattr(model, f.attname) for f in model._meta.concrete_fields if f.name != "created"}


def test_rows_are_made_again(registered, capsys) -> None:
    call_command("index_models", "--shipped-only")
    models = [registered(), registered(name="Wheat", visibility="portal", description="Of the plain.")]
    from apps.models.register import record

    for model in models:
        record(model)
    before = {m.pk: columns(m) for m in TrainedModel.objects.all()}
    assert len(before) == 3
    TrainedModel.objects.all().delete()
    call_command("index_models")
    assert {m.pk: columns(m) for m in TrainedModel.objects.all()} == before
    call_command("index_models")
    assert "unchanged" in capsys.readouterr().out.splitlines()[-1]


def test_a_package_without_an_owner_is_left_alone(registered, stranger) -> None:
    model = registered(stranger)
    TrainedModel.objects.all().delete()
    stranger.delete()
    (entry,) = index.index_owned()
    assert (entry.action, entry.reason) == ("skipped", "its owner eve@example.org has no account")
    assert model.path.exists()


def test_rows_without_a_package_are_dropped(registered) -> None:
    shutil.rmtree(registered().path)
    assert index.drop_missing() == ["Crops, version 1"]
    assert not TrainedModel.objects.exists()


@pytest.fixture
def shipped(tmp_path, package, monkeypatch):
    """A folder of shipped packages with one in it."""
    root = tmp_path / "shipped"
    shutil.copytree(package, root / "small-lstm")
    monkeypatch.setattr("apps.models.models.SHIPPED", root)
    return root


def test_a_shipped_model_is_everybodys(shipped, user, db) -> None:
    (entry,) = index.index_shipped(shipped)
    assert entry.action == "added"
    model = visible_models(user).get()
    assert (model.shipped, model.name, model.version, model.path) == (True, "Small", 1, shipped / "small-lstm")
    assert shipped_model(["crop_classification"]) == model
    assert shipped_model(["ndvi_forecast"]) is None
    assert [e.action for e in index.index_shipped(shipped)] == ["unchanged"]


def test_another_content_is_another_model(shipped, db) -> None:
    list(index.index_shipped(shipped))
    before = TrainedModel.objects.get().pk
    card = json.loads((shipped / "small-lstm/card.json").read_text())
    (shipped / "small-lstm/card.json").write_text(json.dumps({**card, "description": "Trained again."}))
    assert [e.action for e in index.index_shipped(shipped)] == ["added"]
    assert TrainedModel.objects.get().pk != before
    assert TrainedModel.objects.get().description == "Trained again."


def test_a_damaged_package_is_skipped_with_the_reason(shipped, db) -> None:
    (shipped / "small-lstm/model.onnx").write_bytes(b"x")
    (entry,) = index.index_shipped(shipped)
    assert entry.action == "skipped"
    assert "model.onnx" in entry.reason


def test_the_record_is_no_part_of_the_card(registered) -> None:
    facts = json.loads((registered().path / RECORD).read_text())
    assert set(facts) == {"owner", "name", "version", "visibility", "description", "service", "job", "result"}
