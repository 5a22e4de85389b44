"""What each scope opens: a token may do what it names, a session all."""

import pytest

pytestmark = pytest.mark.django_db

JOB = {"service": "s2_preprocess", "parameters": {}}


def test_a_reading_token_cannot_submit(program):
    response = program("read").post("/api/jobs", JOB, content_type="application/json")
    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "The token “nightly” has no scope “submit”; it has: read.",
        "code": "missing_scope",
        "hint": "Make a token with the scope “submit” under Account → API tokens.",
        "errors": [],
    }


def test_a_submitting_token_gets_to_the_parameters(program):
    response = program("submit").post("/api/jobs", JOB, content_type="application/json")
    assert response.status_code == 422
    assert response.json()["code"] == "invalid_parameters"


def test_a_submitting_token_cannot_look(program):
    response = program("submit").get("/api/jobs")
    assert response.status_code == 403
    assert response.json()["detail"] == "The token “nightly” has no scope “read”; it has: submit."


@pytest.mark.parametrize("path", ["files/x.tif", "archive.zip"])
def test_downloads_have_a_scope_of_their_own(program, path):
    url = f"/api/results/00000000-0000-4000-8000-000000000000/{path}"
    refused = program("read", "submit").get(url)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "The token “nightly” has no scope “download”; it has: read, submit."
    assert program("download").get(url).status_code == 404


def test_a_session_may_do_all(browser):
    assert browser.get("/api/jobs").status_code == 200
    assert browser.post("/api/jobs", JOB, content_type="application/json").status_code == 422


def test_a_session_needs_the_csrf_token(user):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    response = strict.post("/api/jobs", JOB, content_type="application/json")
    assert response.status_code == 403
    assert response.json()["detail"] == "CSRF Failed: CSRF cookie not set."


def test_a_token_needs_none(program):
    client = program("submit")
    client.handler.enforce_csrf_checks = True
    assert client.post("/api/jobs", JOB, content_type="application/json").status_code == 422
