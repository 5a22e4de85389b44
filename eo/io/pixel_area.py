"""True areas of pixels, on the ellipsoid (Karney 2013): map projections and degrees make them larger and smaller."""

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from eo.io.grid import Grid

SQUARE_METRES_PER_HECTARE = 10_000
_WGS84 = Geod(ellps="WGS84")
_STEPS = 8


def row_areas_m2(grid: Grid) -> NDArray[np.float64]:
    """Return the area of the middle pixel of each row, in square metres.

    Exact in some rows and interpolated between: along a block the area changes by less than a millionth of what it is.
    """
    transformer = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    rows = np.unique(np.linspace(0, grid.height - 1, min(grid.height, _STEPS)).round())
    column = grid.width // 2
    exact = []
    for row in rows:
        corners = [(column, row), (column, row + 1), (column + 1, row + 1), (column + 1, row)]
        x, y = zip(*(grid.transform @ corner for corner in corners), strict=True)
        exact.append(abs(_WGS84.polygon_area_perimeter(*transformer.transform(x, y))[0]))
    areas: NDArray[np.float64] = np.interp(np.arange(grid.height), rows, exact)
    return areas
