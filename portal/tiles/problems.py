"""What the tile server refuses, as problem+json (RFC 9457)."""

from http import HTTPStatus

from starlette.responses import JSONResponse


class TileProblem(Exception):
    """A request that cannot be answered; `detail` names the value and what is allowed."""

    def __init__(self, status: int, code: str, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.hint = status, code, detail, hint


def invalid(name: str, value: object, allowed: str) -> TileProblem:
    """Return the problem of a parameter that cannot be used."""
    return TileProblem(422, "invalid_parameter", f"{name} cannot be {str(value)[:80]!r}.", allowed)


def problem_response(problem: TileProblem) -> JSONResponse:
    """Return the problem document."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "hint": problem.hint,
        "errors": [],
    }
    headers = {"Cache-Control": "no-store"}
    return JSONResponse(document, problem.status, headers, media_type="application/problem+json")
