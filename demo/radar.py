"""The landscape as Sentinel-1 sees it: a GRD of two dates, a pair of SLC, the heights, and what is true of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import rasterio

from demo.landcover import LandCover
from demo.radar_grd import make_grd
from demo.radar_pass import Pass, make_pass
from demo.radar_scattering import brightness, coherence
from demo.radar_slc import make_pair
from demo.radar_view import Relief, relief_of
from eo.sar.zero_doppler import earth_fixed

FIRST, SECOND = datetime(2025, 9, 7, 5, 10, 30), datetime(2025, 9, 19, 5, 10, 30)
SLANT_M = 880_000.0
HIGHER_M, FARTHER_M = 52.0, 12.0  # of the second orbit: how far it is from the first
ORBITS = ((60912, 22), (61087, 22))
POLARISATIONS = ("VV", "VH")
RADAR_RASTERS = ("gamma0_vv_before", "gamma0_vv_after", "coherence")


@dataclass(frozen=True)
class RadarWorld:
    """Where the pieces lie."""

    grd: tuple[Path, Path]
    slc: tuple[Path, Path]
    dem: Path


def make_radar(
    folder: Path, cover: LandCover, progress: Callable[[float, str], None] = lambda fraction, stage: None
) -> RadarWorld:
    """Write the products into `scenes`, the heights into `dem`, the truth into `truth`."""
    landscape = cover.landscape
    relief = relief_of(landscape)
    flights = passes(relief)
    covers = [cover.on(moment.date()) for moment in (FIRST, SECOND)]
    gamma0 = [{p: brightness(c, p) for p in POLARISATIONS} for c in covers]
    kept = coherence(*covers)
    dem = _write_dem(folder / "dem", relief, landscape.terrain.height_m)
    _write_truth(folder / "truth", relief, gamma0[0]["VV"], gamma0[1]["VV"], kept)
    grd = []
    for k, flight in enumerate(flights):
        progress(0.15 * k, f"radar scene of {flight.moment:%Y-%m-%d}")
        grd.append(make_grd(folder / "scenes", relief, flight, gamma0[k], landscape.rng(f"grd {k}")))
    progress(0.3, "pair of complex radar scenes")
    both = gamma0[0]["VV"], gamma0[1]["VV"]
    slc = make_pair(folder / "scenes", relief, flights, both, kept, landscape.rng("slc"))
    progress(1.0, "radar scenes")
    return RadarWorld((grd[0], grd[1]), slc, dem)


def passes(relief: Relief) -> tuple[Pass, Pass]:
    """Return the passes of both dates."""
    longitude, latitude = relief.middle
    point = earth_fixed(*(np.array(value) for value in (longitude, latitude, float(np.median(relief.heights_m)))))
    return (
        make_pass("S1A", FIRST, ORBITS[0], point, SLANT_M),
        make_pass("S1A", SECOND, ORBITS[1], point, SLANT_M + FARTHER_M, HIGHER_M),
    )


def dates() -> tuple[date, date]:
    """Return the days of both passes."""
    return FIRST.date(), SECOND.date()


def _write_dem(folder: Path, relief: Relief, heights_m: np.ndarray) -> Path:
    """Write the heights above the geoid, on the landscape's own grid."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dem.tif"
    _write_raster(path, relief, heights_m.astype(np.float32))
    return path


def _write_truth(folder: Path, relief: Relief, before: np.ndarray, after: np.ndarray, kept: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in zip(RADAR_RASTERS, (before, after, kept), strict=True):
        _write_raster(folder / f"{name}.tif", relief, values)
    points = [
        {
            "type": "Feature",
            "properties": {"height_m": float(height), "heights": "above the WGS 84 ellipsoid"},
            "geometry": {"type": "Point", "coordinates": [float(longitude), float(latitude)]},
        }
        for longitude, latitude, height in relief.reflectors
    ]
    (folder / "reflectors.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": points}))


def _write_raster(path: Path, relief: Relief, values: np.ndarray) -> None:
    grid = relief.grid
    options = {"driver": "GTiff", "count": 1, "dtype": "float32", "compress": "deflate", "tiled": True}
    with rasterio.open(
        path, "w", width=grid.width, height=grid.height, crs=grid.crs, transform=grid.transform, **options
    ) as target:
        target.write(values.astype(np.float32), 1)
