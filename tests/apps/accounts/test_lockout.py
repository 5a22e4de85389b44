"""Guessing at a password locks the login, through every door."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from axes.models import AccessAttempt
from django.test import AsyncClient, Client

pytestmark = pytest.mark.django_db
LIMIT = 5
PASSWORD = "correct horse battery"


def log_in(password, email="ada@example.org", **kwargs):
    client = Client(**kwargs)
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_the_right_password_logs_in(user):
    response = log_in(PASSWORD)
    assert (response.status_code, response["Location"]) == (302, "/")


def test_in_whatever_case_the_address_is_typed(user):
    assert log_in(PASSWORD, "ADA@Example.org").status_code == 302


def test_the_fifth_failure_locks(user):
    statuses = [log_in("wrong").status_code for _ in range(LIMIT)]
    assert statuses == [200, 200, 200, 200, 429]
    assert AccessAttempt.objects.get().failures_since_start == 5
    assert AccessAttempt.objects.get().username == "ada@example.org"


def test_then_the_right_password_does_not_help(user):
    for _ in range(LIMIT):
        log_in("wrong")
    response = log_in(PASSWORD)
    assert response.status_code == 429
    assert 3590 <= int(response["Retry-After"]) <= 3600
    assert "Try again in 60 minutes" in " ".join(response.content.decode().split())
    assert "sessionid" not in response.cookies


def test_nor_another_spelling_of_the_address(user):
    for n in range(LIMIT):
        log_in("wrong", "ADA@example.org" if n % 2 else "ada@example.org")
    assert log_in(PASSWORD, "Ada@Example.Org").status_code == 429


def test_it_ends_after_an_hour_and_failures_do_not_prolong_it(user):
    for _ in range(LIMIT + 3):
        log_in("wrong")
    attempt = AccessAttempt.objects.get()
    assert attempt.failures_since_start == 5
    attempt.attempt_time -= timedelta(minutes=61)
    attempt.save()
    assert log_in(PASSWORD).status_code == 302


def test_a_success_before_forgets_the_failures(user):
    for _ in range(LIMIT - 1):
        log_in("wrong")
    log_in(PASSWORD)
    assert not AccessAttempt.objects.exists()
    assert log_in("wrong").status_code == 200


def test_others_are_not_locked(user):
    for _ in range(LIMIT):
        log_in("wrong", "bob@example.org")
    assert log_in(PASSWORD).status_code == 302
    for _ in range(LIMIT):
        log_in("wrong", REMOTE_ADDR="192.0.2.7")
    assert log_in(PASSWORD).status_code == 302


def test_what_was_typed_is_not_kept(user):
    log_in("my other password")
    assert "my other password" not in str(AccessAttempt.objects.values().get())


def test_the_administration_has_no_door_of_its_own(user):
    response = Client().post("/admin/login/", {"username": user.email, "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2Flogin%2F")


def test_the_asynchronous_server_locks_too(user):
    post = async_to_sync(AsyncClient().post)
    form = {"login": user.email, "password": "wrong"}
    statuses = [post("/accounts/login/", form).status_code for _ in range(LIMIT + 1)]
    assert statuses == [200, 200, 200, 200, 429, 429]
