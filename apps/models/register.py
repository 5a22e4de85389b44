"""Enter packages into the registry: the next version of a name, with where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.models.models import TrainedModel, Visibility
from apps.models.packages import Package, arrive, size_of, write_record
from eo.learning.card import ModelCard

NAME_LENGTH = 120
PARTS = ("test", "validation")


@dataclass(frozen=True)
class Origin:
    """The job that made a model."""

    service_id: str
    job_id: UUID
    result_id: UUID


def register(owner: User, source: Path, *, name: str = "") -> TrainedModel:
    """Check a package and enter it for its owner.

    Args:
        name: what it is called; without one, as its card says. The same name again is the next version.

    Raises:
        ModelRefused: with the code and the words of what is wrong with it.
    """
    package = arrive(source)
    try:
        with transaction.atomic():
            return enter(owner, package, name=name)
    except BaseException:
        package.drop()
        raise


@transaction.atomic
def enter(owner: User, package: Package, *, name: str = "", origin: Origin | None = None) -> TrainedModel:
    """Make the row of a package that lies in its place, and the record beside it."""
    User.objects.select_for_update().get(pk=owner.pk)  # two at once get two versions
    title = (name.strip() or package.card.name)[:NAME_LENGTH]
    latest = TrainedModel.objects.filter(owner=owner, name=title).aggregate(n=Max("version"))["n"] or 0
    model = TrainedModel.objects.create(
        id=package.id,
        owner=owner,
        name=title,
        version=latest + 1,
        description=package.card.description[:4000],
        folder=package.folder.name,
        fingerprint=package.fingerprint,
        size_bytes=size_of(package.folder),
        service_id=origin.service_id if origin else "",
        job_id=origin.job_id if origin else None,
        result_id=origin.result_id if origin else None,
        **facts_of(package.card),
    )
    record(model)
    return model


def facts_of(card: ModelCard) -> dict[str, Any]:
    """Return the columns that are read off a card."""
    part = next((p for p in PARTS if p in card.metrics), next(iter(card.metrics), ""))
    return {
        "task": card.task,
        "network": card.architecture.network,
        "bands": list(card.inputs.bands),
        "periods": card.inputs.periods.count,
        "macro_f1": card.metrics[part].macro_f1 if part else None,
        "measured_on": part[:40],
        "card": card.model_dump(mode="json"),
    }


def record(model: TrainedModel) -> None:
    """Write beside the package what the registry knows of it."""
    write_record(model.path, record_of(model))


def record_of(model: TrainedModel) -> dict[str, Any]:
    """Return what the record says: enough to make the row again."""
    return {
        "owner": model.owner.email if model.owner else None,
        "name": model.name,
        "version": model.version,
        "visibility": model.visibility,
        "description": model.description,
        "service": model.service_id,
        "job": str(model.job_id) if model.job_id else None,
        "result": str(model.result_id) if model.result_id else None,
    }


def columns_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that a record says."""
    return {
        "name": facts["name"],
        "version": facts["version"],
        "visibility": Visibility(facts["visibility"]),
        "description": facts["description"],
        "service_id": facts["service"],
        "job_id": facts["job"],
        "result_id": facts["result"],
    }
