"""What a token may do: the scope that each request needs."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.accounts.errors import MissingScope
from apps.accounts.models import ApiToken, Scope


class HasScope(BasePermission):
    """Let a token do what its scopes name; a session may do all. A view may name the scope in `token_scope`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return True.

        Raises:
            MissingScope: the token lacks the scope that the request needs.
        """
        token = request.auth
        needed = needed_scope(request, view)
        if isinstance(token, ApiToken) and needed not in token.scopes:
            raise MissingScope.of(token, needed)
        return True


def needed_scope(request: Request, view: Any) -> str:
    """Return the scope a token must have: the view's own, or read for looking and submit for changing."""
    named: str | None = getattr(view, "token_scope", None)
    return named or (Scope.READ if request.method in SAFE_METHODS else Scope.SUBMIT)
