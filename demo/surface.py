"""What the pixels of a day are made of: two materials each, their shares, and how bright they are."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from demo.crops import CROPS, green_cover
from demo.landcover import Classes, Cover, LandCover
from demo.noise import Field, fractal, smooth, smoothstep
from demo.signatures import Material as M

# Land cover to (first material, second material, share of the first, brightness varies by); fields follow their crop.
MADE_OF = {
    Cover.SEA: (M.SEA, M.SHALLOW_SEA, 0.80, 0.015),
    Cover.LAKE: (M.LAKE, M.SHALLOW_SEA, 0.90, 0.015),
    Cover.RIVER: (M.LAKE, M.TURBID_WATER, 0.50, 0.04),
    Cover.BEACH: (M.SAND, M.DRY_SOIL, 0.85, 0.04),
    Cover.BROADLEAF_FOREST: (M.BROADLEAF, M.PASTURE, 0.85, 0.13),
    Cover.CONIFER_FOREST: (M.CONIFER, M.BROADLEAF, 0.80, 0.12),
    Cover.PASTURE: (M.PASTURE, M.BROADLEAF, 0.72, 0.07),
    Cover.CROPLAND: (M.CROP, M.DRY_SOIL, 0.50, 0.04),
    Cover.STUBBLE: (M.STRAW, M.DRY_SOIL, 0.45, 0.045),
    Cover.ORCHARD: (M.ORCHARD, M.DRY_SOIL, 0.50, 0.07),
    Cover.ROAD: (M.ASPHALT, M.DRY_SOIL, 0.75, 0.04),
    Cover.BUILDING: (M.TILES, M.ASPHALT, 0.80, 0.20),
    Cover.PAVED: (M.ASPHALT, M.CONCRETE, 0.60, 0.10),
    Cover.URBAN_GREEN: (M.PASTURE, M.BROADLEAF, 0.55, 0.12),
    Cover.FLOOD: (M.TURBID_WATER, M.LAKE, 0.85, 0.05),
    Cover.CLEARED: (M.STRAW, M.DARK_SOIL, 0.65, 0.08),
}
FIRST, SECOND, SHARE, TEXTURE = (
    np.array([0, *(row[column] for _, row in sorted(MADE_OF.items()))], dtype=dtype)
    for column, dtype in enumerate((np.uint8, np.uint8, np.float32, np.float32))
)
DAILY = 0.028  # standard deviation of brightness from day to day, of each pixel and of each field
PLOUGHED = 0.4  # the share of fields whose soil is dark, and turned once they are bare


@dataclass(frozen=True)
class Surface:
    """What every pixel is made of, (y, x): two `Material`s, the share of the first, a factor on the brightness."""

    cover: Classes
    first: Classes
    second: Classes
    share: Field
    tone: Field


class Ground:
    """The landscape's ground; its grain is the same on every day."""

    def __init__(self, land_cover: LandCover) -> None:
        self.land_cover = land_cover
        self.landscape = land_cover.landscape

    def on(self, day: date) -> Surface:
        """Tell what the land is made of on a day."""
        cover = self.land_cover.on(day)
        surface = Surface(cover, FIRST[cover], SECOND[cover], SHARE[cover], 1 + TEXTURE[cover] * self._grain)
        self._sow(surface, day)
        today = self.landscape.rng(f"grain of {day}")
        surface.tone[:] *= 1 + np.float32(DAILY) * today.standard_normal(cover.shape, dtype=np.float32)
        self._roof(surface)
        grown = np.isin(cover, (Cover.PASTURE, Cover.URBAN_GREEN, Cover.BROADLEAF_FOREST, Cover.CONIFER_FOREST))
        surface.share[grown] += 0.14 * self._patches[grown]
        sea = cover == Cover.SEA
        surface.share[sea] = self._clear_sea[sea]
        np.clip(surface.share, 0, 1, out=surface.share)
        np.clip(surface.tone, 0.3, 2, out=surface.tone)
        return surface

    def _sow(self, surface: Surface, day: date) -> None:
        """Give the fields their crop's green cover, their own vigour and tone, and the bare ones their soil."""
        parcels = self.landscape.parcels
        today = day.timetuple().tm_yday
        green = np.array([green_cover(CROPS[p.crop], p.harvest, day) * p.vigour for p in parcels], dtype=np.float32)
        tones = np.array([p.tone for p in parcels], dtype=np.float32)
        ripe = np.array([today > CROPS[p.crop].ripening and not CROPS[p.crop].permanent for p in parcels])
        luck = self.landscape.rng("ploughing").random(len(parcels))
        fields = np.isin(surface.cover, (Cover.CROPLAND, Cover.STUBBLE, Cover.ORCHARD))
        ids = self.land_cover.parcel_ids[fields]
        patches = self._patches[fields]
        bare = surface.cover[fields] == Cover.STUBBLE
        dark = luck[ids] < PLOUGHED
        stubble = np.where(dark, 0.08, 0.62) + 0.06 * patches
        surface.share[fields] = np.where(bare, stubble, green[ids] * (1 + 0.08 * patches))
        surface.second[fields] = np.where(dark, M.DARK_SOIL, M.DRY_SOIL)
        moist = 1 + DAILY * self.landscape.rng(f"soil of {day}").standard_normal(len(parcels), dtype=np.float32)
        surface.tone[fields] *= (tones * moist)[ids] * self._soil[fields]
        crops = surface.cover == Cover.CROPLAND
        surface.first[crops] = np.where(ripe[self.land_cover.parcel_ids[crops]], M.RIPE_CROP, M.CROP)

    def _roof(self, surface: Surface) -> None:
        """Cover halls with bright sheet, some houses with concrete."""
        houses = surface.cover == Cover.BUILDING
        surface.first[houses & (self._roofs > 0.9)] = M.CONCRETE
        surface.first[houses & self.land_cover.halls & (self._roofs > -0.6)] = M.BRIGHT_ROOF

    @cached_property
    def _patches(self) -> Field:
        return smooth(self.landscape.rng("patches"), self.landscape.grid.shape, 9)

    @cached_property
    def _grain(self) -> Field:
        """Brightness from pixel to pixel, unit variance."""
        fine = self.landscape.rng("grain").standard_normal(self.landscape.grid.shape, dtype=np.float32)
        return np.float32(0.7) * (fine + self._patches)

    @cached_property
    def _soil(self) -> Field:
        """Brightness of the soil from one side of the country to the other."""
        return 1 + np.float32(0.06) * fractal(self.landscape.rng("soil"), self.landscape.grid.shape, 250, 3)

    @cached_property
    def _roofs(self) -> Field:
        return fractal(self.landscape.rng("roofs"), self.landscape.grid.shape, 6, 2)

    @cached_property
    def _clear_sea(self) -> Field:
        """How clear the sea is: turbid with swirls at the shore, clear far out."""
        swirl = 260 * fractal(self.landscape.rng("swirls"), self.landscape.grid.shape, 90, 4)
        return np.float32(0.12) + np.float32(0.88) * smoothstep(0, 1700, swirl - self.landscape.terrain.coast_m)
