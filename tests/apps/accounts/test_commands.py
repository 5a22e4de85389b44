"""Accounts and tokens made on the machine of the portal."""

import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db


def run(*args, **kwargs):
    out = StringIO()
    call_command(*args, stdout=out, **kwargs)
    return out.getvalue()


def test_the_first_accounts(tmp_path):
    file = tmp_path / "var" / "passwords"
    said = run("create_accounts", file=file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = dict(line.split() for line in file.read_text().splitlines())
    assert list(kept) == ["admin@groundwork.localhost", "demo@groundwork.localhost"]
    for email, password in kept.items():
        assert f"{email}: password {password}\n" in said
        assert User.objects.get(email=email).check_password(password)
        assert len(password) == 16
    assert list(User.objects.filter(is_superuser=True).values_list("email", flat=True)) == [
        "admin@groundwork.localhost"
    ]
    before = file.read_text(), list(User.objects.order_by("id").values_list("password", flat=True))
    again = run("create_accounts", file=file)
    assert again.count("there already") == 2 and "password " not in again
    assert (file.read_text(), list(User.objects.order_by("id").values_list("password", flat=True))) == before


def test_a_token(user):
    secret = run("create_token", "Ada@example.org", name="lab", scopes="read,submit").strip()
    assert len(secret) == 64
    token = ApiToken.objects.get()
    assert (token.name, token.scopes, token.user) == ("lab", ["read", "submit"], user)
    assert Client(headers={"authorization": f"Token {secret}"}).get("/api/me").status_code == 200


def test_a_scope_that_does_not_exist(user):
    with pytest.raises(CommandError, match=r"^There is no scope 'admin'. There are: read, submit, download\.$"):
        run("create_token", "ada@example.org", name="lab", scopes="read,admin")


def test_an_account_that_does_not_exist(db):
    with pytest.raises(CommandError, match=r"^There is no account 'eve@example.org'\.$"):
        run("create_token", "eve@example.org", name="lab")
