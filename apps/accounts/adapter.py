"""allauth's hooks: nobody signs up by themselves."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made or invited by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False
