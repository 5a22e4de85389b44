"""Models as the API shows them."""

from dataclasses import asdict
from typing import Any

from apps.models.compare import Comparison, Row
from apps.models.models import TrainedModel
from apps.models.packages import PICTURES


def model_summary(model: TrainedModel, user: Any) -> dict[str, Any]:
    """Return a model as a list shows it."""
    return {
        "id": str(model.pk),
        "name": model.name,
        "version": model.version,
        "task": model.task,
        "network": model.network,
        "bands": model.bands,
        "periods": model.periods,
        "macro_f1": model.macro_f1,
        "measured_on": model.measured_on,
        "description": model.description,
        "visibility": model.visibility,
        "shipped": model.shipped,
        "mine": model.owner_id == user.pk,
        "owner": owner_of(model),
        "size_bytes": model.size_bytes,
        "created": model.created,
        "href": f"/api/models/{model.pk}",
    }


def model_document(model: TrainedModel, user: Any) -> dict[str, Any]:
    """Return a model with its card, and where its files are downloaded."""
    base = f"/api/models/{model.pk}"
    names = (model.card["weights"]["file"], model.card["onnx"]["file"], *pictures_of(model))
    return {
        **model_summary(model, user),
        "card": model.card,
        "files": [{"name": name, "href": f"{base}/files/{name}"} for name in ("card.json", *names)],
        "archive": f"{base}/archive.zip",
        "lineage": f"{base}/lineage",
    }


def pictures_of(model: TrainedModel) -> list[str]:
    """Return the names of the pictures in a package."""
    return [name for name in PICTURES if (model.path / name).is_file()]


def owner_of(model: TrainedModel) -> str:
    """Return what others may know of who shares a model: the name, not the address."""
    if model.owner is None:
        return "Groundwork"
    return model.owner.get_full_name() or "another user"


def comparison_document(found: Comparison, user: Any) -> dict[str, Any]:
    """Return a comparison."""
    return {
        "a": model_summary(found.a, user),
        "b": model_summary(found.b, user),
        "same_test_set": found.same_test_set,
        "samples": found.samples,
        "metrics": [_row(row) for row in found.rows],
        "classes": [_row(row) for row in found.classes],
    }


def _row(row: Row) -> dict[str, Any]:
    return {**asdict(row), "difference": row.difference, "better": row.better}
