"""The tile server: TiTiler's addresses and rio-tiler's colour ramps, mounted beside Django under /tiles.

A tile's address carries a signed token that names one file of one result. No route takes a URL or a path.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import urlencode

import numpy as np
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from rasterio.enums import ColorInterp
from starlette.exceptions import HTTPException

from apps.catalog.tile_tokens import TokenRefused, read_token
from eo.io.png import palette_png
from portal.tiles.cache import TileCache
from portal.tiles.problems import TileProblem, invalid, problem_response
from portal.tiles.raster import TILE_PX, Source, lonlat_bounds, opened, read_point, read_tile, zooms
from portal.tiles.statistics import limits_of, read_bins, read_percentiles, statistics
from portal.tiles.style import TRANSPARENT, Query, draw, draw_classes, only, read_bands, read_style

os.environ.setdefault("GDAL_CACHEMAX", "256")  # MB of decoded blocks, for all threads together

T = TypeVar("T")
PRIVATE = "private, max-age=3600"
EMPTY = palette_png(np.zeros((TILE_PX, TILE_PX), np.uint8), [TRANSPARENT])

app = FastAPI(title="Groundwork tiles", openapi_url=None, docs_url=None, redoc_url=None)
tiles = TileCache()
readers = ThreadPoolExecutor(os.cpu_count() or 2, "tiles")


@app.get("/{token}/{z}/{x}/{y}.png")
async def tile(request: Request, token: str, z: int, x: int, y: int) -> Response:
    """Draw a tile; one that lies beside the raster is transparent."""
    source = source_of(token)
    query = request.query_params.multi_items()
    key = (source, z, x, y, tuple(query))
    etag = f'"{blake2b(repr(key).encode(), digest_size=12).hexdigest()}"'
    headers = {"Cache-Control": PRIVATE, "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    drawn = tiles.get(key)
    if drawn is None:
        drawn = await in_thread(lambda: draw_tile(source, z, x, y, query))
        tiles.put(key, drawn)
    return Response(drawn, media_type="image/png", headers=headers)


@app.get("/{token}/tilejson.json")
async def tilejson(request: Request, token: str) -> Response:
    """Describe the tiles (TileJSON 3.0.0)."""
    source, query = source_of(token), request.query_params.multi_items()
    facts = await in_thread(lambda: tiling(source, query))
    address = f"{request.base_url}{token}/{{z}}/{{x}}/{{y}}.png" + (f"?{urlencode(query)}" if query else "")
    return answer({"tilejson": "3.0.0", "name": source.path.stem, "scheme": "xyz", "tiles": [address], **facts})


@app.get("/{token}/point/{longitude},{latitude}")
async def point(request: Request, token: str, longitude: float, latitude: float) -> Response:
    """Read the pixel at a place: stored numbers, and what they mean (number × scale + offset)."""
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise invalid("point", f"{longitude},{latitude}", "Give longitude,latitude in degrees.")
    source, query = source_of(token), request.query_params.multi_items()
    facts = await in_thread(lambda: pixel(source, longitude, latitude, query))
    return answer({"coordinates": [longitude, latitude], **facts})


@app.get("/{token}/statistics")
async def band_statistics(request: Request, token: str) -> Response:
    """Tell extremes, mean, percentiles and histogram of bands, in stored numbers."""
    source, query = source_of(token), request.query_params.multi_items()
    return answer(await in_thread(lambda: band_facts(source, query)))


@app.get("/{token}/info")
async def info(request: Request, token: str) -> Response:
    """Describe the raster."""
    source, query = source_of(token), request.query_params.multi_items()
    return answer(await in_thread(lambda: describe(source, query)))


@app.exception_handler(TileProblem)
async def refuse(request: Request, problem: TileProblem) -> JSONResponse:
    """Answer what cannot be done."""
    return problem_response(problem)


@app.exception_handler(TokenRefused)
async def refuse_token(request: Request, error: TokenRefused) -> JSONResponse:
    """Answer a token that is not ours, or over."""
    return problem_response(TileProblem(403, "tile_token", str(error), "Ask for the result again: GET /api/results/…."))


@app.exception_handler(RequestValidationError)
async def refuse_address(request: Request, error: RequestValidationError) -> JSONResponse:
    """Answer an address with something else where a number should be."""
    wrong = error.errors()[0]
    return problem_response(invalid(str(wrong["loc"][-1]), wrong.get("input"), "A number is needed."))


@app.exception_handler(HTTPException)
async def refuse_route(request: Request, error: HTTPException) -> JSONResponse:
    """Answer an address that does not exist."""
    return problem_response(TileProblem(error.status_code, "not_found", "There is nothing here.", str(error.detail)))


def source_of(token: str) -> Source:
    """Return the file that a token names."""
    return Source.of(read_token(token).path)


async def in_thread(work: Callable[[], T]) -> T:
    """Run work on one of the few threads that keep files open."""
    return await asyncio.get_running_loop().run_in_executor(readers, work)


def draw_tile(source: Source, z: int, x: int, y: int, query: Query) -> bytes:
    """Return the PNG of a tile."""
    raster = opened(source)
    style = read_style(query, raster)
    read = read_tile(source, z, x, y, style.bands)
    if read is None or not read[1].any():
        return EMPTY
    if style.ramp is None and style.bands == (1,) and raster.colorinterp[0] == ColorInterp.palette:
        return draw_classes(read[0][0], read[1], raster.colormap(1))
    return draw(*read, style.rescale or limits_of(source, style.bands), style.ramp)


def tiling(source: Source, query: Query) -> dict[str, Any]:
    """Return where the tiles lie; refuses a style that could not be drawn."""
    raster = opened(source)
    read_style(query, raster)
    west, south, east, north = lonlat_bounds(raster)
    coarsest, finest = zooms(raster)
    centre = [(west + east) / 2, (south + north) / 2, coarsest]
    return {"bounds": [west, south, east, north], "center": centre, "minzoom": coarsest, "maxzoom": finest}


def pixel(source: Source, longitude: float, latitude: float, query: Query) -> dict[str, Any]:
    """Return the numbers at a place."""
    raster = opened(source)
    only(query, ("bidx",))
    bands = read_bands(query, raster) or tuple(raster.indexes)
    stored = read_point(source, longitude, latitude, bands)
    meant = [
        None if number is None else number * raster.scales[band - 1] + raster.offsets[band - 1]
        for number, band in zip(stored, bands, strict=True)
    ]
    return {
        "values": stored,
        "physical": meant,
        "units": [raster.units[band - 1] for band in bands],
        "band_names": [name_of(source, band) for band in bands],
    }


def band_facts(source: Source, query: Query) -> dict[str, Any]:
    """Return the statistics of the bands asked for, all where none are; in the order asked for."""
    raster = opened(source)
    only(query, ("bidx", "p", "histogram_bins"))
    bands = read_bands(query, raster) or tuple(raster.indexes)
    percentiles = read_percentiles([value for name, value in query if name == "p"])
    bins = read_bins(next((value for name, value in query if name == "histogram_bins"), None))
    facts = [{"band": band, **statistics(source, band, percentiles, bins)} for band in bands]
    once = len(set(bands)) == len(bands)
    return {f"b{band}" if once else f"{place}_b{band}": facts[place] for place, band in enumerate(bands)}


def describe(source: Source, query: Query) -> dict[str, Any]:
    """Return grid and bands."""
    raster = opened(source)
    only(query, ())
    return {
        **tiling(source, []),
        "crs": f"EPSG:{code}" if (code := raster.crs.to_epsg()) else raster.crs.to_wkt(),
        "width": raster.width,
        "height": raster.height,
        "overviews": raster.overviews(1),
        "dtype": raster.dtypes[0],
        "nodata": None if raster.nodata is None or raster.nodata != raster.nodata else raster.nodata,
        "bands": [
            {"band": n, "name": name_of(source, n), "unit": raster.units[n - 1], "scale": s, "offset": o}
            for n, s, o in zip(raster.indexes, raster.scales, raster.offsets, strict=True)
        ],
    }


def name_of(source: Source, band: int) -> str:
    """Return what the file calls a band."""
    return opened(source).descriptions[band - 1] or f"b{band}"


def answer(document: dict[str, Any]) -> JSONResponse:
    """Return facts that a browser may keep for a while."""
    return JSONResponse(document, headers={"Cache-Control": PRIVATE})
