"""What Django and its packages leave out: a header, and a character that no database keeps."""

from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin


class PermissionsPolicyMiddleware(MiddlewareMixin):
    """Tell browsers which of their sensors and powers no page of ours will ask for."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header."""
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response


class NoNulMiddleware(MiddlewareMixin):
    """Refuse the character NUL: PostgreSQL's text cannot hold it, and nothing of ours bears it in its name."""

    def process_request(self, request: HttpRequest) -> None:
        """Look where a client's text comes from; bodies are looked at where they are read."""
        if any("\0" in text for text in (request.path, *_texts(request))):
            raise SuspiciousOperation("The request holds the character NUL.")


def _texts(request: HttpRequest) -> Iterator[str]:
    yield from request.COOKIES.values()
    for name, values in request.GET.lists():
        yield from (name, *map(str, values))
