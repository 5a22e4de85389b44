"""Where people live and how they get there: town, villages, industry, barracks, roads, lanes, power lines."""

from dataclasses import dataclass

import numpy as np
from shapely import affinity
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box

from demo.grid import Grid
from demo.parcels import blocks, split
from demo.terrain import COAST, Terrain

TOWN = (0.705, 0.375)
VILLAGES = (0.12, 0.88), (0.33, 0.78), (0.62, 0.83), (0.09, 0.20), (0.43, 0.24), (0.86, 0.68)
INDUSTRY = (0.615, 0.425)
BARRACKS = (0.60, 0.535)
SHORE_RAD = -0.69  # the direction of the coast, from east
POWER = (0.625, 0.44), (0.52, 0.62), (0.36, 0.66), (0.20, 0.93), (0.17, 1.0)


@dataclass(frozen=True)
class Settlement:
    """A built-up place: its outline, its buildings, and the share of green between them."""

    name: str
    kind: str
    outline: Polygon
    buildings: tuple[Polygon, ...]
    green: float


@dataclass(frozen=True)
class Road:
    """A road by its middle line."""

    kind: str
    line: LineString | MultiLineString
    width_m: float


def make_settlements(grid: Grid, terrain: Terrain, rng: np.random.Generator) -> tuple[Settlement, ...]:
    """Build the town, its industry and barracks, and the villages; nothing stands in the water."""
    scale = grid.width_m / 24000
    town = _place("Portovento", "town", grid.at(*TOWN), 2000 * scale, 0.35, rng)
    villages = [
        _place(f"Village {number}", "village", grid.at(*place), max(300 * scale, 160), 0.55, rng)
        for number, place in enumerate(VILLAGES, 1)
    ]
    made = [town, *villages, _industry(grid, scale, rng), _barracks(grid, scale)]
    return tuple(_dry(settlement, grid, terrain) for settlement in made)


def make_roads(grid: Grid, terrain: Terrain, lanes: MultiLineString) -> tuple[Road, ...]:
    """Lay two roads along the shore, one up the valley, one to each village, and the lanes between the fields."""
    scale = grid.width_m / 24000
    town = grid.at(*TOWN)
    valley = terrain.river_line.parallel_offset(420 * scale + 60, "right").simplify(120)
    roads = [
        Road("motorway", _along_coast(grid, terrain, 2600 * scale), 26),
        Road("primary", _along_coast(grid, terrain, 330 * scale + 70), 14),
        Road("secondary", valley, 12),
    ]
    roads += [Road("secondary", _bent(town, grid.at(*village)), 11) for village in VILLAGES]
    return (*roads, Road("lane", lanes, 7))


def power_line(grid: Grid) -> LineString:
    """The high-voltage line from the substation by the industry into the hills."""
    return LineString([grid.at(*point) for point in POWER])


def _place(
    name: str, kind: str, centre: tuple[float, float], radius_m: float, green: float, rng: np.random.Generator
) -> Settlement:
    """Grow a settlement: an uneven disc, streets, and houses that stand closer towards the middle."""
    outline = _outline(centre, radius_m, rng)
    houses = []
    for block in blocks(outline.envelope, 115, rng):
        inside = block.buffer(-6).intersection(outline)
        if not isinstance(inside, Polygon) or inside.area < 600:
            continue
        remote = min(1.0, block.centroid.distance(Point(centre)) / radius_m)
        for parcel in split(inside.convex_hull, 700 + 900 * remote, rng, skew_deg=2):
            if rng.random() > 0.12 + 0.5 * remote:
                houses.append(parcel.buffer(-2.0 - 4.5 * remote, join_style="mitre"))
    return Settlement(name, kind, outline, tuple(house for house in houses if house.area > 60), green)


def _outline(centre: tuple[float, float], radius_m: float, rng: np.random.Generator) -> Polygon:
    """Draw a place that has grown in several directions, further along the shore than inland."""
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    waves = sum(rng.normal(0, 0.34 / k**0.7) * np.cos(k * angles + rng.uniform(0, 6.3)) for k in range(2, 15))
    along_shore = 1 + 0.22 * np.cos(2 * (angles - SHORE_RAD))
    radii = radius_m * along_shore * np.clip(0.85 + np.asarray(waves), 0.45, 1.5)
    ring = np.stack([centre[0] + radii * np.cos(angles), centre[1] + radii * np.sin(angles)], axis=1)
    return Polygon(ring).buffer(0)


def _industry(grid: Grid, scale: float, rng: np.random.Generator) -> Settlement:
    """Halls on large plots."""
    x, y = grid.at(*INDUSTRY)
    outline = affinity.rotate(box(x - 620 * scale, y - 420 * scale, x + 620 * scale, y + 420 * scale), 38)
    plots = split(outline, 16000 * max(scale, 0.4), rng, skew_deg=1)
    halls = [affinity.scale(plot, 0.66, 0.6) for plot in plots if rng.random() < 0.8]
    return Settlement("Zona industriale", "industry", outline, tuple(halls), 0.2)


def _barracks(grid: Grid, scale: float) -> Settlement:
    """Two rows of long houses on either side of a parade ground, behind a fence."""
    x, y = grid.at(*BARRACKS)
    size = max(scale, 0.5)
    outline = box(x - 300 * size, y - 210 * size, x + 300 * size, y + 210 * size)
    rows = [
        box(x + east * size - 12, y + north * size - 45 * size, x + east * size + 12, y + north * size + 45 * size)
        for east in range(-240, 241, 80)
        for north in (-125, 125)
    ]
    turned = [affinity.rotate(shape, 17, origin=(x, y)) for shape in (outline, *rows)]
    return Settlement("Caserma", "military", turned[0], tuple(turned[1:]), 0.5)


def _dry(settlement: Settlement, grid: Grid, terrain: Terrain) -> Settlement:
    """Take away the buildings whose middle stands in water or on the beach."""
    water = terrain.water | (terrain.coast_m < 70)

    def on_land(building: Polygon) -> bool:
        column, row = ~grid.transform @ (building.centroid.x, building.centroid.y)
        inside = 0 <= row < grid.height and 0 <= column < grid.width
        return inside and not water[int(row), int(column)]

    dry = tuple(building for building in settlement.buildings if on_land(building))
    return Settlement(settlement.name, settlement.kind, settlement.outline, dry, settlement.green)


def _along_coast(grid: Grid, terrain: Terrain, inland_m: float) -> LineString:
    """Follow the shore at a distance, smoothed."""
    (x0, y0), (x1, y1) = (grid.at(*point) for point in COAST)
    length = np.hypot(x1 - x0, y1 - y0)
    direction = np.array([x1 - x0, y1 - y0]) / length
    inland = np.array([direction[1], -direction[0]])
    stations = np.arange(-0.3 * length, 1.3 * length, 150.0)
    offsets = np.arange(-0.15 * grid.width_m, 0.3 * grid.width_m, 20.0)
    found = np.full(len(stations), inland_m)
    for index, station in enumerate(stations):
        ray = np.array([x0, y0]) + station * direction + offsets[:, None] * inland
        columns, rows = (ray[:, 0] - grid.left_m) / grid.resolution_m, (grid.top_m - ray[:, 1]) / grid.resolution_m
        inside = (rows >= 0) & (rows < grid.height) & (columns >= 0) & (columns < grid.width)
        far = terrain.coast_m[rows[inside].astype(int), columns[inside].astype(int)] >= inland_m
        if far.any() and not far[0]:
            found[index] = offsets[inside][far.argmax()]
    kernel = np.hanning(15) / np.hanning(15).sum()
    smoothed = np.convolve(np.pad(found, 7, mode="edge"), kernel, "valid")
    return LineString(np.array([x0, y0]) + stations[:, None] * direction + smoothed[:, None] * inland)


def _bent(start: tuple[float, float], end: tuple[float, float]) -> LineString:
    """Join two places by a road that gives way to the hills in three bends."""
    t = np.linspace(0, 1, 120)
    a, b = np.array(start), np.array(end)
    aside = np.array([-(b - a)[1], (b - a)[0]])
    sway = 0.05 * np.sin(3 * np.pi * t) + 0.012 * np.sin(17 * t)
    return LineString(a + t[:, None] * (b - a) + sway[:, None] * aside)
