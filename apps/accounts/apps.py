"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, API tokens, invitations."""

    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Tell the schema of our tokens."""
        from apps.accounts import schema  # noqa: F401
