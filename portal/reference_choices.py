"""What a form offers for parameters that refer to results and trained networks: those that fit, and no others."""

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import localtime

from apps.catalog.models import Result
from apps.catalog.queries import visible_results
from apps.models.models import TrainedModel
from apps.models.queries import fitting_models
from services.core.registry import all_services
from services.core.types import PRETRAINED

MOST_CHOICES = 100
Field = dict[str, Any]


def offer_choices(fields: list[Field], user: Any) -> None:
    """Put into each field that refers to a result or a network what may be chosen: `groups` of choices, and `none`."""
    for field in fields:
        if field["widget"] == "result":
            _offer(field, _results(field["accepts"], user))
        elif field["widget"] == "model":
            _offer(field, _models(field["accepts"], field["default"], user))


def _offer(field: Field, groups: list[dict[str, Any]]) -> None:
    field["groups"] = [group for group in groups if group["choices"]]
    field["none"] = ""
    if field["optional"]:
        field["none"] = "None"
    elif not field["groups"]:
        field["none"] = _nothing(field)
    elif field["widget"] == "model" and field["default"] != PRETRAINED:
        field["none"] = "Choose a network"


def _nothing(field: Field) -> str:
    if field["widget"] == "model":
        return "None yet: train or upload one first"
    makers = [service.command for name in field["accepts"] if (service := all_services().get(name))]
    return f"None yet: run {' or '.join(makers)} first" if makers else "None yet"


def _results(accepted: Sequence[str], user: Any) -> list[dict[str, Any]]:
    rows = visible_results(user).only("id", "title", "created", "service_id")
    fitting = rows.filter(service_id__in=accepted) if accepted else rows
    choices = [{"value": str(row.pk), "label": _label(row), "chosen": False} for row in fitting[:MOST_CHOICES]]
    return [{"title": "", "choices": choices}]


def _models(accepted: Sequence[str], default: Any, user: Any) -> list[dict[str, Any]]:
    """Return the shipped networks, the user's own and those of others; the newest shipped one is chosen by default."""
    rows = list(fitting_models(user, accepted)[: 3 * MOST_CHOICES])
    shipped = sorted((row for row in rows if row.shipped), key=lambda row: row.created, reverse=True)
    chosen = shipped[0].pk if shipped and default == PRETRAINED else None
    own = [row for row in rows if row.owner_id == user.pk]
    others = [row for row in rows if not row.shipped and row.owner_id != user.pk]
    groups = {"Shipped": shipped, "Yours": own, "Shared by others": others}
    return [
        {
            "title": title,
            "choices": [{"value": str(r.pk), "label": model_label(r), "chosen": r.pk == chosen} for r in several],
        }
        for title, several in groups.items()
    ]


def model_label(row: TrainedModel) -> str:
    """Return name, version and macro-F1 of a network."""
    return f"{row}" if row.macro_f1 is None else f"{row}, macro-F1 {row.macro_f1:.2f}"


def _label(row: Result) -> str:
    return f"{row.title}, {localtime(row.created):%-d %b %Y, %H:%M}"
