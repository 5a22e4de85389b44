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
from eo.sar.terrain_correction import Correction, correct_block

Block = dict[str, NDArray[Any]]
COHERENCE = "coherence"


@dataclass(frozen=True)
class ChangeRecipe:
    """What is done to every block.

    Args:
        backscatter: of the two dates.
        coherence: estimate, on its own images.
        looks: of the coherence estimate, of backscatter.
        land: None where neither is masked out; `keeps` says which stays.
    """

    grid: Grid
    dem: Dem
    backscatter: tuple[Correction, Correction]
    coherence: Correction
    coherence_looks: float
    backscatter_looks: float
    significance: float
    colours: Colours
    limits_db: tuple[float, float]
    land: LandSource | None
    keeps: Literal["land", "sea"]
    outline: BaseGeometry | None


def compute(recipe: ChangeRecipe, window: Window) -> Block:
    """Return every raster of one block, by name; shape (bands, rows, columns)."""
    wide = Window(window.col_off - 1, window.row_off - 1, window.width + 2, window.height + 2)
    grid, heights = recipe.grid.block(wide), recipe.dem.heights(recipe.grid, wide)
    first, second, coherence = (
        correct_block(part, grid, heights, (1, 1)).layers[0] for part in (*recipe.backscatter, recipe.coherence)
    )
    for values in (first, second, coherence):
        values[_masked(recipe, window)] = np.nan
    ratio = log_ratio_db(first, second)
    return {
        "coherence": np.stack([coherence, correct_bias(coherence, recipe.coherence_looks)]),
        "mtc": np.stack([first, second, coherence]),
        "acd": np.stack([first, second, ratio]),
        "change": change_mask(ratio, recipe.backscatter_looks, recipe.significance)[None],
        "mtc_preview": mtc_colours(first, second, coherence, recipe.limits_db),
        "acd_preview": acd_colours(first, second, recipe.colours, recipe.limits_db),
    }


def _masked(recipe: ChangeRecipe, window: Window) -> NDArray[np.bool_]:
    masked = np.zeros((window.height, window.width), np.bool_)
    if recipe.outline is not None:
        masked |= ~inside(recipe.outline, recipe.grid, window)
    if recipe.land is not None:
        land = is_land(recipe.land, recipe.grid, window)
        masked |= ~land if recipe.keeps == "land" else land
    return masked
