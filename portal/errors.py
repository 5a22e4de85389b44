"""One table from every error to its HTTP status; problem+json (RFC 9457) under /api/, pages elsewhere."""

import errno
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

import psycopg
from django.core import exceptions as django
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from rest_framework import exceptions as drf
from rest_framework.views import set_rollback

from apps.accounts import errors as accounts
from apps.catalog import errors as catalog
from apps.errors import PortalError
from apps.jobs import errors as jobs
from apps.models import errors as models
from apps.osm_vectors import errors as osm_vectors
from eo.errors import EoError
from services.core import errors as services

API = "/api/"
AWAY = "The database cannot be reached."
TRY_AGAIN = "Try again in a minute; running jobs go on."
FAULT = "Something went wrong on our side; it was written to the portal's log."
TELL = "Try again; if it stays, tell an administrator."


@dataclass(frozen=True)
class Rule:
    """The status of an error, and the words for one that brings none of its own."""

    status: int
    code: str = ""
    message: str = ""
    hint: str = ""


# An error without a line of its own takes that of its nearest base.
TABLE: Mapping[type[Exception], Rule] = {
    PortalError: Rule(422),
    accounts.MissingScope: Rule(403),
    accounts.SessionNeeded: Rule(403),
    accounts.InvalidInvitation: Rule(410),
    accounts.AccountExists: Rule(409),
    catalog.UploadTooLarge: Rule(413),
    catalog.QuotaExceeded: Rule(409),
    catalog.WrongOffset: Rule(409),
    catalog.UploadEnded: Rule(409),
    catalog.FileGone: Rule(410),
    models.ModelTooLarge: Rule(413),
    models.ModelInUse: Rule(409),
    osm_vectors.NoData: Rule(404),
    osm_vectors.TileOutOfRange: Rule(404),
    osm_vectors.ImportRunning: Rule(409),
    jobs.NoWorker: Rule(503),
    jobs.JobEnded: Rule(409),
    jobs.JobNotEnded: Rule(409),
    jobs.QuotaExceeded: Rule(409),
    EoError: Rule(422),
    services.ServiceError: Rule(500),
    services.InvalidParameters: Rule(422),
    services.UnknownService: Rule(404),
    services.BadInput: Rule(422),
    services.DiskFull: Rule(507),
    drf.ValidationError: Rule(422, "invalid", "The request was not accepted."),
    drf.ParseError: Rule(400, "parse_error"),
    drf.NotAuthenticated: Rule(
        401, "not_authenticated", "Log in, or send a token.", "Header: Authorization: Token <secret>."
    ),
    drf.AuthenticationFailed: Rule(401),
    drf.PermissionDenied: Rule(403),
    drf.NotFound: Rule(404, "not_found"),
    drf.MethodNotAllowed: Rule(405),
    drf.NotAcceptable: Rule(406),
    drf.UnsupportedMediaType: Rule(415),
    drf.Throttled: Rule(429, "throttled", "Too many requests."),
    drf.APIException: Rule(500),
    Http404: Rule(404, "not_found", "There is nothing here, or it belongs to somebody else."),
    django.PermissionDenied: Rule(403, "permission_denied", "You may not do this."),
    django.ValidationError: Rule(422, "invalid", "The request was not accepted."),
    django.RequestDataTooBig: Rule(413, "body_too_large", "The body is larger than this address takes."),
    django.SuspiciousOperation: Rule(400, "bad_request", "The portal could not make sense of the request."),
    OperationalError: Rule(503, "database_away", AWAY, TRY_AGAIN),
    InterfaceError: Rule(503, "database_away", AWAY, TRY_AGAIN),
    psycopg.OperationalError: Rule(503, "database_away", AWAY, TRY_AGAIN),
    psycopg.errors.QueryCanceled: Rule(
        503, "took_too_long", "The answer took too long.", "Ask for a smaller area, or for fewer layers."
    ),
}

FULL = Rule(507, "disk_full", "The portal's disk is full.", "Try again later; an administrator has to free some space.")


def rule_of(error: Exception) -> Rule | None:
    """Return the line of the table that fits best, None for an error that nobody foresaw."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL
    return next((TABLE[base] for base in type(error).__mro__ if base in TABLE), None)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Answer an error of an API view; one that nobody foresaw goes on to the log and `server_error`."""
    rule = rule_of(error)
    if rule is None:
        return None
    set_rollback()
    response = problem(rule.status, **_members(error, rule))
    wait_s = getattr(error, "wait", None)
    if wait_s is not None:
        response["Retry-After"] = str(int(wait_s))
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    return response


def problem(
    status: int, *, code: str, detail: str, hint: str = "", errors: tuple[Mapping[str, str], ...] = ()
) -> JsonResponse:
    """Return a problem document. Its `type` is about:blank: `code` tells one problem from another."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "hint": hint,
        "errors": list(errors),
    }
    return JsonResponse(document, status=status, content_type="application/problem+json")


def _members(error: Exception, rule: Rule) -> dict[str, Any]:
    """Return code, detail, hint and errors, from whatever kind of error."""
    if isinstance(error, PortalError | services.ServiceError | EoError):
        fields = tuple(asdict(field) for field in getattr(error, "fields", ()))
        return {"code": error.code, "detail": error.message, "hint": error.hint, "errors": fields}
    if isinstance(error, drf.ValidationError):
        fields = tuple(_flat(error.get_full_details(), ""))
        return {"code": rule.code, "detail": _summary(rule.message, fields), "errors": fields}
    if isinstance(error, drf.Throttled):
        wait_s = int(getattr(error, "wait", None) or 1)
        return {"code": rule.code, "detail": rule.message, "hint": f"Try again in {wait_s} s."}
    if isinstance(error, drf.APIException):
        code = rule.code or str(error.get_codes())
        return {"code": code, "detail": rule.message or str(error.detail), "hint": rule.hint}
    given = str(error.args[0]) if isinstance(error, Http404) and error.args else ""
    return {"code": rule.code, "detail": given or rule.message, "hint": rule.hint}


def _flat(detail: Any, path: str) -> Iterator[dict[str, str]]:
    """Yield {field, message, code} for every leaf of DRF's nested details."""
    if isinstance(detail, Mapping) and set(detail) == {"message", "code"}:
        yield {"field": path, "message": str(detail["message"]), "code": str(detail["code"])}
    elif isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, _joined(path, "" if name == "non_field_errors" else str(name)))
    else:
        for inner in detail:
            yield from _flat(inner, path)


def _joined(path: str, name: str) -> str:
    return ".".join(part for part in (path, name) if part)


def _summary(message: str, fields: tuple[Mapping[str, str], ...]) -> str:
    """Return a sentence that a program's log can show by itself."""
    return " ".join([message, *(f"{f['field']}: {f['message']}" if f["field"] else f["message"] for f in fields)])


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return _answer(request, exception, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return _answer(request, exception, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that was sent from elsewhere, or from a page that stood open for too long."""
    words = "The form could not be trusted: it came from another page, or the browser sent no cookie."
    return _page(request, 403, "csrf_failed", words, "Load the page again and send the form once more.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return _answer(request, Http404(), 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 while the database is away; what happened stands in the log.

    The page is made without the request: who is asking would be asked of the database.
    """
    error = sys.exc_info()[1]
    rule = rule_of(error) if isinstance(error, OperationalError | InterfaceError) else None
    rule = rule or Rule(500, "server_error", FAULT, TELL)
    if request.path.startswith(API):
        return problem(rule.status, code=rule.code, detail=rule.message, hint=rule.hint)
    page = render_to_string(f"{rule.status}.html", {"message": rule.message, "hint": rule.hint})
    return HttpResponse(page, status=rule.status)


def _answer(request: HttpRequest, exception: Exception, status: int) -> HttpResponse:
    rule = rule_of(exception) or Rule(status, "bad_request", HTTPStatus(status).phrase)
    return _page(request, status, rule.code, rule.message, rule.hint)


def _page(request: HttpRequest, status: int, code: str, message: str, hint: str) -> HttpResponse:
    """Answer as the path asks: problem+json to programs, a page to people.

    Templates 400.html, 403.html, 404.html: `message`, `hint`.
    """
    if request.path.startswith(API):
        return problem(status, code=code, detail=message, hint=hint)
    return render(request, f"{status}.html", {"message": message, "hint": hint}, status=status)
