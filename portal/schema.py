"""What every operation of the API has in common: how it is named, and which errors it may answer."""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema

ERRORS = {
    "400": "The request cannot be read.",
    "401": "No login, or a token that is unknown, expired or revoked.",
    "403": "The token has no scope for this.",
    "404": "There is nothing here, or it belongs to somebody else.",
    "409": "Not in this state, or beyond your quota; `detail` says which.",
    "410": "The catalogue knows the file, the disk does not.",
    "413": "The body is larger than this address takes.",
    "415": "The body is not of a kind that this address takes.",
    "422": "A member or parameter was not accepted; `errors` names it.",
    "429": "Too many requests; `Retry-After` says when to try again.",
    "503": "The database is away, or no worker lives that could run this.",
    "507": "The disk is full.",
}
TEXT = {"type": "string"}
PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457), and what to do next.",
    "required": ["type", "title", "status", "detail", "code", "hint", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "code": {"type": "string", "description": "Stable name of the problem."},
        "hint": {"type": "string", "description": "What to do next."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message", "code"],
                "properties": {"field": TEXT, "message": TEXT, "code": TEXT},
            },
        },
    },
    "example": {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "The token “nightly” has no scope “submit”; it has: read.",
        "code": "missing_scope",
        "hint": "Make a token with the scope “submit” under Account → API tokens.",
        "errors": [],
    },
}
METHODS = ("get", "post", "put", "patch", "delete")


class NamedByPath(AutoSchema):
    """Gives operations names that cannot collide: `get_jobs_job_id_log`."""

    def get_operation_id(self) -> str:
        """Return method and path as one name."""
        return "_".join([self.method.lower(), *re.findall(r"\w+", self.path.removeprefix("/api"))])


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Document the errors of every operation (a postprocessing hook of drf-spectacular)."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method in METHODS:
            if method in operations:
                _add(path, method, operations[method])
    return result


def _add(path: str, method: str, operation: dict[str, Any]) -> None:
    body, query = "requestBody" in operation, any(p["in"] == "query" for p in operation.get("parameters", []))
    login, changes = {} not in operation.get("security", []), method != "get"
    wanted = {
        "400": True,
        "401": login,
        "403": login,
        "404": "{" in path or body or query,
        "409": changes,
        "410": "{result_id}" in path or "{model_id}" in path,
        "413": body,
        "415": body,
        "422": body or query,
        "429": True,
        "503": True,
        "507": changes,
    }
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, description in ERRORS.items():
        if wanted[status]:
            operation["responses"].setdefault(status, {"description": description, "content": content})
