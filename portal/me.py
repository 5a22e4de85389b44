"""Oneself over REST: the account that asks, and the space it fills."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.api import asking
from apps.accounts.models import ApiToken, Scope
from apps.catalog.queries import bytes_used
from apps.serializers import StrictSerializer


class MeDocument(serializers.Serializer[Any]):
    """The account that asks."""

    email = serializers.EmailField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    is_staff = serializers.BooleanField(help_text="Whether the user is an administrator.")
    quota_bytes = serializers.IntegerField(help_text="How much your scenes, files and results may fill.")
    used_bytes = serializers.IntegerField(help_text="How much they fill.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), help_text="What this token may do; all in a browser."
    )


class MePatch(StrictSerializer):
    """What users may change of themselves."""

    first_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    last_name = serializers.CharField(max_length=150, allow_blank=True, required=False)


class Me(APIView):
    """The account that asks."""

    @extend_schema(responses=MeDocument, tags=["account"])
    def get(self, request: Request) -> Response:
        """Show your account, and what this token may do."""
        return Response(document(request))

    @extend_schema(request=MePatch, responses=MeDocument, tags=["account"])
    def patch(self, request: Request) -> Response:
        """Change your name."""
        user, wanted = asking(request), MePatch(data=request.data)
        wanted.is_valid(raise_exception=True)
        for field, value in wanted.validated_data.items():
            setattr(user, field, value)
        user.save(update_fields=list(wanted.validated_data))
        return Response(document(request))


def document(request: Request) -> dict[str, Any]:
    """Return what the user may know of themselves."""
    user = asking(request)
    scopes = request.auth.scopes if isinstance(request.auth, ApiToken) else Scope.values
    return {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_staff": user.is_staff,
        "quota_bytes": user.quota_bytes,
        "used_bytes": bytes_used(user),
        "scopes": scopes,
    }
