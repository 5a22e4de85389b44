"""Parameter types that several services share: what a value is, checked the same in browser, API and shell.

Each type carries an `x-kind` in its JSON schema. The browser form chooses its widget by it, and the portal knows by it
which values are references (ids of scenes and files) that the worker turns into paths.
"""

import math
from typing import Annotated, Any

from pydantic import AfterValidator, Field

SCENE = "scene"
VECTOR_FILE = "vector_file"
AREA = "area"
PROJECTION = "projection"
BANDS = "bands"
LOCAL_PATH = "local_path"
REFERENCE_KINDS = (SCENE, VECTOR_FILE)


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

VectorFile = Annotated[str, Field(min_length=1, json_schema_extra={"x-kind": VECTOR_FILE})]
"""A vector file: a path on the command line, the id of an uploaded file in the portal."""

LocalPath = Annotated[str, Field(min_length=1, json_schema_extra={"x-kind": LOCAL_PATH})]
"""A path on the machine that computes: for the command line only, the portal neither shows nor takes it."""

Area = Annotated[str, AfterValidator(_area), _kind(AREA)]
"""Polygon or MultiPolygon as WKT in longitude, latitude (WGS 84)."""

Projection = Annotated[str, AfterValidator(_projection), _kind(PROJECTION)]
"""A projected or geographic CRS as `EPSG:n`."""


def accepts(*product_types: str) -> dict[str, Any]:
    """Say which product types a scene parameter takes, for the form's list and the pre-flight check."""
    return {"x-accepts": list(product_types)}
