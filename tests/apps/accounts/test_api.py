"""Oneself and one's tokens over REST."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import ApiToken, User
from apps.accounts.tokens import create_token

pytestmark = pytest.mark.django_db
NEW = {"name": "nightly mosaics", "scopes": ["read", "download"], "expires_days": 30}


def post(client, body):
    return client.post("/api/tokens", body, content_type="application/json")


def test_make_one_and_use_it(browser, user):
    response = post(browser, NEW)
    made = response.json()
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    row = ApiToken.objects.get()
    assert abs(row.expiry - timezone.now() - timedelta(days=30)) < timedelta(seconds=10)
    assert made["starts_with"] == made["secret"][:15]
    answer = Client(headers={"authorization": f"Token {made['secret']}"}).get("/api/me")
    assert answer.json()["scopes"] == ["read", "download"]


def test_the_list_shows_no_secret(browser, user):
    post(browser, NEW)
    listed = browser.get("/api/tokens").json()
    assert len(listed) == 1
    assert set(listed[0]) == {"id", "name", "starts_with", "scopes", "created", "expires", "expired", "last_used"}
    assert (listed[0]["name"], listed[0]["expired"], listed[0]["last_used"]) == ("nightly mosaics", False, None)


def test_ninety_days_unless_told(browser):
    post(browser, {"name": "x", "scopes": ["read"]})
    assert abs(ApiToken.objects.get().expiry - timezone.now() - timedelta(days=90)) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"scopes": []}, "scopes", "This list may not be empty."),
        ({"scopes": ["admin"]}, "scopes.0", '"admin" is not a valid choice.'),
        ({"expires_days": 0}, "expires_days", "Ensure this value is greater than or equal to 1."),
        ({"expires_days": 367}, "expires_days", "Ensure this value is less than or equal to 366."),
        ({"name": ""}, "name", "This field may not be blank."),
        ({"nam": "x"}, "nam", "There is no such member. There are: name, scopes, expires_days."),
    ],
)
def test_what_is_refused(browser, change, field, message):
    response = post(browser, {**NEW, **change})
    problem = response.json()
    assert response.status_code == 422
    assert problem["code"] == "invalid"
    assert [(e["field"], e["message"]) for e in problem["errors"]] == [(field, message)]
    assert problem["detail"] == f"The request was not accepted. {field}: {message}"
    assert not ApiToken.objects.exists()


def test_a_token_breeds_no_token(program):
    response = post(program("read", "submit"), NEW)
    assert response.status_code == 403
    assert response.json()["code"] == "session_needed"
    assert response.json()["detail"] == "Tokens are made and revoked in the browser only, not with a token."


def test_revoke(browser, user):
    token, secret = create_token(user, "nightly", ["read"])
    assert browser.delete(f"/api/tokens/{token.id}").status_code == 204
    assert browser.get("/api/tokens").json() == []
    answer = Client(headers={"authorization": f"Token {secret}"}).get("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")
    assert browser.delete(f"/api/tokens/{token.id}").status_code == 404


def test_another_users_token_is_not_there(browser):
    other = User.objects.create_user("bob@example.org", None)
    token, _ = create_token(other, "his", ["read"])
    response = browser.delete(f"/api/tokens/{token.id}")
    assert response.status_code == 404
    assert response.json()["detail"] == f"There is no token {token.id}."
    token.refresh_from_db()
    assert token.revoked is None
