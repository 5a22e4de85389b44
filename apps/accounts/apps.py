"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, API tokens, invitations."""

    name = "apps.accounts"
    label = "accounts"
