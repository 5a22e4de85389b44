"""What a user may see of the registry, and how it is found."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet

from apps.models.models import TrainedModel, Visibility

MINE, SHARED, SHIPPED = "mine", "shared", "shipped"


def visible_models(user: Any) -> "QuerySet[TrainedModel]":
    """Return the models that a user may use: their own, those shared with everyone, those that are shipped."""
    return TrainedModel.objects.filter(Q(owner=user) | Q(owner=None) | Q(visibility=Visibility.PORTAL))


def own_models(user: Any) -> "QuerySet[TrainedModel]":
    """Return the models that a user may change and delete."""
    return TrainedModel.objects.filter(owner=user)


def find_models(user: Any, wanted: Mapping[str, Any]) -> "QuerySet[TrainedModel]":
    """Return the visible models that match, newest first; the card itself is left on disk.

    Args:
        wanted: any of task, bands (names with commas between: models that need no others), periods (how many a model
            takes), owner (mine, shared or shipped), q (part of the name). Empty values do not count.
    """
    found = visible_models(user).defer("card").select_related("owner")
    if wanted.get("task"):
        found = found.filter(task=wanted["task"])
    if wanted.get("bands"):
        found = found.filter(bands__contained_by=[band.strip() for band in wanted["bands"].split(",")])
    if wanted.get("periods"):
        found = found.filter(periods=wanted["periods"])
    if wanted.get("owner"):
        found = found.filter(_whose(user)[wanted["owner"]])
    if wanted.get("q"):
        found = found.filter(name__icontains=wanted["q"])
    return found.order_by("-created", "name", "-version")


def fitting_models(user: Any, tasks: Sequence[str]) -> "QuerySet[TrainedModel]":
    """Return the visible models of some tasks, shipped ones first, then the newest version of each name first."""
    rows = visible_models(user).filter(task__in=tasks) if tasks else visible_models(user)
    return rows.defer("card").select_related("owner").order_by(F("owner").asc(nulls_first=True), "name", "-version")


def shipped_model(tasks: Sequence[str]) -> TrainedModel | None:
    """Return the model that is shipped for a task, the newest where there are several."""
    return TrainedModel.objects.filter(owner=None, task__in=tasks).order_by("-created").first()


def versions_of(model: TrainedModel, user: Any) -> "QuerySet[TrainedModel]":
    """Return the versions of a model that a user may see, newest first, itself among them."""
    rows = visible_models(user).filter(owner=model.owner_id, name=model.name)
    return rows.defer("card").select_related("owner").order_by("-version")


def _whose(user: Any) -> dict[str, Q]:
    return {
        MINE: Q(owner=user),
        SHARED: Q(visibility=Visibility.PORTAL) & ~Q(owner=None) & ~Q(owner=user),
        SHIPPED: Q(owner=None),
    }
