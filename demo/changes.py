"""What happens in the landscape, and when: building, a flood, harvests, clearings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.features import shapes
from scipy.ndimage import label
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.ops import unary_union

from demo.crops import CROPS, MAIZE, green_cover
from demo.grid import Grid
from demo.noise import fractal, smoothstep
from demo.parcels import split
from demo.settlements import TOWN
from demo.terrain import Mask, Terrain

FLOOD_DAY = date(2025, 9, 17)
BUILDING_DAY = date(2025, 9, 12)
CLEARING_DAY = date(2025, 9, 10)


class ChangeKind(IntEnum):
    """Kinds of change, as the truth raster holds them."""

    NEW_BUILDING = 1
    FLOOD = 2
    HARVEST = 3
    CLEARING = 4


@dataclass(frozen=True)
class Parcel:
    """A field: outline, crop (index into CROPS), day of the year of its harvest, and how well it does (1 is usual)."""

    outline: Polygon
    crop: int
    harvest: int
    vigour: float
    tone: float


@dataclass(frozen=True)
class Change:
    """One dated event and where it shows; `buildings` stand on new building land."""

    kind: ChangeKind
    day: date
    area: Polygon | MultiPolygon
    buildings: tuple[Polygon, ...] = ()


def make_changes(
    grid: Grid, terrain: Terrain, parcels: Sequence[Parcel], woods: Mask, built: Mask, rng: np.random.Generator
) -> tuple[Change, ...]:
    """Script the season."""
    return (
        *_new_buildings(grid, terrain, parcels, built, rng),
        *_harvests(parcels),
        *_clearings(grid, woods, rng),
        _flood(grid, terrain, rng),
    )


def _new_buildings(
    grid: Grid, terrain: Terrain, parcels: Sequence[Parcel], built: Mask, rng: np.random.Generator
) -> list[Change]:
    """Turn a few green fields at the edge of the town into building land."""
    x, y = grid.at(*TOWN)
    wanted = 24 if grid.width_m > 12000 else 5
    fields = [
        parcel.outline
        for parcel in parcels
        if 15000 < parcel.outline.area < 90000
        and green_cover(CROPS[parcel.crop], parcel.harvest, BUILDING_DAY) > 0.4
        and _free(parcel.outline, grid, built)
    ]
    fields.sort(key=lambda field: float(np.hypot(field.centroid.x - x, field.centroid.y - y)))
    chosen = [field for field in fields if _look_up(terrain.river_m, field, grid)[0] > 400][: 2 * wanted : 2]
    made = []
    for number, field in enumerate(chosen):
        site = field.buffer(-18, join_style="mitre")
        plots = split(site.convex_hull, 5200, rng, skew_deg=2)
        halls = [plot.buffer(-16, join_style="mitre").intersection(site) for plot in plots]
        houses = tuple(hall for hall in halls if isinstance(hall, Polygon) and hall.area > 500)
        made.append(Change(ChangeKind.NEW_BUILDING, BUILDING_DAY - timedelta(days=number % 5), site, houses))
    return made


def _harvests(parcels: Sequence[Parcel]) -> list[Change]:
    """The day on which each maize field is cut."""
    return [
        Change(ChangeKind.HARVEST, date(2024, 12, 31) + timedelta(days=parcel.harvest), parcel.outline)
        for parcel in parcels
        if parcel.crop == MAIZE
    ]


def _clearings(grid: Grid, woods: Mask, rng: np.random.Generator) -> list[Change]:
    """Fell stands well inside the woods."""
    wanted = 12 if grid.width_m > 12000 else 4
    x = grid.left_m + rng.uniform(0.03, 0.97, 4000) * grid.width_m
    y = grid.top_m - rng.uniform(0.03, 0.97, 4000) * grid.height_m
    made: list[Change] = []
    for east, north in zip(x, y, strict=True):
        half = rng.uniform(70, 150)
        angles = np.linspace(0, 2 * np.pi, 9, endpoint=False) + rng.uniform(0, 0.5, 9)
        radii = half * rng.uniform(0.75, 1.35, 9)
        stand = Polygon(np.stack([east + radii * np.cos(angles), north + radii * np.sin(angles)], axis=1)).buffer(0)
        apart = all(stand.distance(other.area) > 250 for other in made)
        if isinstance(stand, Polygon) and apart and _covered(stand, grid, woods):
            made.append(Change(ChangeKind.CLEARING, CLEARING_DAY, stand))
        if len(made) == wanted:
            break
    return made


def _flood(grid: Grid, terrain: Terrain, rng: np.random.Generator) -> Change:
    """Let the lower river rise over its flat land."""
    scale = min(1.0, grid.width_m / 12000)
    reach = smoothstep(500, 1600 * scale, terrain.coast_m) * smoothstep(7600 * scale, 4300 * scale, terrain.coast_m)
    width_m = scale * 620 * reach * (0.8 + 0.45 * fractal(rng, grid.shape, 180 * scale, 4))
    wet = (terrain.river_m < width_m) & ~terrain.sea
    parts, _ = label(wet)
    largest = np.bincount(parts.ravel())[1:].argmax() + 1
    rings = shapes((parts == largest).astype(np.uint8), mask=parts == largest, transform=grid.transform)
    return Change(ChangeKind.FLOOD, FLOOD_DAY, unary_union([shape(ring) for ring, _ in rings]))


def _free(place: Polygon, grid: Grid, taken: Mask) -> bool:
    """Tell whether neither a corner nor the middle of a place is taken."""
    return not _look_up(taken, place, grid).any()


def _covered(place: Polygon, grid: Grid, cover: Mask) -> bool:
    """Tell whether all corners and the middle of a place lie on the cover."""
    return bool(_look_up(cover, place, grid).all())


def _look_up(raster: NDArray[Any], place: Polygon, grid: Grid) -> NDArray[Any]:
    """Read a raster at the middle and the corners of a place; beyond the border, its outermost pixel."""
    points = np.array([place.centroid.coords[0], *place.exterior.coords])
    columns = ((points[:, 0] - grid.left_m) / grid.resolution_m).astype(int).clip(0, grid.width - 1)
    rows = ((grid.top_m - points[:, 1]) / grid.resolution_m).astype(int).clip(0, grid.height - 1)
    return np.asarray(raster[rows, columns])
