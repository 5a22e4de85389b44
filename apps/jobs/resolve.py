"""From the ids in a job's parameters to what they stand for: what the user may see, and the paths behind it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.gis.geos import GEOSGeometry

from apps.jobs.models import Job
from apps.jobs.reference_kinds import KINDS, fingerprint_of, footprint_of, name_of, problem, rows_of
from services.core.errors import FieldError, InvalidParameters
from services.core.registry import get_service
from services.core.service import Service
from services.core.types import AREA

HINT = "Choose others (GET /api/scenes, /api/vectors, /api/results, /api/models), or an area that they cover."
Found = dict[str, list[Any]]
"""The rows behind each reference parameter that is given, in the order of its ids."""


def references(service: Service, values: Mapping[str, Any], user: AbstractBaseUser) -> Found:
    """Return the rows behind each reference parameter that is given.

    Raises:
        InvalidParameters: a field error for each id that names nothing the user may see, for what the service does not
            take, or for an area that touches no part of what is referred to.
    """
    found: Found = {}
    wrong: list[FieldError] = []
    for name, kind in service.references().items():
        identifiers = _identifiers(values.get(name))
        if not identifiers:
            continue
        accepted = service.property_schema(name).get("x-accepts", ())
        rows = rows_of(KINDS[kind], identifiers, user)
        problems = [problem(KINDS[kind], name, i, rows.get(i), accepted) for i in identifiers]
        wrong += [p for p in problems if p]
        if not any(problems):
            found[name] = [rows[i] for i in identifiers]
    wrong += _outside(service, values, found)
    if wrong:
        raise refusal(service, wrong)
    return found


def refusal(service: Service, wrong: list[FieldError]) -> InvalidParameters:
    """Return the error for inputs that are not accepted."""
    detail = " ".join(f"{w.field}: {w.message}" for w in wrong)
    return InvalidParameters(f"The inputs of {service.id} were not accepted. {detail}", hint=HINT, fields=tuple(wrong))


def describe_inputs(service: Service, found: Found) -> list[dict[str, Any]]:
    """Return the inputs as a job keeps them: parameter, kind, id, name and fingerprint of each; a list has several."""
    kinds = service.references()
    return [
        {
            "parameter": name,
            "kind": kinds[name],
            "id": str(row.pk),
            "name": name_of(row),
            "fingerprint": fingerprint_of(row),
        }
        for name, rows in found.items()
        for row in rows
    ]


def known_inputs(job: Job) -> dict[str, Any]:
    """Return id and name of a job's inputs by parameter, as its provenance tells them; of a list a list."""
    known: dict[str, Any] = {}
    for one in job.inputs:
        entry = {"id": one["id"], "name": one["name"]}
        if one["kind"] in KINDS and KINDS[one["kind"]].many:
            known.setdefault(one["parameter"], []).append(entry)
        else:
            known[one["parameter"]] = entry
    return known


def paths_of(job: Job) -> dict[str, Any]:
    """Return the parameters of a job with paths in place of ids.

    Raises:
        InvalidParameters: an input was deleted, or may no longer be seen, since the job was submitted.
    """
    service = get_service(job.service_id)
    return with_paths(service, job.parameters, references(service, job.parameters, job.owner))


def with_paths(service: Service, values: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """Return parameters with the paths of the rows found in place of their ids."""
    kinds = service.references()
    paths = {name: [str(row.path) for row in rows] for name, rows in found.items()}
    return {**values, **{name: all_ if KINDS[kinds[name]].many else all_[0] for name, all_ in paths.items()}}


def _identifiers(value: Any) -> list[str]:
    return list(dict.fromkeys(value)) if isinstance(value, list) else [value] if value else []


def _outside(service: Service, values: Mapping[str, Any], found: Found) -> list[FieldError]:
    """Find the area parameters that touch no part of an input (of a list: of none in it), told from footprints."""
    areas = [n for n in service.params.model_fields if service.property_schema(n).get("x-kind") == AREA]
    given = [(name, GEOSGeometry(values[name], srid=4326)) for name in areas if values.get(name)]
    return [
        FieldError(name, message, "no_overlap")
        for name, area in given
        for rows in found.values()
        for message in _missed(area, rows)
    ]


def _missed(area: GEOSGeometry, rows: list[Any]) -> Iterator[str]:
    placed = [(row, footprint) for row in rows if (footprint := footprint_of(row)) is not None]
    if not placed or any(footprint.intersects(area) for _, footprint in placed):
        return
    row, footprint = placed[0]
    if len(placed) == 1:
        yield f"The area lies outside {name_of(row)}, which covers {_bounds(footprint.extent)}."
    else:
        extents = [footprint.extent for _, footprint in placed]
        whole = (*(min(e[i] for e in extents) for i in (0, 1)), *(max(e[i] for e in extents) for i in (2, 3)))
        yield f"The area lies outside all {len(placed)} scenes, which cover {_bounds(whole)}."


def _bounds(extent: tuple[float, ...]) -> str:
    west, south, east, north = extent
    return f"longitude {west:.2f} to {east:.2f}, latitude {south:.2f} to {north:.2f}"
