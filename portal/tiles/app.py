"""The tile server: TiTiler, mounted beside Django under /tiles.

A tile's address carries a signed token that names one file of one result. No route takes a URL or a path. TiTiler's
factory brings the routes; ours are the file behind a token, the reader, the encoder and what may be asked for.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from morecantile.defaults import TileMatrixSets
from morecantile.defaults import tms as all_tms
from rio_tiler.errors import RioTilerError
from starlette.exceptions import HTTPException
from titiler.core.dependencies import BidxParams, CoordCRSParams, DefaultDependency
from titiler.core.factory import TilerFactory

from apps.catalog.tile_tokens import TokenRefused
from portal.tiles.cache import Remembered
from portal.tiles.drawing import draw_image
from portal.tiles.parameters import Bins, Percentiles, Stretch, colours_of, known_only, source_of
from portal.tiles.problems import TileProblem, invalid, problem_response
from portal.tiles.raster import OPTIONS
from portal.tiles.reader import ResultReader

os.environ.setdefault("GDAL_CACHEMAX", "256")  # MB of decoded blocks, for all threads together


class ResultTiler(TilerFactory):  # type: ignore[misc]
    """TiTiler's routes that look at a file, without those that cut out what a client outlines."""

    def register_routes(self) -> None:
        """Register /info, /statistics, /tiles, /tilejson.json and /point."""
        self.info()
        self.statistics()
        self.tile()
        self.tilejson()
        self.point()
        kept = [r for r in self.router.routes if isinstance(r, APIRoute) and r.methods == {"GET"}]
        self.router.routes[:] = [r for r in kept if not r.path.endswith(".geojson")]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep to as many threads as there are processors: each keeps files open."""
    current_default_thread_limiter().total_tokens = os.cpu_count() or 2
    yield


tiler = ResultTiler(
    path_dependency=source_of,
    reader=ResultReader,
    layer_dependency=BidxParams,
    dataset_dependency=DefaultDependency,
    tile_dependency=DefaultDependency,
    stats_dependency=Percentiles,
    histogram_dependency=Bins,
    img_preview_dependency=DefaultDependency,
    process_dependency=lambda: None,
    colormap_dependency=colours_of,
    render_dependency=Stretch,
    render_func=draw_image,
    environment_dependency=lambda: OPTIONS,
    supported_tms=TileMatrixSets({"WebMercatorQuad": all_tms.get("WebMercatorQuad")}),
    router_prefix="/{token}",
)
app = FastAPI(title="Groundwork tiles", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
app.include_router(tiler.router, prefix="/{token}", dependencies=[Depends(known_only)])
app.dependency_overrides[CoordCRSParams] = lambda: None
app.add_middleware(Remembered)


@app.exception_handler(TileProblem)
async def refuse(request: Request, problem: TileProblem) -> JSONResponse:
    """Answer what cannot be done."""
    return problem_response(problem)


@app.exception_handler(TokenRefused)
async def refuse_token(request: Request, error: TokenRefused) -> JSONResponse:
    """Answer a token that is not ours, or over."""
    return problem_response(TileProblem(403, "tile_token", str(error), "Ask for the result again: GET /api/results/…."))


@app.exception_handler(RequestValidationError)
async def refuse_value(request: Request, error: RequestValidationError) -> JSONResponse:
    """Answer a value that is not of the kind it should be."""
    wrong = error.errors()[0]
    name = next((str(part) for part in reversed(wrong["loc"]) if isinstance(part, str)), "request")
    return problem_response(invalid(name, wrong.get("input"), f"{wrong['msg']}."))


@app.exception_handler(RioTilerError)
async def refuse_reading(request: Request, error: RioTilerError) -> JSONResponse:
    """Answer what the library refuses."""
    return problem_response(TileProblem(422, "invalid_parameter", str(error), "Ask for something else of this file."))


@app.exception_handler(HTTPException)
async def refuse_route(request: Request, error: HTTPException) -> JSONResponse:
    """Answer an address that does not exist."""
    return problem_response(TileProblem(error.status_code, "not_found", "There is nothing here.", str(error.detail)))
