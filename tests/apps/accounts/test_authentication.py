"""What a token opens, and what is said when it does not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from knox.crypto import hash_token

from apps.accounts.models import ApiToken
from apps.accounts.tokens import create_token, revoke_token

pytestmark = pytest.mark.django_db


def ask(secret: str):
    return Client(headers={"authorization": f"Token {secret}"}).get("/api/")


def refusal(response):
    problem = response.json()
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == "Token"
    assert problem["status"] == 401
    assert problem["title"] == "Unauthorized"
    return problem["code"], problem["detail"]


def test_it_works(program, user):
    answer = program("read").get("/api/me")
    assert answer.status_code == 200
    assert answer.json() == {
        "email": "ada@example.org",
        "first_name": "",
        "last_name": "",
        "is_staff": False,
        "quota_bytes": 50 << 30,
        "used_bytes": 0,
        "scopes": ["read"],
    }


def test_only_a_hash_is_kept(user):
    token, secret = create_token(user, "nightly", ["read"])
    assert len(secret) == 64
    assert token.digest == hash_token(secret) and len(token.digest) == 128
    assert secret not in str(ApiToken.objects.values().get())


def test_expired(user):
    token, secret = create_token(user, "nightly", ["read"])
    ApiToken.objects.filter(pk=token.pk).update(expiry=datetime(2026, 5, 3, 12, tzinfo=UTC))
    assert refusal(ask(secret)) == (
        "token_expired",
        "This token expired on 3 May 2026; make a new one under Account → API tokens.",
    )
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_revoked(user):
    token, secret = create_token(user, "nightly", ["read"])
    revoke_token(token)
    ApiToken.objects.filter(pk=token.pk).update(revoked=datetime(2026, 1, 31, tzinfo=UTC))
    assert refusal(ask(secret)) == (
        "token_revoked",
        "This token was revoked on 31 January 2026; make a new one under Account → API tokens.",
    )


def test_unknown(db):
    assert refusal(ask("0" * 64)) == (
        "token_unknown",
        "There is no such token; check that it is whole, or make a new one under Account → API tokens.",
    )


def test_a_wrong_ending_is_unknown(user):
    _, secret = create_token(user, "nightly", ["read"])
    ending = "0" if secret[-1] != "0" else "1"
    assert refusal(ask(secret[:-1] + ending))[0] == "token_unknown"


def test_bytes_that_are_no_text(db):
    response = Client(headers={"authorization": "Token \xff\xfe"}).get("/api/")
    assert refusal(response)[0] == "token_unknown"


def test_closed_account(user):
    _, secret = create_token(user, "nightly", ["read"])
    user.is_active = False
    user.save()
    assert refusal(ask(secret)) == (
        "account_closed",
        "The account of this token is closed; ask an administrator.",
    )


def test_nobody(db):
    code, detail = refusal(Client().get("/api/me"))
    assert (code, detail) == ("not_authenticated", "Log in, or send a token.")


def test_last_use_is_written_at_most_once_a_minute(user, django_assert_num_queries):
    token, secret = create_token(user, "nightly", ["read"])
    assert token.last_used is None
    ask(secret)
    token.refresh_from_db()
    first = token.last_used
    assert timedelta(0) <= timezone.now() - first < timedelta(seconds=10)
    with django_assert_num_queries(1):  # the token and its user; nothing is written
        ask(secret)
    token.refresh_from_db()
    assert token.last_used == first
    earlier = first - timedelta(seconds=61)
    ApiToken.objects.filter(pk=token.pk).update(last_used=earlier)
    ask(secret)
    token.refresh_from_db()
    assert token.last_used > first
