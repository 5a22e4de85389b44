"""API tokens over REST."""

from typing import cast
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import serializers as shapes
from apps.accounts.errors import SessionNeeded
from apps.accounts.models import ApiToken, User
from apps.accounts.queries import visible_tokens
from apps.accounts.tokens import create_token, revoke_token

EXAMPLE = OpenApiExample(
    "nightly",
    {"name": "nightly mosaics", "scopes": ["read", "submit", "download"], "expires_days": 90},
    request_only=True,
)


class Tokens(APIView):
    """The user's API tokens."""

    @extend_schema(responses=shapes.TokenDocument(many=True), tags=["account"])
    def get(self, request: Request) -> Response:
        """List your tokens, newest first, without their secrets."""
        return Response(shapes.TokenDocument(visible_tokens(asking(request)), many=True).data)

    @extend_schema(
        request=shapes.TokenRequest, responses={201: shapes.NewTokenDocument}, examples=[EXAMPLE], tags=["account"]
    )
    def post(self, request: Request) -> Response:
        """Make a token. Its secret is in this answer and never again. Only in a browser session, not with a token."""
        refuse_tokens(request)
        wanted = shapes.TokenRequest(data=request.data)
        wanted.is_valid(raise_exception=True)
        token, secret = create_token(asking(request), **wanted.validated_data)
        document = {**shapes.TokenDocument(token).data, "secret": secret}
        return Response(document, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class TokenDetail(APIView):
    """One token."""

    @extend_schema(responses={204: None}, tags=["account"])
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke a token; programs that use it get 401 from now on. Only in a browser session."""
        token = visible_tokens(asking(request)).filter(pk=token_id).first()
        if token is None:
            raise Http404(f"There is no token {token_id}.")
        refuse_tokens(request)
        revoke_token(token)
        return Response(status=status.HTTP_204_NO_CONTENT)


def refuse_tokens(request: Request) -> None:
    """Raise SessionNeeded where a token asks: a token that leaked must not breed others."""
    if isinstance(request.auth, ApiToken):
        raise SessionNeeded(
            "Tokens are made and revoked in the browser only, not with a token.",
            hint="Log in and go to Account → API tokens.",
        )


def asking(request: Request) -> User:
    """Return the user who asks."""
    return cast(User, request.user)
