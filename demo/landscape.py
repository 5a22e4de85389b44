"""The landscape: what is where, and what happens when. A description only; `landcover` draws it, `optics` sees it."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from rasterio.features import rasterize
from scipy.ndimage import binary_dilation
from shapely.geometry import LineString, MultiLineString
from shapely.ops import unary_union

from demo.changes import Change, Parcel, make_changes
from demo.crops import CROPS, SHARES
from demo.grid import Grid
from demo.noise import Field, fractal, smoothstep
from demo.parcels import blocks, split
from demo.settlements import Road, Settlement, make_roads, make_settlements, power_line
from demo.terrain import Mask, Terrain, make_terrain

# On the Adriatic side of central Italy; the made coast runs about where the real one does. MGRS tile 33TUJ.
TILE = "33TUJ"
GRIDS = {
    "full": Grid(epsg=32633, left_m=340800, top_m=4849800, width=2400, height=2040),
    "small": Grid(epsg=32633, left_m=353640, top_m=4844820, width=600, height=600),
}
BLOCK_SPACING_M = 1150


@dataclass(frozen=True)
class Landscape:
    """Everything that is known about the made land. Geometries in projected metres, rasters (y, x) on `grid`."""

    seed: int
    grid: Grid
    terrain: Terrain
    parcels: tuple[Parcel, ...]
    settlements: tuple[Settlement, ...]
    roads: tuple[Road, ...]
    power: LineString
    woods: Mask
    conifers: Mask
    pasture: Mask
    changes: tuple[Change, ...]

    def rng(self, purpose: str) -> np.random.Generator:
        """A random stream of its own for each purpose, so that adding one leaves the others as they are."""
        return stream(self.seed, purpose)


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Make the random stream of a purpose."""
    return np.random.default_rng([seed, crc32(purpose.encode())])


def make_landscape(seed: int = 1, size: str | Grid = "full") -> Landscape:
    """Make the landscape of a seed on a grid, or one of `GRIDS`; the same seed gives the same landscape."""
    grid = GRIDS[size] if isinstance(size, str) else size
    terrain = make_terrain(grid, stream(seed, "terrain"))
    cells = blocks(grid.outline, BLOCK_SPACING_M, stream(seed, "blocks"))
    lanes = MultiLineString([LineString(cell.exterior.coords) for cell in cells])
    parcels = _parcels(cells, stream(seed, "parcels"))
    settlements = make_settlements(grid, terrain, stream(seed, "settlements"))
    built = _built(grid, settlements)
    roads = make_roads(grid, terrain, lanes)
    power = power_line(grid)
    woods, conifers, pasture = _woods(grid, terrain, power, stream(seed, "woods"))
    woods &= ~built
    changes = make_changes(grid, terrain, parcels, woods, built | woods | terrain.water, stream(seed, "changes"))
    return Landscape(seed, grid, terrain, parcels, settlements, roads, power, woods, conifers, pasture, changes)


def _parcels(cells: list, rng: np.random.Generator) -> tuple[Parcel, ...]:  # type: ignore[type-arg]
    """Cut the blocks into fields and sow them."""
    made = []
    for cell in cells:
        for outline in split(cell, rng.choice([22000, 38000, 60000, 90000]), rng):
            crop = int(rng.choice(len(CROPS), p=SHARES))
            harvest = int(rng.integers(*CROPS[crop].harvest))
            made.append(Parcel(outline, crop, harvest, float(rng.normal(1, 0.09)), float(rng.normal(1, 0.09))))
    return tuple(made)


def _built(grid: Grid, settlements: tuple[Settlement, ...]) -> Mask:
    outlines = unary_union([settlement.outline for settlement in settlements])
    return np.asarray(rasterize([outlines], out_shape=grid.shape, transform=grid.transform), dtype=bool)


def _woods(grid: Grid, terrain: Terrain, power: LineString, rng: np.random.Generator) -> tuple[Mask, Mask, Mask]:
    """Woods on steep and high land and along the river, with an aisle for the power line; conifers high up; pasture."""
    wish = _wish_for_woods(grid, terrain, rng)
    woods = wish > 0.62
    along_river = (terrain.river_m < 75 + 45 * fractal(rng, grid.shape, 30, 3)) & (terrain.coast_m > 900)
    dunes = (terrain.coast_m > 60) & (terrain.coast_m < 240) & (fractal(rng, grid.shape, 160, 3) > 0.9)
    woods |= along_river | dunes
    aisle = rasterize([power.buffer(18)], out_shape=grid.shape, transform=grid.transform).astype(bool)
    conifers = (fractal(rng, grid.shape, 90, 3) + 2.2 * smoothstep(150, 420, terrain.height_m) > 1.7) | dunes
    shore = binary_dilation(terrain.lake, iterations=4)
    pasture = ((wish > 0.30) | shore) & ~woods
    woods &= ~aisle & ~terrain.water
    return woods, conifers & woods, (pasture | aisle) & ~terrain.water & ~woods


def _wish_for_woods(grid: Grid, terrain: Terrain, rng: np.random.Generator) -> Field:
    steep = np.minimum(terrain.slope(grid.resolution_m) / np.float32(0.22), 1.6)
    high = smoothstep(60, 360, terrain.height_m)
    grown = fractal(rng, grid.shape, 170, 6, 0.55)
    farmed = smoothstep(1700, 500, terrain.river_m) + smoothstep(1500, 300, terrain.coast_m)
    return np.asarray(0.52 * grown + 0.45 * steep + 0.35 * high - 0.6 * farmed - 0.28, dtype=np.float32)
