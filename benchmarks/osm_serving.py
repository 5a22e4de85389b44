"""Tiles and pages of features over HTTP, ours beside tipg's, from one worker to eight clients."""

import asyncio
import math
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from benchmarks.http_load import fetch_all, rate, serving
from benchmarks.osm_rows import percentile, row

CLIENTS = 8
ZOOMS = range(10, 17)
AGAIN = 12_000
ATTRIBUTES = "osm_type,osm_id,class,subclass,name,facc"
Points = Sequence[tuple[float, float]]


def served(address: str, places: Points, points: Points) -> list[dict[str, Any]]:
    """Measure on the database at an address.

    Args:
        places: of tiles, as shares of the world's square from its upper left.
        points: of pages, in longitude, latitude.
    """
    tiles = [f"{z}/{int(x * 2**z)}/{int(y * 2**z)}" for z in ZOOMS for x, y in places]
    boxes = [f"{x - 0.014},{y - 0.009},{x + 0.014},{y + 0.009}" for x, y in points]
    ours, again, pages = _ours(address, tiles, boxes)
    peers, peer_pages = _tipg(address, tiles, boxes)
    note = f"one worker, {CLIENTS} clients, {len(tiles)} tiles of zoom 10 to 16, by token; beside it one layer of tipg"
    return [
        row("19-layer tile over HTTP, cold", ours, "/s", 180, note, peers, at_least=True),
        row("the same from the cache", again, "/s", 2000, f"{AGAIN} requests", at_least=True),
        row("page of items over HTTP, p50", percentile(pages, 50), "ms", 20, "beside tipg", percentile(peer_pages, 50)),
        row("page of items over HTTP, p95", percentile(pages, 95), "ms", 45, "beside tipg", percentile(peer_pages, 95)),
    ]


def _ours(address: str, tiles: list[str], boxes: list[str]) -> tuple[float, float, list[float]]:
    from apps.accounts.models import User
    from apps.accounts.tokens import create_token

    user, _ = User.objects.get_or_create(email="tiles@example.org")
    _, secret = create_token(user, "benchmark", ["read"])
    headers = {"Authorization": f"Token {secret}"}
    environment = {
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "portal.web_settings",
        "THROTTLE_TILES": "1000000/min",
        "THROTTLE_USER": "1000000/min",
    }
    with serving(
        "portal.asgi:application", workers=1, clients=CLIENTS, probe="/api/osm", environment=environment
    ) as port:
        paths = [f"/api/osm/tiles/{tile}.mvt" for tile in tiles]
        cold = rate(port, paths, clients=CLIENTS, headers=headers)
        again = rate(port, (paths * math.ceil(AGAIN / len(paths)))[:AGAIN], clients=CLIENTS, headers=headers)
        pages = [f"/api/osm/layers/buildings/items?limit=1000&bbox={box}" for box in boxes]
        asyncio.run(fetch_all(port, pages[:8], clients=1, headers=headers))
        answers = asyncio.run(fetch_all(port, pages, clients=1, headers=headers))
    return cold, again, [seconds * 1000 for _, seconds in answers]


def _tipg(address: str, tiles: list[str], boxes: list[str]) -> tuple[float, list[float]]:
    environment = {
        "DATABASE_URL": _dsn(address),
        "TIPG_DB_SCHEMAS": '["osm"]',
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_CATALOG_TTL": "0",
    }
    os.environ.pop("TIPG_ROOT_PATH", None)
    with serving("tipg.main:app", workers=1, clients=CLIENTS, probe="/healthz", environment=environment) as port:
        pattern = f"/collections/osm.buildings_a/tiles/WebMercatorQuad/{{}}?properties={ATTRIBUTES}"
        cold = rate(port, [pattern.format(tile) for tile in tiles], clients=CLIENTS)
        pages = [f"/collections/osm.buildings_a/items?limit=1000&f=geojson&bbox={box}" for box in boxes]
        asyncio.run(fetch_all(port, pages[:8], clients=1))
        answers = asyncio.run(fetch_all(port, pages, clients=1))
    return cold, [seconds * 1000 for _, seconds in answers]


def _dsn(address: str) -> str:
    """Return an address as asyncpg wants it, where the host is the folder of a socket."""
    parts = urlsplit(address)
    host = parse_qs(parts.query).get("host", [parts.hostname or "localhost"])[0]
    return f"postgresql://{parts.username}@{quote(host, safe='')}{parts.path}"
