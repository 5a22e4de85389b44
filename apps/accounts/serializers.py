"""The shapes of the API's requests and answers about API tokens."""

from typing import Any

from rest_framework import serializers

from apps.accounts.models import Scope
from apps.accounts.tokens import DEFAULT_DAYS, MAX_DAYS
from apps.serializers import StrictSerializer


class TokenRequest(StrictSerializer):
    """A new token."""

    name = serializers.CharField(max_length=100, help_text="What it is for.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), allow_empty=False, help_text="What it may do."
    )
    expires_days = serializers.IntegerField(default=DEFAULT_DAYS, min_value=1, max_value=MAX_DAYS)


class TokenDocument(serializers.Serializer[Any]):
    """A token, without its secret."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    starts_with = serializers.CharField(source="token_key", help_text="The first characters of the secret.")
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    created = serializers.DateTimeField()
    expires = serializers.DateTimeField(source="expiry", allow_null=True)
    expired = serializers.BooleanField()
    last_used = serializers.DateTimeField(allow_null=True, help_text="To the minute.")


class NewTokenDocument(TokenDocument):
    """A token that was just made: the only time its secret is shown."""

    secret = serializers.CharField(help_text="Send it as `Authorization: Token <secret>`.")
