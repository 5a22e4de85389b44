"""tipg, mounted beside Django under /ogc: features with CQL2, vector tiles of one table, queryables.

It reads as the role that may read these tables and nothing else, for no longer than that role's statement timeout;
only tables of the rules are offered. Connections are opened when the first request comes, so that the portal starts
without them, and the catalogue is read again when another import is served.
"""

import asyncio
from typing import Any

import asyncpg
from anyio import to_thread
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from psycopg.conninfo import conninfo_to_dict
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import Message, Receive, Scope, Send
from tipg.collections import register_collection_catalog
from tipg.database import connection_factory
from tipg.errors import DEFAULT_STATUS_CODES, add_exception_handlers
from tipg.factory import Endpoints
from tipg.settings import DatabaseSettings

from apps.osm_vectors.queries import age_headers
from apps.osm_vectors.reader import reader_address
from apps.osm_vectors.served import served_lately
from eo.vector.osm_rules import ATTRIBUTION, ATTRIBUTION_URL, rules
from eo.vector.osm_tables import LIVE
from portal.ogc.filters import known_filter
from portal.tiles.problems import TileProblem, problem_response

LARGEST_POOL = 6
SETTINGS = DatabaseSettings(
    schemas=[LIVE],
    tables=[f"{LIVE}.{table}" for table in rules().tables],
    functions=[],
    spatial_extent=False,
    datetime_extent=False,
)
TITLE = f"Human features from OpenStreetMap ({ATTRIBUTION}, ODbL 1.0, {ATTRIBUTION_URL})"

api = FastAPI(title=TITLE, openapi_url="/api", docs_url=None, redoc_url=None)
add_exception_handlers(api, DEFAULT_STATUS_CODES)


@api.exception_handler(asyncpg.QueryCanceledError)
async def refuse_slow(request: Request, error: asyncpg.QueryCanceledError) -> JSONResponse:
    """Answer what took longer than the role may take."""
    return problem_response(
        TileProblem(503, "took_too_long", "The answer took too long.", "Ask for a smaller area, or add a filter.")
    )


@api.get("/api.html", name="swagger_ui_html", include_in_schema=False)
async def documentation() -> RedirectResponse:
    """Lead to the portal's own page: tipg's would load its scripts from another host."""
    return RedirectResponse("/api/docs/")


@api.exception_handler(asyncpg.PostgresError)
async def refuse_query(request: Request, error: asyncpg.PostgresError) -> JSONResponse:
    """Answer what the database cannot make sense of, as a text compared with a number."""
    return problem_response(TileProblem(400, "invalid_query", f"The database refused: {error}.", "See …/queryables."))


api.include_router(Endpoints(title=TITLE, with_tiles_viewer=False).router, dependencies=[Depends(known_filter)])


@api.exception_handler(TileProblem)
async def refuse(request: Request, problem: TileProblem) -> JSONResponse:
    """Answer what cannot be done."""
    return problem_response(problem)


class OgcApi:
    """tipg's application with its connections, and what they are for: the data served now."""

    def __init__(self) -> None:
        self._version: str | None = None
        self._opening = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as JSON: its pages would load scripts from other hosts."""
        if QueryParams(scope["query_string"]).get("f") == "html":
            problem = TileProblem(400, "no_html", "There are no pages here.", "Ask for f=json.")
            await problem_response(problem)(scope, receive, send)
            return
        told = await self._ready()
        await api(_asking_for_json(scope), receive, _telling(send, told))

    async def close(self) -> None:
        """Close the connections; the next request opens others."""
        self._version = None
        if pool := getattr(api.state, "pool", None):
            await pool.close()
            del api.state.pool

    async def _ready(self) -> dict[str, str]:
        """Open connections, and read the catalogue of what is served now; return what headers say of its time."""
        dataset = await to_thread.run_sync(served_lately)
        version = dataset.version if dataset else ""
        async with self._opening:
            if version != self._version:
                if not hasattr(api.state, "pool"):
                    api.state.pool = await _open_pool()
                await api.state.pool.expire_connections()  # what they prepared was for other tables
                await register_collection_catalog(api, db_settings=SETTINGS)
                self._version = version
        return age_headers(dataset) if dataset else {}


def _telling(send: Send, told: dict[str, str]) -> Send:
    """Return a `send` that adds headers to the answer."""

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(told)
        await send(message)

    return telling


def _asking_for_json(scope: Scope) -> Scope:
    headers = MutableHeaders(raw=list(Headers(scope=scope).raw))
    if "text/html" in headers.get("accept", ""):
        headers["accept"] = "application/json"
    return {**scope, "headers": headers.raw}


async def _open_pool() -> Any:
    known = conninfo_to_dict(reader_address())
    login = {key: known[key] for key in ("user", "password", "host", "port") if known.get(key)}
    return await asyncpg.create_pool(
        **login,
        database=known.get("dbname"),
        min_size=1,
        max_size=LARGEST_POOL,
        init=_prepare,
        server_settings={"application_name": "groundwork-ogc"},
    )


async def _prepare(connection: Any) -> None:
    """Let tipg make its helpers, which are temporary functions, then let nothing be written any more."""
    await connection.execute("SET default_transaction_read_only = off")
    await connection_factory([LIVE], "pg_temp")(connection)
    await connection.execute("SET default_transaction_read_only = on")
