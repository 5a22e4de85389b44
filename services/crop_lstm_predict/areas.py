"""How much ground each class covers: pixels counted block by block, with their true areas."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.io.grid import Grid
from eo.io.pixel_area import SQUARE_METRES_PER_HECTARE, row_areas_m2
from eo.learning.card import CropClass
from eo.learning.inference import CLASS_NODATA


class AreaCounts:
    """Pixels and square metres by class value, added up over blocks."""

    def __init__(self) -> None:
        self._pixels = np.zeros(256, np.int64)
        self._square_m = np.zeros(256)

    def add(self, classes: NDArray[np.uint8], block: Grid) -> None:
        """Count (rows, columns) of class values on a block."""
        weights = np.repeat(row_areas_m2(block), block.width)
        self._pixels += np.bincount(classes.ravel(), minlength=256)
        self._square_m += np.bincount(classes.ravel(), weights, minlength=256)

    @property
    def classified(self) -> int:
        """How many pixels have a class."""
        return int(self._pixels[:CLASS_NODATA].sum())

    def table(self, classes: Sequence[CropClass]) -> dict[str, Any]:
        """Return the areas as JSON: per class pixels, hectares, and the share of all that has a class."""
        total = self._square_m[:CLASS_NODATA].sum()
        rows = [
            {
                "value": c.value,
                "name": c.name,
                "colour": c.colour,
                "pixels": int(self._pixels[c.value]),
                "area_ha": round(float(self._square_m[c.value]) / SQUARE_METRES_PER_HECTARE, 4),
                "share": round(float(self._square_m[c.value] / total), 6) if total else 0.0,
            }
            for c in classes
        ]
        return {
            "classes": rows,
            "classified": {"pixels": self.classified, "area_ha": _hectares(total)},
            "no_data": {
                "pixels": int(self._pixels[CLASS_NODATA]),
                "area_ha": _hectares(self._square_m[CLASS_NODATA]),
            },
            "unit": "ha",
            "method": "Pixels of the map with their areas on the WGS 84 ellipsoid.",
        }


def _hectares(square_m: float) -> float:
    return round(float(square_m) / SQUARE_METRES_PER_HECTARE, 4)
