"""Drawing the landscape: the land cover of every pixel on a day."""

from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from demo.changes import ChangeKind
from demo.crops import CROPS, is_harvested
from demo.landscape import Landscape
from demo.noise import Field, fractal
from demo.terrain import Mask

Classes = NDArray[np.uint8]


class Cover(IntEnum):
    """Land cover, as the truth raster holds it."""

    SEA = 1
    LAKE = 2
    RIVER = 3
    BEACH = 4
    BROADLEAF_FOREST = 5
    CONIFER_FOREST = 6
    PASTURE = 7
    CROPLAND = 8
    STUBBLE = 9
    ORCHARD = 10
    ROAD = 11
    BUILDING = 12
    PAVED = 13
    URBAN_GREEN = 14
    FLOOD = 15
    CLEARED = 16


AFTER = {  # what a change leaves, where no house stands on it
    ChangeKind.NEW_BUILDING: Cover.PAVED,
    ChangeKind.FLOOD: Cover.FLOOD,
    ChangeKind.CLEARING: Cover.CLEARED,
}
WHERE = {  # the land cover that a change shows on
    ChangeKind.FLOOD: (Cover.CROPLAND, Cover.STUBBLE, Cover.PASTURE, Cover.ORCHARD),
    ChangeKind.CLEARING: (Cover.BROADLEAF_FOREST, Cover.CONIFER_FOREST),
}


class LandCover:
    """A landscape drawn on its grid; what no day changes is drawn once."""

    def __init__(self, landscape: Landscape) -> None:
        self.landscape = landscape

    def on(self, day: date) -> Classes:
        """Draw the land cover of a day as `Cover`, (y, x)."""
        cover = self.base.copy()
        cover[(cover == Cover.CROPLAND) & self.harvested(day)[self.parcel_ids]] = Cover.STUBBLE
        for change in self.landscape.changes:
            if change.day > day or change.kind not in AFTER:
                continue
            area = self._mask([change.area])
            if change.kind in WHERE:
                area &= np.isin(cover, WHERE[change.kind])
            cover[area] = AFTER[change.kind]
            cover[self._mask(change.buildings)] = Cover.BUILDING
        return cover

    def harvested(self, day: date) -> Mask:
        """Tell for every parcel whether it lies bare on a day."""
        parcels = self.landscape.parcels
        return np.array([is_harvested(CROPS[parcel.crop], parcel.harvest, day) for parcel in parcels])

    def change_kinds(self, before: date, after: date) -> Classes:
        """Map what changed between two days: 0 nothing, otherwise a `ChangeKind`."""
        old, new = self.on(before), self.on(after)
        kinds = np.zeros_like(old)
        kinds[new == Cover.STUBBLE] = ChangeKind.HARVEST
        kinds[new == Cover.FLOOD] = ChangeKind.FLOOD
        kinds[new == Cover.CLEARED] = ChangeKind.CLEARING
        kinds[np.isin(new, (Cover.PAVED, Cover.BUILDING))] = ChangeKind.NEW_BUILDING
        kinds[old == new] = 0
        return kinds

    @cached_property
    def parcel_ids(self) -> NDArray[np.int32]:
        """The number of the parcel of every pixel."""
        outlines = [parcel.outline for parcel in self.landscape.parcels]
        return self._draw(outlines, range(len(outlines)), np.int32, all_touched=True)

    @cached_property
    def base(self) -> Classes:
        """The land cover before anything happens; later lines lie over earlier ones."""
        land, terrain = self.landscape, self.landscape.terrain
        orchard = np.array([CROPS[parcel.crop].name in ("vineyard", "olive grove") for parcel in land.parcels])
        cover = np.where(orchard[self.parcel_ids], Cover.ORCHARD, Cover.CROPLAND).astype(np.uint8)
        cover[land.pasture] = Cover.PASTURE
        cover[land.woods] = Cover.BROADLEAF_FOREST
        cover[land.conifers] = Cover.CONIFER_FOREST
        lanes, roads = self._roads
        cover[lanes & ~land.woods] = Cover.ROAD
        built, green = self._built_up
        cover[built] = Cover.PAVED
        cover[green] = Cover.URBAN_GREEN
        cover[(terrain.coast_m >= 0) & (terrain.coast_m < 45)] = Cover.BEACH
        cover[terrain.river] = Cover.RIVER
        cover[roads] = Cover.ROAD
        cover[self._mask([house for place in land.settlements for house in place.buildings])] = Cover.BUILDING
        cover[terrain.lake] = Cover.LAKE
        cover[terrain.sea] = Cover.SEA
        return cover

    @cached_property
    def halls(self) -> Mask:
        """Where industry stands or will stand: its roofs are of sheet metal."""
        land = self.landscape
        grounds = [place.outline for place in land.settlements if place.kind == "industry"]
        return self._mask(grounds + [change.area for change in land.changes if change.buildings])

    @cached_property
    def _roads(self) -> tuple[Mask, Mask]:
        """Lanes, and all other roads."""
        roads = self.landscape.roads
        lanes = [road.line.buffer(road.width_m / 2) for road in roads if road.kind == "lane"]
        others = [road.line.buffer(road.width_m / 2) for road in roads if road.kind != "lane"]
        return self._mask(lanes), self._mask(others)

    @cached_property
    def _built_up(self) -> tuple[Mask, Mask]:
        """The ground of settlements, and what of it is green."""
        places = self.landscape.settlements
        number = self._draw([place.outline for place in places], range(1, len(places) + 1), np.uint8)
        grown: Field = fractal(self.landscape.rng("gardens"), number.shape, 7, 2)
        share = np.array([0.0, *(place.green for place in places)], dtype=np.float32)[number]
        return number > 0, (number > 0) & (grown > 2.2 * (0.5 - share))

    def _mask(self, shapes: Sequence[BaseGeometry]) -> Mask:
        return np.asarray(self._draw(shapes, [1] * len(shapes), np.uint8) > 0)

    def _draw(
        self, shapes: Sequence[BaseGeometry], values: Sequence[int], dtype: type, *, all_touched: bool = False
    ) -> NDArray[np.int32]:
        """Burn shapes with their values into an empty raster."""
        grid = self.landscape.grid
        pairs = [(shape, value) for shape, value in zip(shapes, values, strict=True) if not shape.is_empty]
        if not pairs:
            return np.zeros(grid.shape, dtype=dtype)
        burnt = rasterize(pairs, out_shape=grid.shape, transform=grid.transform, dtype=dtype, all_touched=all_touched)
        return np.asarray(burnt)
