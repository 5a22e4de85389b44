"""Every error has a status, and the shape of RFC 9457."""

import json
from importlib import import_module

import pytest
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions as drf

from apps.accounts.errors import MissingScope
from apps.errors import PortalError
from eo.errors import EoError, NoOverlap
from portal.errors import TABLE, exception_handler, problem, rule_of, server_error
from services.core.errors import BadInput, DiskFull, FieldError, InvalidParameters, OutOfMemory, ServiceError

MEMBERS = ["type", "title", "status", "detail", "code", "hint", "errors"]


def answer(error):
    response = exception_handler(error, {})
    assert response["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert list(document) == MEMBERS
    assert document["status"] == response.status_code
    return response, document


def kinds(base):
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_the_whole_document():
    fields = (FieldError("resolution", "Must be above 0 (given: -10).", "greater_than"),)
    _, document = answer(InvalidParameters("Not accepted.", hint="See the schema.", fields=fields))
    assert document == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "Not accepted.",
        "code": "invalid_parameters",
        "hint": "See the schema.",
        "errors": [{"field": "resolution", "message": "Must be above 0 (given: -10).", "code": "greater_than"}],
    }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (PortalError("x"), 422, "portal_error"),
        (NoOverlap("x"), 422, "no_overlap"),
        (BadInput("x"), 422, "bad_input"),
        (DiskFull("x"), 507, "disk_full"),
        (OutOfMemory("x"), 500, "out_of_memory"),
        (MissingScope("x"), 403, "missing_scope"),
        (drf.ParseError(), 400, "parse_error"),
        (drf.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (drf.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (drf.NotAcceptable(), 406, "not_acceptable"),
        (RequestDataTooBig(), 413, "body_too_large"),
        (OperationalError("terminating connection"), 503, "database_away"),
        (Http404("There is no job 7."), 404, "not_found"),
    ],
)
def test_statuses(error, status, code):
    response, document = answer(error)
    assert (response.status_code, document["code"]) == (status, code)


def test_the_words_of_a_404():
    assert answer(Http404("There is no job 7."))[1]["detail"] == "There is no job 7."
    assert answer(Http404())[1]["detail"] == "There is nothing here, or it belongs to somebody else."


def test_the_database_does_not_speak_to_strangers():
    document = answer(OperationalError('FATAL: password authentication failed for user "groundwork"'))[1]
    assert document["detail"] == "The database cannot be reached."
    assert document["hint"] == "Try again in a minute; running jobs go on."


def test_nested_members_are_named_by_their_path():
    error = drf.ValidationError({"a": {"b": [{"c": ["No."]}]}, "non_field_errors": ["Both."], "d": ["x", "y"]})
    document = answer(error)[1]
    assert [(e["field"], e["message"]) for e in document["errors"]] == [
        ("a.b.c", "No."),
        ("", "Both."),
        ("d", "x"),
        ("d", "y"),
    ]
    assert document["detail"] == "The request was not accepted. a.b.c: No. Both. d: x d: y"


def test_throttled_says_when():
    response, document = answer(drf.Throttled(wait=41.2))
    assert response["Retry-After"] == "42"
    assert document["hint"] == "Try again in 42 s."


def test_what_nobody_foresaw_goes_to_the_log():
    assert exception_handler(ZeroDivisionError(), {}) is None


def test_every_error_of_ours_has_a_status_and_a_code_of_its_own():
    for module in ("apps.accounts.errors", "apps.catalog.errors", "apps.jobs.errors", "eo.errors"):
        import_module(module)
    ours = [kind for base in (PortalError, EoError, ServiceError) for kind in kinds(base)]
    assert len(ours) >= 25
    for kind in ours:
        assert 400 <= rule_of(kind("x")).status < 600, kind
        assert "code" in vars(kind), f"{kind} has no code"
    by_code: dict[str, set[int]] = {}
    for kind in ours:
        by_code.setdefault(kind.code, set()).add(rule_of(kind("x")).status)
    assert {code for code, statuses in by_code.items() if len(statuses) > 1} == set()


def test_the_table_knows_no_stranger_statuses():
    assert {rule.status for rule in TABLE.values()} <= {400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422} | {
        429,
        500,
        503,
        507,
    }


def test_problem_title_is_the_phrase_of_the_status():
    assert json.loads(problem(507, code="disk_full", detail="x").content)["title"] == "Insufficient Storage"


@pytest.mark.django_db
def test_unknown_address_below_the_api():
    response = Client().get("/api/nothing")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response.json()["code"] == "not_found"


@pytest.mark.django_db
def test_unknown_page():
    response = Client().get("/nothing/")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing here, or it belongs to somebody else." in response.content.decode()


@pytest.mark.django_db
def test_a_broken_body(program):
    response = program("submit").post("/api/jobs", "{", content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"
    assert response.json()["detail"].startswith("JSON parse error")


@pytest.mark.django_db
def test_a_fault_of_ours_tells_nothing(monkeypatch, program):
    def broken(_):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("portal.me.document", broken)
    client = program("read")
    client.raise_request_exception = False
    response = client.get("/api/me")
    assert response.status_code == 500
    assert response.json()["code"] == "server_error"
    assert "secret" not in response.content.decode()


@pytest.mark.django_db
def test_a_form_from_elsewhere(user):
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x", "password": "y"})
    assert response.status_code == 403
    assert "The form could not be trusted" in response.content.decode()


def test_a_fault_on_a_page():
    request = RequestFactory().get("/scenes/")
    response = server_error(request)
    assert response.status_code == 500
    assert (
        "written to the portal&#x27;s log. Try again; if it stays, tell an administrator." in response.content.decode()
    )


def test_a_page_while_the_database_is_away():
    def answer_to(path):
        try:
            raise OperationalError("connection refused")
        except OperationalError:
            return server_error(RequestFactory().get(path))

    page = answer_to("/jobs/")
    assert page.status_code == 503
    assert "The database cannot be reached. Try again in a minute; running jobs go on." in page.content.decode()
    assert answer_to("/api/jobs").headers["Content-Type"] == "application/problem+json"
