"""The account pages, and the password that was forgotten."""

import re

import pytest
from django.test import Client

from apps.accounts.models import ApiToken, User
from apps.accounts.tokens import create_token

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/account/", "/account/tokens/"])
def test_strangers_are_sent_to_the_login(path):
    response = Client().get(path)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")


def test_profile(browser, user):
    assert "ada@example.org" in browser.get("/account/").content.decode()
    response = browser.post("/account/", {"first_name": "Ada", "last_name": "L", "quota_bytes": "9", "email": "x@y.z"})
    assert response.status_code == 302
    user.refresh_from_db()
    assert (user.first_name, user.last_name, user.email, user.quota_bytes) == ("Ada", "L", "ada@example.org", 50 << 30)


def test_the_secret_is_shown_once(browser, user):
    response = browser.post("/account/tokens/", {"name": "lab", "scopes": ["read", "submit"], "expires_days": "7"})
    secret = response.context["new_secret"]
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert secret not in browser.get("/account/tokens/").content.decode()
    assert Client(headers={"authorization": f"Token {secret}"}).get("/api/me").json()["scopes"] == ["read", "submit"]


def test_a_token_without_a_scope_is_refused(browser):
    response = browser.post("/account/tokens/", {"name": "lab", "expires_days": "7"})
    assert response.context["form"].errors == {"scopes": ["This field is required."]}
    assert not ApiToken.objects.exists()


def test_revoke(browser, user):
    token, _ = create_token(user, "lab", ["read"])
    response = browser.post(f"/account/tokens/{token.id}/revoke/", follow=True)
    assert "The token “lab” was revoked." in response.content.decode()
    token.refresh_from_db()
    assert token.revoked is not None
    assert browser.get(f"/account/tokens/{token.id}/revoke/").status_code == 405


def test_another_users_token_is_not_there(browser):
    other = User.objects.create_user("bob@example.org", None)
    token, _ = create_token(other, "his", ["read"])
    assert browser.post(f"/account/tokens/{token.id}/revoke/").status_code == 404
    assert "his" not in [t.name for t in browser.get("/account/tokens/").context["tokens"]]


def test_password_reset(user, mailoutbox):
    client = Client()
    client.post("/accounts/password/reset/", {"email": "ADA@example.org"})
    (mail,) = mailoutbox
    assert mail.to == ["ada@example.org"]
    link = re.search(r"(/accounts/password/reset/key/\S+)", mail.body).group(1)
    page = client.get(link, follow=True)
    form = {"password1": "a new battery horse", "password2": "a new battery horse"}
    assert client.post(page.redirect_chain[-1][0], form).status_code == 302
    user.refresh_from_db()
    assert user.check_password("a new battery horse")
    again = Client().get(link, follow=True)
    assert again.context["token_fail"] is True


def test_resetting_tells_nobody_who_has_an_account(user, mailoutbox):
    known = Client().post("/accounts/password/reset/", {"email": "ada@example.org"})
    unknown = Client().post("/accounts/password/reset/", {"email": "eve@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [mail.to for mail in mailoutbox] == [["ada@example.org"]]


def test_change_the_password(browser, user):
    form = {
        "oldpassword": "correct horse battery",
        "password1": "a new battery horse",
        "password2": "a new battery horse",
    }
    assert browser.post("/accounts/password/change/", form).status_code == 302
    user.refresh_from_db()
    assert user.check_password("a new battery horse")


def test_logging_out_needs_a_post(browser):
    assert browser.get("/accounts/logout/").status_code == 200
    assert browser.get("/account/").status_code == 200
    browser.post("/accounts/logout/")
    assert browser.get("/account/").status_code == 302
