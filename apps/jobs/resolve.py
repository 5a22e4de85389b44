"""From the ids in a job's parameters to what they stand for: what the user may see, and the paths behind it."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ValidationError
from django.db.models import Model

from apps.catalog import queries as catalog
from apps.jobs.models import Job
from services.core.errors import FieldError, InvalidParameters
from services.core.registry import get_service
from services.core.service import Service
from services.core.types import AREA, SCENE, VECTOR_FILE

VISIBLE = {SCENE: catalog.visible_scenes, VECTOR_FILE: catalog.visible_vectors}
WORDS = {SCENE: "scene", VECTOR_FILE: "vector file"}


def references(service: Service, values: Mapping[str, Any], user: AbstractBaseUser) -> dict[str, Any]:
    """Return the row behind each reference parameter that is given.

    Raises:
        InvalidParameters: a field error for each id that names nothing the user may see, a scene of a type that the
            service does not take, or an area that touches no part of a scene.
    """
    found: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for name, kind in service.references().items():
        if values.get(name) is None:
            continue
        row = _find(kind, values[name], user)
        problem = _problem(service, name, kind, values[name], row)
        if problem:
            wrong.append(problem)
        else:
            found[name] = row
    wrong += _outside(service, values, found)
    if wrong:
        detail = " ".join(f"{w.field}: {w.message}" for w in wrong)
        raise InvalidParameters(
            f"The inputs of {service.id} were not accepted. {detail}",
            hint="Choose other scenes or files (GET /api/scenes, /api/vectors), or an area that they cover.",
            fields=tuple(wrong),
        )
    return found


def describe_inputs(service: Service, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the inputs as a job keeps them: parameter, kind, id, name and fingerprint of each."""
    kinds = service.references()
    return [
        {
            "parameter": name,
            "kind": kinds[name],
            "id": str(row.id),
            "name": row.name,
            "fingerprint": getattr(row, "fingerprint", "") or str(row.id),
        }
        for name, row in found.items()
    ]


def paths_of(job: Job) -> dict[str, Any]:
    """Return the parameters of a job with paths in place of ids.

    Raises:
        InvalidParameters: an input was deleted, or may no longer be seen, since the job was submitted.
    """
    found = references(get_service(job.service_id), job.parameters, job.owner)
    return {**job.parameters, **{name: str(row.path) for name, row in found.items()}}


def _find(kind: str, identifier: str, user: AbstractBaseUser) -> Model | None:
    try:
        row: Model | None = VISIBLE[kind](user).filter(pk=identifier).first()
    except (ValidationError, ValueError):
        return None
    return row


def _problem(service: Service, name: str, kind: str, identifier: str, row: Any) -> FieldError | None:
    if row is None:
        return FieldError(name, f"There is no {WORDS[kind]} {identifier!r} that you may use.", "not_found")
    accepted = service.property_schema(name).get("x-accepts")
    if kind == SCENE and accepted and row.product_type not in accepted:
        message = f"{row.name} is of type {row.product_type}; this service takes {' or '.join(accepted)}."
        return FieldError(name, message, "wrong_product_type")
    return None


def _outside(service: Service, values: Mapping[str, Any], found: Mapping[str, Any]) -> list[FieldError]:
    """Find the area parameters that touch no part of a scene, told from its footprint."""
    areas = [n for n in service.params.model_fields if service.property_schema(n).get("x-kind") == AREA]
    wrong = []
    for name in (a for a in areas if values.get(a)):
        area = GEOSGeometry(values[name], srid=4326)
        for row in found.values():
            footprint = getattr(row, "footprint", None)
            if footprint is not None and not footprint.intersects(area):
                message = f"The area lies outside {row.name}, which covers {_bounds(footprint.extent)}."
                wrong.append(FieldError(name, message, "no_overlap"))
    return wrong


def _bounds(extent: tuple[float, float, float, float]) -> str:
    west, south, east, north = extent
    return f"longitude {west:.2f} to {east:.2f}, latitude {south:.2f} to {north:.2f}"
