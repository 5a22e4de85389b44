"""Parameter types that several services share: what a value is, checked the same in browser, API and shell.

Each type carries an `x-kind` in its JSON schema. The browser form chooses its widget by it, and the portal knows by it
which values are references (ids of scenes and files) that the worker turns into paths.
"""

import math
from typing import Annotated, Any

from pydantic import AfterValidator, Field

SCENE = "scene"
SCENES = "scenes"
VECTOR_FILE = "vector_file"
RESULT = "result"
MODEL = "model"
AREA = "area"
PROJECTION = "projection"
BANDS = "bands"
LOCAL_PATH = "local_path"
PRETRAINED = "pretrained"
REFERENCE_KINDS = (SCENE, SCENES, VECTOR_FILE, RESULT, MODEL)


def _kind(kind: str, **extra: Any) -> Any:
    return Field(json_schema_extra={"x-kind": kind, **extra})


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


def _area(value: str) -> str:
    from services.core.area import check_area  # shapely stays out of listing

    return check_area(value)


def _projection(value: str) -> str:
    from services.core.area import check_projection

    return check_projection(value)


FiniteFloat = Annotated[float, AfterValidator(_finite)]

Scene = Annotated[str, Field(min_length=1, json_schema_extra={"x-kind": SCENE})]
"""A product: a path on the command line, the id of an indexed scene in the portal."""

Scenes = Annotated[list[str], _kind(SCENES)]
"""Products: paths on the command line (a folder stands for all in it), ids of indexed scenes in the portal.

Where they are left out and an area is given, the portal takes all scenes that meet it from `start` to `end` (parameters
of these names, if there are any), unless a scene or a result is worked on instead.
"""

VectorFile = Annotated[str, Field(min_length=1, json_schema_extra={"x-kind": VECTOR_FILE})]
"""A vector file: a path on the command line, the id of an uploaded file in the portal."""

Result = Annotated[str, Field(min_length=1, json_schema_extra={"x-kind": RESULT})]
"""What another service made: its folder (or a file of it) on the command line, the id of a result in the portal."""

Model = Annotated[str, Field(min_length=1, json_schema_extra={"x-kind": MODEL})]
"""A trained network: the folder or zip of its package on the command line, the id of a model in the portal.

`pretrained` is the network that is shipped for the task, in either.
"""

LocalPath = Annotated[str, Field(min_length=1, json_schema_extra={"x-kind": LOCAL_PATH})]
"""A path on the machine that computes: for the command line only, the portal neither shows nor takes it."""

Area = Annotated[str, AfterValidator(_area), _kind(AREA)]
"""Polygon or MultiPolygon as WKT in longitude, latitude (WGS 84)."""

Projection = Annotated[str, AfterValidator(_projection), _kind(PROJECTION)]
"""A projected or geographic CRS as `EPSG:n`."""


def listed(value: Any) -> Any:
    """Return references as a list without repeats: text has commas between them; none at all is None."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if isinstance(value, list):
        value = list(dict.fromkeys(part for part in value if part))
    return value or None


def accepts(*kinds: str) -> dict[str, Any]:
    """Say what a reference may be, for the form's list and the checks: product types of a scene, services that made a
    result, tasks of a model."""
    return {"x-accepts": list(kinds)}
