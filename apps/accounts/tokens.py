"""Make and revoke API tokens."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import ApiToken, User

DEFAULT_DAYS = 90
MAX_DAYS = 366


def create_token(
    user: User, name: str, scopes: Iterable[str], expires_days: int = DEFAULT_DAYS
) -> tuple[ApiToken, str]:
    """Make a token.

    Returns:
        The row, which holds a hash, and the secret, which nobody can show again.
    """
    row, secret = ApiToken.objects.create(
        user, expiry=timedelta(days=expires_days), name=name, scopes=list(dict.fromkeys(scopes))
    )
    return row, secret


def revoke_token(token: ApiToken) -> None:
    """End a token now. Its row stays, so that a program that still uses it is told."""
    ApiToken.objects.filter(pk=token.pk, revoked=None).update(revoked=timezone.now())
