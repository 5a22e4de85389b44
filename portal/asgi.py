"""One origin: tiles go to TiTiler, all else to Django."""

import os
from typing import Any, cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django_application = get_asgi_application()

# Django must be set up first.
from portal.body_limit import LIMIT_BYTES, Receive, Scope, Send, counted, refuse, said_bytes  # noqa: E402
from portal.tiles.app import app as tiles_application  # noqa: E402

TILES = "/tiles"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the application that owns its path."""
    if scope["type"] == "lifespan":
        await tiles_application(scope, receive, send)
    elif scope["path"].startswith(f"{TILES}/"):
        await tiles_application({**scope, "root_path": scope.get("root_path", "") + TILES}, receive, send)
    elif said_bytes(scope) > LIMIT_BYTES:
        await refuse(send)
    else:
        await django_application(dict(scope), cast(Any, counted(receive, send)), cast(Any, send))
