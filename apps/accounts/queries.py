"""What a user may see of accounts: their own."""

from django.db.models import QuerySet

from apps.accounts.models import ApiToken, User


def visible_tokens(user: User) -> "QuerySet[ApiToken]":
    """Return the user's tokens, newest first; expired ones are there, revoked ones are not."""
    tokens: QuerySet[ApiToken] = ApiToken.objects.filter(user=user, revoked=None).order_by("-created")
    return tokens
