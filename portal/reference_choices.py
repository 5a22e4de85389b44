"""What a form offers for parameters that refer to results: those that fit, newest first."""

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import localtime

from apps.catalog.models import Result
from apps.catalog.queries import visible_results
from services.core.registry import all_services

MOST_CHOICES = 100
Field = dict[str, Any]


def offer_choices(fields: list[Field], user: Any) -> None:
    """Put into each field that refers to a result what the user may choose: `groups` of choices, and `none`."""
    for field in fields:
        if field["widget"] == "result":
            _offer(field, _results(field["accepts"], user))


def _offer(field: Field, groups: list[dict[str, Any]]) -> None:
    field["groups"] = [group for group in groups if group["choices"]]
    field["none"] = ""
    if field["optional"]:
        field["none"] = "None"
    elif not field["groups"]:
        field["none"] = _nothing(field)


def _nothing(field: Field) -> str:
    makers = [service.command for name in field["accepts"] if (service := all_services().get(name))]
    return f"None yet: run {' or '.join(makers)} first" if makers else "None yet"


def _results(accepted: Sequence[str], user: Any) -> list[dict[str, Any]]:
    rows = visible_results(user).only("id", "title", "created", "service_id")
    fitting = rows.filter(service_id__in=accepted) if accepted else rows
    choices = [{"value": str(row.pk), "label": _label(row), "chosen": False} for row in fitting[:MOST_CHOICES]]
    return [{"title": "", "choices": choices}]


def _label(row: Result) -> str:
    return f"{row.title}, {localtime(row.created):%-d %b %Y, %H:%M}"
