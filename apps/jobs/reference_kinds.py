"""What a reference parameter may stand for: whose rows, of which kind, told in which words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.catalog import queries as catalog
from apps.models.models import TASKS
from apps.models.queries import visible_models
from services.core.errors import FieldError
from services.core.registry import all_services
from services.core.types import MODEL, RESULT, SCENE, SCENES, VECTOR_FILE


@dataclass(frozen=True)
class Kind:
    """A kind of reference.

    Args:
        word: what one is called.
        visible: the rows that a user may see.
        nature: what of a row is compared with the parameter's `x-accepts`.
        refusal: code and words for a row that the parameter does not take, by row and what is accepted.
        many: whether a value is a list of ids.
    """

    word: str
    visible: Callable[[Any], "QuerySet[Any]"]
    nature: Callable[[Any], str] = lambda row: ""
    refusal: Callable[[Any, Sequence[str]], tuple[str, str]] = lambda row, accepted: ("", "")
    many: bool = False


def _wrong_scene(row: Any, accepted: Sequence[str]) -> tuple[str, str]:
    message = f"{row.name} is of type {row.product_type}; this service takes {' or '.join(accepted)}."
    return "wrong_product_type", message


def _wrong_result(row: Any, accepted: Sequence[str]) -> tuple[str, str]:
    wanted = " or ".join(_command(service) for service in accepted)
    return "wrong_service", f"{row.title} was made by {_command(row.service_id)}; here a result of {wanted} is needed."


def _wrong_model(row: Any, accepted: Sequence[str]) -> tuple[str, str]:
    wanted = " or ".join(TASKS.get(task, task) for task in accepted)
    return "wrong_task", f"{row} is a network for {row.task_title}; here one for {wanted} is needed."


def _command(service_id: str) -> str:
    service = all_services().get(service_id)
    return service.command if service else service_id


def _models(user: Any) -> "QuerySet[Any]":
    return visible_models(user).defer("card")


_SCENE = Kind("scene", catalog.visible_scenes, lambda row: row.product_type, _wrong_scene)
KINDS = {
    SCENE: _SCENE,
    SCENES: Kind("scene", catalog.visible_scenes, lambda row: row.product_type, _wrong_scene, many=True),
    VECTOR_FILE: Kind("vector file", catalog.visible_vectors),
    MODEL: Kind("trained network", _models, lambda row: row.task, _wrong_model),
    RESULT: Kind("result", catalog.visible_results, lambda row: row.service_id, _wrong_result),
}


def rows_of(kind: Kind, identifiers: Sequence[str], user: Any) -> dict[str, Any]:
    """Return the rows that the user may see among the ids, by id as given; one query, however many."""
    known = {identifier: key for identifier in identifiers if (key := _uuid(identifier))}
    rows = kind.visible(user).in_bulk(list(known.values())) if known else {}
    return {identifier: rows[key] for identifier, key in known.items() if key in rows}


def problem(kind: Kind, name: str, identifier: str, row: Any, accepted: Sequence[str]) -> FieldError | None:
    """Return what is wrong with one id: nothing that the user may use, or not of a kind that is accepted."""
    if row is None:
        return FieldError(name, f"There is no {kind.word} {identifier[:80]!r} that you may use.", "not_found")
    if accepted and kind.nature(row) not in accepted:
        code, message = kind.refusal(row, accepted)
        return FieldError(name, message, code)
    return None


def name_of(row: Any) -> str:
    """Return what a row is called."""
    return str(row)


def fingerprint_of(row: Any) -> str:
    """Return what tells the content of a row; what never changes is told by its id."""
    return str(getattr(row, "fingerprint", "") or row.pk)


def footprint_of(row: Any) -> Any:
    """Return what a row covers, None where it lies nowhere."""
    return getattr(row, "footprint", None) or getattr(row, "geometry", None)


def _uuid(identifier: str) -> UUID | None:
    try:
        return UUID(identifier)
    except ValueError:
        return None
