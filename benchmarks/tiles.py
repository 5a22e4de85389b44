"""Tiles per second of the portal and of bare TiTiler, on the same file, in the same run, over the loopback."""

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import rasterio
from morecantile import tms
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds
from scipy.ndimage import zoom

from benchmarks.http_load import rate, serving

WORKERS, CLIENTS = 2, 8
SIDE_PX = 5490
ZOOM = 14
TILES, REPEATS = 320, 4000
STYLE = "bidx=1&bidx=2&bidx=3&rescale=1000,3000"
SERVED: dict[str, Any] = {"workers": WORKERS, "clients": CLIENTS, "probe": "/tiles/x/info"}
SECRET_KEY = "only-for-the-benchmark-" + "0" * 30


def run() -> list[dict[str, Any]]:
    """Measure and return the rows of the report."""
    with tempfile.TemporaryDirectory(prefix="groundwork-bench-") as folder:
        path = make_cog(Path(folder) / "result" / "reflectance.tif")
        addresses = tiles_of(path)
        os.environ.update(SECRET_KEY=SECRET_KEY, RESULTS_ROOT=folder, DJANGO_SETTINGS_MODULE="portal.settings")
        with serving("benchmarks.bare_titiler:app", **SERVED) as port:
            pattern = f"/tiles/WebMercatorQuad/{{}}.png?url={quote(str(path))}&{STYLE}"
            bare = rate(port, [pattern.format(a) for a in addresses], clients=CLIENTS)
        with serving("portal.asgi:application", **SERVED) as port:
            pattern = f"/tiles/{quote(token())}/tiles/WebMercatorQuad/{{}}.png?{STYLE}"
            ours = rate(port, [pattern.format(a) for a in addresses], clients=CLIENTS)
            again = rate(port, [pattern.format(addresses[0])] * REPEATS, clients=CLIENTS)
        overhead_ms = token_and_mount_ms(f"{addresses[0]}.png")
    note = f"{WORKERS} workers, {CLIENTS} clients, {TILES} tiles of zoom {ZOOM}, 3 bands uint16, UTM to Web Mercator"
    return [
        row("new tiles", ours, bare, "tiles/s", 1.3, ours >= 1.3 * bare, note),
        row("the same tile again", again, None, "tiles/s", 800, again >= 800, "from the cache in memory"),
        row("token and mount", overhead_ms, None, "ms", 1.0, overhead_ms <= 1.0, "token check + dispatch, median"),
    ]


def row(
    name: str, ours: float, comparison: float | None, unit: str, target: float, ok: bool, note: str
) -> dict[str, Any]:
    """Return one row of the report."""
    ratio = round(ours / comparison, 2) if comparison else None
    compared = round(comparison, 1) if comparison else None
    values = {"ours": round(ours, 3), "comparison": compared, "unit": unit, "ratio": ratio}
    return {"name": f"tiles: {name}", **values, "target": target, "ok": bool(ok), "note": note}


def make_cog(path: Path) -> Path:
    """Write three bands that look and compress as reflectance does: smooth relief, fine noise."""
    path.parent.mkdir(parents=True)
    random = np.random.default_rng(7)
    relief = zoom(random.standard_normal((48, 48)), SIDE_PX / 48, order=3)[:SIDE_PX, :SIDE_PX]
    grid = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    profile = {"count": 3, "width": SIDE_PX, "height": SIDE_PX, "dtype": "uint16", "nodata": 0}
    options = {"compress": "deflate", "predictor": 2, "blocksize": 512, "num_threads": 2}
    with rasterio.open(path, "w", driver="COG", **profile, **grid, **options) as target:
        for band in (1, 2, 3):
            noise = random.standard_normal((SIDE_PX, SIDE_PX), np.float32) * 20
            target.write(np.clip(2000 + 250 * relief * band / 2 + noise, 1, 30_000).astype(np.uint16), band)
    return path


def tiles_of(path: Path) -> list[str]:
    """Return addresses of tiles that lie wholly on the raster, in an order that jumps about."""
    with rasterio.open(path) as raster:
        west, south, east, north = transform_bounds(raster.crs, "EPSG:4326", *raster.bounds)
    inner = (west + 0.03, south + 0.03, east - 0.03, north - 0.03)
    found = [f"{t.z}/{t.x}/{t.y}" for t in tms.get("WebMercatorQuad").tiles(*inner, zooms=[ZOOM])]
    order = np.random.default_rng(1).permutation(len(found))[:TILES]
    return [found[i] for i in order]


def token() -> str:
    """Return a tile token for the file."""
    import django

    django.setup()
    from apps.catalog.tile_tokens import make_token

    return make_token("result", "reflectance.tif")


def token_and_mount_ms(address: str) -> float:
    """Return what the token check and the dispatch beside Django add to a request, in ms: the median of many."""
    from apps.catalog.tile_tokens import read_token
    from portal.asgi import application
    from portal.tiles.app import app

    made = token()

    async def call(asgi: Any, path: str) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            pass

        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "headers": []}
        await asgi({**scope, "query_string": STYLE.encode(), "root_path": "", "server": ("l", 1)}, receive, send)

    async def median_ms(asgi: Any, path: str) -> float:
        taken = []
        for _ in range(400):
            began = time.perf_counter()
            await call(asgi, path)
            taken.append(time.perf_counter() - began)
        return 1000 * statistics.median(taken)

    direct = asyncio.run(median_ms(app, f"/{made}/{address}"))
    mounted = asyncio.run(median_ms(application, f"/tiles/{made}/{address}"))
    began = time.perf_counter()
    for _ in range(1000):
        read_token(made)
    return max(mounted - direct, 0.0) + (time.perf_counter() - began)


if __name__ == "__main__":
    for line in run():
        print(line)
