"""One origin: tiles of results go to TiTiler, OGC API to tipg, all else to Django."""

import os
from typing import Any, cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.web_settings")
django_application = get_asgi_application()

# Django must be set up first.
from apps.osm_vectors.tile_address import made_tile  # noqa: E402
from portal.answered import Answered  # noqa: E402
from portal.body_limit import LIMIT_BYTES, Receive, Scope, Send, counted, refuse, said_bytes  # noqa: E402
from portal.gate import Gate  # noqa: E402
from portal.ogc.app import OgcApi  # noqa: E402
from portal.tiles.app import app as tiles_application  # noqa: E402

TILES = "/tiles"
OGC = "/ogc"
OSM_TILES = "/api/osm/tiles/"
osm_tiles_application = Answered(cast(Any, django_application), made_tile)
ogc_api = OgcApi()
ogc_application = Gate(ogc_api, cast(Any, django_application), "/api/osm")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the application that owns its path."""
    if scope["type"] == "lifespan":
        await tiles_application(scope, receive, send)
        await ogc_api.close()
    elif scope["path"].startswith(f"{TILES}/"):
        await tiles_application({**scope, "root_path": scope.get("root_path", "") + TILES}, receive, send)
    elif scope["path"] == OGC or scope["path"].startswith(f"{OGC}/"):
        await ogc_application({**scope, "root_path": scope.get("root_path", "") + OGC}, receive, send)
    elif scope["path"].startswith(OSM_TILES):
        await osm_tiles_application(scope, counted(receive, send), send)
    elif said_bytes(scope) > LIMIT_BYTES:
        await refuse(send)
    else:
        await django_application(dict(scope), cast(Any, counted(receive, send)), cast(Any, send))
