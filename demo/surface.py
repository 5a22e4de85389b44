"""What the pixels of a day are made of: two materials each, their shares, and how bright they are."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from demo.crops import CROPS, green_cover
from demo.landcover import Classes, Cover, LandCover
from demo.noise import Field, fractal, smooth, smoothstep
from demo.signatures import Material as M

# Land cover to (first material, second material, share of the first); fields follow their crop instead.
MADE_OF = {
    Cover.SEA: (M.SEA, M.SHALLOW_SEA, 0.8),
    Cover.LAKE: (M.LAKE, M.SHALLOW_SEA, 0.9),
    Cover.RIVER: (M.LAKE, M.TURBID_WATER, 0.6),
    Cover.BEACH: (M.SAND, M.DRY_SOIL, 0.85),
    Cover.BROADLEAF_FOREST: (M.BROADLEAF, M.PASTURE, 0.88),
    Cover.CONIFER_FOREST: (M.CONIFER, M.BROADLEAF, 0.85),
    Cover.PASTURE: (M.PASTURE, M.CROP, 0.72),
    Cover.CROPLAND: (M.CROP, M.DRY_SOIL, 0.5),
    Cover.STUBBLE: (M.STRAW, M.DRY_SOIL, 0.45),
    Cover.ORCHARD: (M.ORCHARD, M.DRY_SOIL, 0.5),
    Cover.ROAD: (M.ASPHALT, M.DRY_SOIL, 0.75),
    Cover.BUILDING: (M.TILES, M.ASPHALT, 0.8),
    Cover.PAVED: (M.ASPHALT, M.CONCRETE, 0.6),
    Cover.URBAN_GREEN: (M.PASTURE, M.BROADLEAF, 0.55),
    Cover.FLOOD: (M.TURBID_WATER, M.LAKE, 0.85),
    Cover.CLEARED: (M.DARK_SOIL, M.STRAW, 0.6),
}
TEXTURE = {  # standard deviation of brightness from pixel to pixel
    Cover.SEA: 0.015, Cover.LAKE: 0.015, Cover.RIVER: 0.04, Cover.FLOOD: 0.05, Cover.BROADLEAF_FOREST: 0.09,
    Cover.CONIFER_FOREST: 0.08, Cover.BUILDING: 0.20, Cover.PAVED: 0.10, Cover.URBAN_GREEN: 0.12, Cover.ORCHARD: 0.07,
}  # fmt: skip


@dataclass(frozen=True)
class Surface:
    """What every pixel is made of, (y, x): two `Material`s, the share of the first, a factor on the brightness."""

    cover: Classes
    first: Classes
    second: Classes
    share: Field
    tone: Field


def make_surface(land_cover: LandCover, day: date) -> Surface:
    """Tell what the land is made of on a day."""
    cover = land_cover.on(day)
    first, second = _table(0)[cover], _table(1)[cover]
    share = np.array([MADE_OF[Cover(c)][2] if c else 0 for c in range(17)], dtype=np.float32)[cover]
    landscape, shape = land_cover.landscape, land_cover.landscape.grid.shape
    patchy = smooth(landscape.rng("patches"), shape, 9)
    grain = landscape.rng("grain").standard_normal(shape, dtype=np.float32)
    texture = np.array([TEXTURE.get(Cover(c), 0.035) if c else 0 for c in range(17)], dtype=np.float32)[cover]
    tone = 1 + texture * (0.6 * grain + 0.6 * patchy)
    _sow(land_cover, day, cover, first, second, share, tone, patchy)
    _roofs(land_cover, cover, first)
    _shallows(land_cover, cover, share)
    return Surface(cover, first, second, np.clip(share, 0, 1), np.clip(tone, 0.3, 2))


def _table(column: int) -> Classes:
    return np.array([MADE_OF[Cover(c)][column] if c else 0 for c in range(17)], dtype=np.uint8)


def _sow(
    land_cover: LandCover,
    day: date,
    cover: Classes,
    first: Classes,
    second: Classes,
    share: Field,
    tone: Field,
    patchy: Field,
) -> None:
    """Give the fields their crop's green cover, their own vigour and tone, and bare ones their soil."""
    parcels = land_cover.landscape.parcels
    green = np.array([green_cover(CROPS[p.crop], p.harvest, day) * p.vigour for p in parcels], dtype=np.float32)
    tones = np.array([p.tone for p in parcels], dtype=np.float32)
    ripe = np.array([day.timetuple().tm_yday > CROPS[p.crop].ripening and not CROPS[p.crop].permanent for p in parcels])
    ploughed = np.array([0.5 < p.vigour * p.tone < 0.97 for p in parcels])
    fields = np.isin(cover, (Cover.CROPLAND, Cover.STUBBLE, Cover.ORCHARD))
    ids = land_cover.parcel_ids[fields]
    tone[fields] *= tones[ids]
    growing = cover[fields] != Cover.STUBBLE
    share[fields] = np.where(growing, green[ids] * (1 + 0.08 * patchy[fields]), np.where(ploughed[ids], 0.12, 0.6))
    second[fields] = np.where(growing & (tones[ids] < 0.97), M.DARK_SOIL, second[fields])
    crops = cover == Cover.CROPLAND
    first[crops] = np.where(ripe[land_cover.parcel_ids[crops]], M.RIPE_CROP, M.CROP)


def _roofs(land_cover: LandCover, cover: Classes, first: Classes) -> None:
    """Cover halls with bright sheet, some houses with concrete."""
    mixed = fractal(land_cover.landscape.rng("roofs"), cover.shape, 6, 2)
    houses = cover == Cover.BUILDING
    first[houses & (mixed > 0.9)] = M.CONCRETE
    first[houses & (land_cover.halls) & (mixed > -0.6)] = M.BRIGHT_ROOF


def _shallows(land_cover: LandCover, cover: Classes, share: Field) -> None:
    """Let the sea clear up from the shore outwards, with swirls."""
    terrain = land_cover.landscape.terrain
    swirl = 250 * fractal(land_cover.landscape.rng("swirls"), cover.shape, 90, 4)
    deep = smoothstep(0, 1500, -terrain.coast_m + swirl)
    sea = cover == Cover.SEA
    share[sea] = 0.15 + 0.85 * deep[sea]
