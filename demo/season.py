"""A season of cloudy Sentinel-2 scenes over fields of known crops, for time series.

A small land of its own, west of the demo world's. Its truth: the crop of every pixel of a field, and the fields.
"""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize

from demo.crops import CROPS
from demo.grid import Grid
from demo.landcover import Cover, LandCover
from demo.landscape import TILE, make_landscape
from demo.msi import Acquisition
from demo.optics import see
from demo.safe_s2 import Scene, write_l2a
from demo.sky import Conditions, make_sky
from demo.surface import Ground
from demo.truth import Feature, write_raster, write_vector

Progress = Callable[[float, str], None]
GRID = Grid(epsg=32633, left_m=336_000, top_m=4_842_000, width=456, height=456)
FIRST = datetime(2025, 1, 3, 10, 0, 21)
EVERY_DAYS = 15
SCENES = 24
INDEX = "season.json"
VERSION = "1"
COLOURS = (0xE6C65C, 0xF2A900, 0x6AA84F, 0x38761D, 0x8E7CC3, 0x7B3F61, 0x9C8A3C, 0xD9CDB8)
_FIELDS = (Cover.CROPLAND, Cover.STUBBLE, Cover.ORCHARD)
_LEAST_FIELD_PIXELS = 8
_PURE = 0.98


@dataclass(frozen=True)
class Season:
    """Where the pieces lie.

    Args:
        scenes: in the order of time.
        fields: polygons as GeoJSON, with `crop` and `value`.
        crops: raster of the crop of every pixel: position in `demo.crops.CROPS` and one, 0 elsewhere.
        bbox: lon/lat.
    """

    folder: Path
    scenes: tuple[Path, ...]
    fields: Path
    crops: Path
    bbox: tuple[float, float, float, float]


def make_season(
    folder: Path,
    *,
    seed: int = 1,
    scenes: int = SCENES,
    progress: Progress = lambda fraction, stage: None,
) -> Season:
    """Make a season's scenes in a folder, or take those that are there if they are the same and complete."""
    folder = Path(folder)
    known = known_season(folder, seed, scenes)
    if known:
        return known
    (folder / INDEX).unlink(missing_ok=True)
    cover = LandCover(make_landscape(seed, GRID))
    ground = Ground(cover)
    ground.on(FIRST.date())  # draws what all days share
    wanted = acquisitions(seed, scenes)
    paths = []
    with ThreadPoolExecutor(2) as threads:
        written = threads.map(lambda pair: write_l2a(folder / "scenes", _observe(ground, *pair)), wanted)
        for number, (path, (acquisition, _)) in enumerate(zip(written, wanted, strict=True), 1):
            paths.append(path)
            progress(number / (scenes + 1), f"season, scene of {acquisition.sensed:%Y-%m-%d}")
    crops = _write_truth(folder, cover, wanted[0][0].sensed, wanted[-1][0].sensed)
    season = Season(folder, tuple(paths), folder / "fields.geojson", crops, GRID.lonlat(GRID.outline).bounds)
    names = [path.relative_to(folder).as_posix() for path in paths]
    index = {"version": VERSION, "seed": seed, "scenes": names, "bbox": season.bbox}
    (folder / INDEX).write_text(json.dumps(index, indent=2), encoding="utf-8")
    progress(1.0, "season")
    return season


def acquisitions(seed: int, scenes: int) -> list[tuple[Acquisition, Conditions]]:
    """Return the overpasses of a year and their weather: a third nearly clear, a third half, a third mostly cloudy."""
    rng = np.random.default_rng([seed, FIRST.year])
    found = []
    for number in range(scenes):
        sensed = FIRST + timedelta(days=EVERY_DAYS * number)
        unit = "S2B" if number % 2 else "S2A"
        acquisition = Acquisition(unit, sensed, 122, 40_000 + 215 * number, TILE)
        cloudiness = float(rng.choice([0.02, 0.35, 0.7]) * rng.uniform(0.6, 1.3))
        haze, gain = float(abs(rng.normal(0, 0.006))), float(rng.normal(1, 0.02))
        found.append((acquisition, Conditions(cloudiness, haze, gain, 0.1, 1.8, (0.0, 0.0))))
    return found


def _observe(ground: Ground, acquisition: Acquisition, conditions: Conditions) -> Scene:
    landscape = ground.landscape
    sky = make_sky(landscape.grid, acquisition, conditions, landscape.rng(f"clouds {acquisition.stamp}"))
    return see(landscape, ground.on(acquisition.sensed.date()), sky, conditions, acquisition)


def _write_truth(folder: Path, cover: LandCover, first: datetime, last: datetime) -> Path:
    """Write the crops as a raster and the fields as polygons; return the raster's path."""
    path = folder / "truth" / "crops.tif"
    path.parent.mkdir(parents=True, exist_ok=True)
    crops = _crops(cover, first, last)
    palette = {value: ((rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255, 255) for value, rgb in enumerate(COLOURS, 1)}
    write_raster(path, crops, GRID, {0: (0, 0, 0, 0), **palette})
    write_vector(folder / "fields.geojson", GRID, _fields(cover, crops))
    return path


def _crops(cover: LandCover, first: datetime, last: datetime) -> NDArray[np.uint8]:
    """Return the crop of every pixel that is a field from the first day to the last."""
    crop = np.array([parcel.crop + 1 for parcel in cover.landscape.parcels], np.uint8)[cover.parcel_ids]
    stays = np.logical_and(*(np.isin(cover.on(day.date()), _FIELDS) for day in (first, last)))
    return np.where(stays, crop, 0).astype(np.uint8)


def _fields(cover: LandCover, crops: NDArray[np.uint8]) -> Iterable[Feature]:
    """Yield the fields with their crops, drawn in by more than a pixel so that none is mixed."""
    for number, parcel in enumerate(cover.landscape.parcels):
        inner = parcel.outline.buffer(-1.5 * GRID.resolution_m).intersection(GRID.outline)
        if inner.geom_type != "Polygon" or inner.is_empty:
            continue
        inside = rasterize([inner], out_shape=GRID.shape, transform=GRID.transform).astype(bool)
        own = crops[inside] == parcel.crop + 1
        if own.size >= _LEAST_FIELD_PIXELS and own.mean() >= _PURE:
            simple = shapely.Polygon(inner.exterior)
            yield simple, {"id": number, "crop": CROPS[parcel.crop].name, "value": parcel.crop + 1}


def known_season(folder: Path, seed: int, scenes: int = SCENES) -> Season | None:
    """Return the season that a folder already holds, if it is the wanted one and nothing is missing."""
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        paths = tuple(folder / name for name in index["scenes"])
        if (index["version"], index["seed"], len(paths)) != (VERSION, seed, scenes):
            return None
        fields, crops = folder / "fields.geojson", folder / "truth" / "crops.tif"
        season = Season(folder, paths, fields, crops, tuple(index["bbox"]))
    except (OSError, ValueError, KeyError):
        return None
    needed = [fields, crops, *(path / "manifest.safe" for path in paths)]
    return season if all(path.is_file() for path in needed) else None
