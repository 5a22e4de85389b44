"""What a request leaves open and the portal fills in when it is submitted, so that a job says what it ran on."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from apps.catalog.errors import InvalidFilter
from apps.catalog.queries import find_scenes
from apps.jobs.resolve import refusal
from apps.models.models import TASKS
from apps.models.queries import shipped_model
from services.core.errors import FieldError
from services.core.service import Service
from services.core.types import AREA, MODEL, PRETRAINED, RESULT, SCENE, SCENES

MOST_SCENES = 1000
FIRST_DAY, LAST_DAY = "start", "end"
"""The parameters (dates) that narrow the scenes of an area to a time."""


def with_scenes(service: Service, given: Mapping[str, Any], user: AbstractBaseUser) -> dict[str, Any]:
    """Return what was given, with the scenes of the area and time where a list of scenes was left out.

    None are taken where something else is worked on instead (the first parameter that is a scene or a result is given),
    or where no area is given. What cannot be read is left to the service's own checks, which come after.

    Raises:
        InvalidParameters: no scene of an accepted type meets the area in that time, or too many do.
    """
    kinds = service.references()
    open_lists = [n for n, kind in kinds.items() if kind == SCENES and not given.get(n)]
    instead = next((n for n, kind in kinds.items() if kind in (SCENE, RESULT)), "")
    area = next((given[n] for n in _areas(service) if isinstance(given.get(n), str) and given[n]), None)
    if not open_lists or not area or given.get(instead):
        return dict(given)
    try:
        taken = {name: _scenes_of(service, name, area, given, user) for name in open_lists}
    except InvalidFilter:
        return dict(given)
    return {**given, **taken}


def with_shipped(service: Service, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with the id of the shipped network where `pretrained` is asked for.

    Raises:
        InvalidParameters: no network is shipped for the task.
    """
    kinds = service.references()
    asked = [n for n, kind in kinds.items() if kind == MODEL and values.get(n) == PRETRAINED]
    return {**values, **{name: _shipped(service, name) for name in asked}}


def _shipped(service: Service, name: str) -> str:
    tasks = service.property_schema(name).get("x-accepts", ())
    model = shipped_model(tasks)
    if model is None:
        task = " or ".join(TASKS.get(task, task) for task in tasks)
        message = f"No pre-trained network for {task} is registered here; an administrator runs `index_models`."
        raise refusal(service, [FieldError(name, message, "not_found")])
    return str(model.pk)


def _areas(service: Service) -> list[str]:
    return [n for n in service.params.model_fields if service.property_schema(n).get("x-kind") == AREA]


def _scenes_of(service: Service, name: str, area: str, values: Mapping[str, Any], user: AbstractBaseUser) -> list[str]:
    """Return the ids of the scenes that are taken, earliest first; a product indexed twice counts once."""
    accepted = service.property_schema(name).get("x-accepts", ())
    first, last = str(values.get(FIRST_DAY) or ""), str(values.get(LAST_DAY) or "")
    wanted = {"intersects": area, "from": first, "to": last, "product_type": ",".join(accepted)}
    rows = find_scenes(user, wanted).order_by("datetime", "name", "owner").values_list("pk", "name", "fingerprint")
    different = {(title, fingerprint): str(key) for key, title, fingerprint in rows[: 2 * MOST_SCENES]}
    if not different:
        what = " or ".join(accepted) or "any type"
        message = f"No scene of type {what} that you may use meets the area{_time(first, last)}."
        raise refusal(service, [FieldError(name, message, "no_scenes")])
    if len(different) > MOST_SCENES:
        message = f"More than {MOST_SCENES} scenes meet the area{_time(first, last)}; name fewer, or a shorter time."
        raise refusal(service, [FieldError(name, message, "too_many_scenes")])
    return list(different.values())


def _time(first: str, last: str) -> str:
    return "".join(f" {word} {day}" for word, day in (("from", first), ("to", last)) if day)
