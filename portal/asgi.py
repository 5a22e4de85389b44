"""One origin: tiles go to TiTiler, all else to Django."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django_application = get_asgi_application()

from portal.tiles.app import app as tiles_application  # noqa: E402  (Django must be set up first)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TILES = "/tiles"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the application that owns its path."""
    if scope["type"] == "lifespan":
        await tiles_application(scope, receive, send)
    elif scope["path"].startswith(f"{TILES}/"):
        await tiles_application({**scope, "root_path": scope.get("root_path", "") + TILES}, receive, send)
    else:
        await django_application(dict(scope), receive, cast(Any, send))
