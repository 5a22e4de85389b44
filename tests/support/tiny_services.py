"""Services small enough to test the contract with: one that works, and ways to fail."""

import errno
import os
import signal
import time

from services.core.context import Context
from services.core.service import Output, Params, Service, param
from services.core.types import Area, Projection, Scene


class TinyParams(Params):
    """What the tiny service takes."""

    input: Scene = param(title="Scene", help="Any file")
    resolution: float = param(10.0, title="Resolution", help="Pixel size", unit="m", gt=0, le=10_000)
    aoi: Area | None = param(None, title="Area", help="Area of interest", flag="AoI")
    projection: Projection | None = param(None, title="Projection", help="Output CRS")
    behaviour: str = param("work", title="Behaviour", help="What to do")


TINY = Service(
    id="tiny",
    version="1.0.0",
    title="Tiny",
    summary="Writes one small raster.",
    command="tiny",
    domain="general",
    params=TinyParams,
    outputs=(
        Output("values", "Values", unit="m", dtype="uint16"),
        Output("extra", "Extra", role="metadata", optional=True),
    ),
    entry="tiny_services:run",
    example={"input": "scene"},
    sources=("none",),
)


def run(params: TinyParams, context: Context) -> None:
    """Write a 4×3 raster of 1…12 in EPSG:32633, or fail as asked."""
    context.progress(0.5, "counting")
    context.read("input", "a-scene", b"fingerprint")
    _misbehave(params.behaviour)
    write_values(context)
    context.add("values", context.target("values", ".tif"), bands=[{"name": "height"}])
    if params.behaviour == "learn":
        learn(context)
    if params.behaviour == "undeclared":
        context.target("surprise", ".tif")


def learn(context: Context) -> None:
    """Keep how many epochs were done, and stop after the first one of a run that began anew."""
    kept = context.keep / "epochs"  # type: ignore[operator]
    kept.parent.mkdir(parents=True, exist_ok=True)
    done = int(kept.read_text()) if kept.exists() else 0
    kept.write_text(str(done + 1))
    context.curve({"epoch": done + 1, "train_loss": 0.5})
    if not done:
        _misbehave("fail")


def write_values(context: Context) -> None:
    """Write the raster."""
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    values = np.arange(1, 13, dtype=np.uint16).reshape(3, 4)
    profile = {"driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "uint16", "nodata": 1}
    grid = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    with rasterio.open(context.target("values", ".tif"), "w", **profile, **grid) as target:
        target.write(values, 1)
        target.scales, target.offsets, target.units = (0.5,), (-1.0,), ("m",)


def _misbehave(behaviour: str) -> None:
    if behaviour == "fail":
        from eo.errors import NoOverlap

        raise NoOverlap("The area lies outside.", hint="Move it.")
    if behaviour == "full":
        raise OSError(errno.ENOSPC, "No space left on device")
    if behaviour == "memory":
        raise MemoryError
    if behaviour == "stop":
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    if behaviour == "stop swallowed":
        try:
            _misbehave("stop")
        except Exception:
            raise RuntimeError("a callback failed") from None
