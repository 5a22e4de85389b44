"""Every raster of one block of the map: backscatter of both dates, coherence, change and colours."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.io.dem import Dem
from eo.io.grid import Grid
from eo.io.land import LandSource, inside, is_land
from eo.sar.change_composites import Colours, acd_colours, change_mask, log_ratio_db, mtc_colours
from eo.sar.coherence import correct_bias
from eo.sar.geocoding import radar_coordinates
from eo.sar.terrain_correction import Correction, correct_block

Block = dict[str, NDArray[Any]]
Layer = NDArray[np.float32]
COHERENCE = "coherence"


@dataclass(frozen=True)
class Composition:
    """What is made of backscatter of two dates and coherence.

    Args:
        coherence_looks, backscatter_looks: of the coherence estimate, of backscatter.
        land: None where neither is masked out; `keeps` says which stays.
        outline: what is kept, in the grid's CRS; None for all.
    """

    grid: Grid
    coherence_looks: float
    backscatter_looks: float
    significance: float
    colours: Colours
    limits_db: tuple[float, float]
    land: LandSource | None
    keeps: Literal["land", "sea"]
    outline: BaseGeometry | None


@dataclass(frozen=True)
class ChangeRecipe:
    """Where backscatter of the two dates and coherence come from in the native engine, and what is made of them."""

    dem: Dem
    backscatter: tuple[Correction, Correction]
    coherence: Correction
    composition: Composition


def compute(recipe: ChangeRecipe, window: Window) -> Block:
    """Return every raster of one block, by name; shape (bands, rows, columns)."""
    whole = recipe.composition.grid
    wide = Window(window.col_off - 1, window.row_off - 1, window.width + 2, window.height + 2)
    grid, heights = whole.block(wide), recipe.dem.heights(whole, wide)
    orbits = [part.images[0].geometry.orbit for part in recipe.backscatter]
    of_first, of_second = (radar_coordinates(orbit, grid, heights) for orbit in orbits)
    first, second, coherence = (
        correct_block(part, grid, heights, (1, 1), coordinates).layers[0]
        for part, coordinates in zip(
            (*recipe.backscatter, recipe.coherence), (of_first, of_second, of_first), strict=True
        )
    )
    return compose(recipe.composition, window, first, second, coherence)


def compose(composition: Composition, window: Window, first: Layer, second: Layer, coherence: Layer) -> Block:
    """Return every raster of one block from backscatter of both dates and coherence, whose masked pixels it empties."""
    masked = _masked(composition, window)
    for values in (first, second, coherence):
        values[masked] = np.nan
    ratio = log_ratio_db(first, second)
    return {
        "coherence": np.stack([coherence, correct_bias(coherence, composition.coherence_looks)]),
        "mtc": np.stack([first, second, coherence]),
        "acd": ratio[None],
        "change": change_mask(ratio, composition.backscatter_looks, composition.significance)[None],
        "mtc_preview": mtc_colours(first, second, coherence, composition.limits_db),
        "acd_preview": acd_colours(first, second, composition.colours, composition.limits_db),
    }


def _masked(composition: Composition, window: Window) -> NDArray[np.bool_]:
    masked = np.zeros((window.height, window.width), np.bool_)
    if composition.outline is not None:
        masked |= ~inside(composition.outline, composition.grid, window)
    if composition.land is not None:
        land = is_land(composition.land, composition.grid, window)
        masked |= ~land if composition.keeps == "land" else land
    return masked
