"""Invite somebody by mail, and let them in once."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from apps.accounts.errors import AccountExists, InvalidInvitation
from apps.accounts.models import Invitation, User

SIGNER = Signer(salt="groundwork.invitation")
ASK_AGAIN = "Ask an administrator to invite you again."
ACCEPTED = "This invitation was accepted already."
LOG_IN = "Log in; if you forgot the password, reset it."


def send_invitation(invitation: Invitation) -> None:
    """Mail the link.

    Raises:
        AccountExists: the address has an account already.
    """
    refuse_existing(invitation.email)
    body = render_to_string(
        "accounts/invitation_email.txt", {"invitation": invitation, "link": invitation_link(invitation)}
    )
    send_mail("Your invitation to Groundwork", body, settings.DEFAULT_FROM_EMAIL, [invitation.email])


def invitation_link(invitation: Invitation) -> str:
    """Return the address at which the invitation is accepted; it is signed, nobody can make one up."""
    path = reverse("invitation_accept", args=[SIGNER.sign(invitation.pk.hex)])
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def open_invitation(token: str) -> Invitation:
    """Return the invitation behind a link's token.

    Raises:
        InvalidInvitation: the token is not ours, was used, or ran out.
    """
    try:
        invitation = Invitation.objects.get(pk=UUID(SIGNER.unsign(token)))
    except (BadSignature, ValueError, Invitation.DoesNotExist):
        raise InvalidInvitation("This invitation link is not valid; check that it is whole.", hint=ASK_AGAIN) from None
    if invitation.accepted:
        raise InvalidInvitation(ACCEPTED, hint=LOG_IN)
    if invitation.expires <= timezone.now():
        raise InvalidInvitation(
            f"This invitation ran out on {date_format(invitation.expires, 'j F Y')}.", hint=ASK_AGAIN
        )
    return invitation


@transaction.atomic
def accept_invitation(token: str, password: str) -> User:
    """Make the account that an invitation promises.

    Raises:
        InvalidInvitation: see `open_invitation`; also when another request was faster.
        AccountExists: an account was made for the address in the meantime.
    """
    invitation = open_invitation(token)
    refuse_existing(invitation.email)
    if not Invitation.objects.filter(pk=invitation.pk, accepted=None).update(accepted=timezone.now()):
        raise InvalidInvitation(ACCEPTED, hint=LOG_IN)
    return User.objects.create_user(invitation.email, password)


def refuse_existing(email: str) -> None:
    """Raise AccountExists where the address has an account."""
    if User.objects.filter(email=email.lower()).exists():
        raise AccountExists(f"There is an account for {email} already.", hint=LOG_IN)
