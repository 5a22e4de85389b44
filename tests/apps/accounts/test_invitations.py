"""An invitation opens one account, once, for a while."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.errors import AccountExists, InvalidInvitation
from apps.accounts.invitations import accept_invitation, invitation_link, open_invitation, send_invitation
from apps.accounts.models import Invitation, User

pytestmark = pytest.mark.django_db
GOOD = {"new_password1": "correct horse battery", "new_password2": "correct horse battery"}


@pytest.fixture
def invitation(db) -> Invitation:
    return Invitation.objects.create(email="Grace@example.org")


def path_of(invitation):
    return invitation_link(invitation).removeprefix("http://127.0.0.1:8000")


def test_the_mail_holds_the_link(invitation, mailoutbox):
    send_invitation(invitation)
    (mail,) = mailoutbox
    assert mail.to == ["Grace@example.org"]
    assert mail.subject == "Your invitation to Groundwork"
    link = re.search(r"http://127\.0\.0\.1:8000(/invite/\S+)", mail.body).group(1)
    assert "Choose a password" in Client().get(link).content.decode()


def test_accepting_makes_the_account_and_logs_in(invitation):
    client = Client()
    response = client.post(path_of(invitation), GOOD)
    assert (response.status_code, response["Location"]) == (302, "/")
    made = User.objects.get()
    assert (made.email, made.is_staff, made.is_superuser) == ("grace@example.org", False, False)
    assert made.check_password("correct horse battery")
    assert client.get("/api/me").json()["email"] == "grace@example.org"
    invitation.refresh_from_db()
    assert timezone.now() - invitation.accepted < timedelta(seconds=10)


def test_it_is_good_once(invitation):
    Client().post(path_of(invitation), GOOD)
    response = Client().post(path_of(invitation), GOOD)
    assert response.status_code == 410
    assert "This invitation was accepted already." in response.content.decode()
    assert User.objects.count() == 1


def test_two_at_once_make_one_account(invitation, monkeypatch):
    token = path_of(invitation).removeprefix("/invite/")
    monkeypatch.setattr("apps.accounts.invitations.open_invitation", lambda _: invitation)
    monkeypatch.setattr("apps.accounts.invitations.refuse_existing", lambda _: None)
    accept_invitation(token, "correct horse battery")
    with pytest.raises(InvalidInvitation, match=r"^This invitation was accepted already\.$"):
        accept_invitation(token, "another horse battery")
    assert User.objects.get().check_password("correct horse battery")


def test_it_runs_out(invitation):
    assert abs(invitation.expires - timezone.now() - timedelta(days=7)) < timedelta(seconds=10)
    Invitation.objects.update(expires=datetime(2026, 2, 1, tzinfo=UTC))
    response = Client().post(path_of(invitation), GOOD)
    assert response.status_code == 410
    text = response.content.decode()
    assert "This invitation ran out on 1 February 2026." in text
    assert "Ask an administrator to invite you again." in text
    assert not User.objects.exists()


@pytest.mark.parametrize("token", ["x", "00000000000000000000000000000000:abc", ":", "é"])
def test_a_link_that_is_not_ours(db, token):
    with pytest.raises(InvalidInvitation, match=r"^This invitation link is not valid; check that it is whole\.$"):
        open_invitation(token)
    assert Client().get(f"/invite/{token}").status_code == 410


def test_a_changed_link(invitation, db):
    other = Invitation.objects.create(email="eve@example.org")
    signature = path_of(invitation).partition(":")[2]
    assert Client().get(f"/invite/{other.pk.hex}:{signature}").status_code == 410


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("short", "This password is too short. It must contain at least 10 characters."),
        ("grace@example.org", "The password is too similar to the e-mail address."),
        ("83749283749", "This password is entirely numeric."),
    ],
)
def test_weak_passwords(invitation, password, message):
    response = Client().post(path_of(invitation), {"new_password1": password, "new_password2": password})
    assert response.status_code == 200
    assert response.context["form"].errors["new_password2"] == [message]
    assert not User.objects.exists()


def test_no_invitation_for_an_account(invitation, mailoutbox):
    User.objects.create_user("grace@example.org", None)
    with pytest.raises(AccountExists, match=r"^There is an account for Grace@example\.org already\.$"):
        send_invitation(invitation)
    assert mailoutbox == []
    assert Client().post(path_of(invitation), GOOD).status_code == 410


def test_the_administration_invites(mailoutbox):
    client = Client()
    admin = User.objects.create_superuser("root@example.org", None)
    client.force_login(admin)
    form = {"email": "New@example.org", "expires_0": "2030-01-01", "expires_1": "00:00:00"}
    response = client.post("/admin/accounts/invitation/add/", form, follow=True)
    made = Invitation.objects.get()
    assert (made.email, made.invited_by) == ("new@example.org", admin)
    assert mailoutbox[0].to == ["new@example.org"]
    assert invitation_link(made) in response.content.decode()
    again = client.post("/admin/accounts/invitation/add/", {**form, "email": "ROOT@example.org"})
    assert again.context["adminform"].errors == {"email": ["There is an account for root@example.org already."]}


def test_nobody_signs_up_alone(db):
    assert Client().get("/accounts/signup/").status_code == 404
    from apps.accounts.adapter import InvitedOnlyAdapter

    assert InvitedOnlyAdapter().is_open_for_signup(None) is False
