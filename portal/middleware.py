"""Headers that Django and its packages do not set."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


class PermissionsPolicyMiddleware(MiddlewareMixin):
    """Tell browsers which of their sensors and powers no page of ours will ask for."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header."""
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response
