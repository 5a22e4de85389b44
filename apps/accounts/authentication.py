"""Who asks: the token of a program."""

from datetime import timedelta
from hmac import compare_digest
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from apps.accounts.models import ApiToken, User

LAST_USED_STEP = timedelta(minutes=1)
MAKE_ANOTHER = "make a new one under Account → API tokens"


class ApiTokenAuthentication(TokenAuthentication):  # type: ignore[misc]
    """`Authorization: Token …`: knox's, but a token that ended is told so, and its last use is kept."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        """Return the user and their token.

        Raises:
            AuthenticationFailed: there is no such token, it ended, or its account is closed.
        """
        found = find_token(token.decode("utf-8", errors="replace"))
        if found is None:
            raise refused("token_unknown", f"There is no such token; check that it is whole, or {MAKE_ANOTHER}.")
        if found.revoked:
            raise refused("token_revoked", f"This token was revoked on {day(found.revoked)}; {MAKE_ANOTHER}.")
        if found.expired:
            raise refused("token_expired", f"This token expired on {day(found.expiry)}; {MAKE_ANOTHER}.")
        if not found.user.is_active:
            raise refused("account_closed", "The account of this token is closed; ask an administrator.")
        mark_used(found)
        return found.user, found


def find_token(secret: str) -> ApiToken | None:
    """Return the token whose hash the secret gives, ended or not."""
    digest = hash_token(secret)
    candidates = ApiToken.objects.filter(token_key=secret[: CONSTANTS.TOKEN_KEY_LENGTH]).select_related("user")
    return next((token for token in candidates if compare_digest(token.digest, digest)), None)


def mark_used(token: ApiToken) -> None:
    """Keep when a token was last used, written at most once a minute."""
    now = timezone.now()
    if token.last_used is None or now - token.last_used >= LAST_USED_STEP:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)


def refused(code: str, message: str) -> AuthenticationFailed:
    """Return the error with a code of its own."""
    return AuthenticationFailed(message, code=code)


def day(moment: Any) -> str:
    """Return a date in words: 3 May 2026."""
    return date_format(moment, "j F Y")
