"""The height of mean sea level above the WGS 84 ellipsoid: EGM96 on a grid of 15 minutes.

Source: Lemoine et al., The Development of the Joint NASA GSFC and NIMA Geopotential Model EGM96, NASA/TP-1998-206861;
see `eo/data/README.md` for where the grid comes from. Between the nodes it is a cubic
spline, within 0.2 m of the model.
Heights of Copernicus DEM count from EGM2008, which differs from EGM96 by some decimetres, in places by a metre or two.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, spline_filter

Floats = NDArray[np.float64]
GRID = Path(__file__).resolve().parent.parent / "data" / "egm96-15.tif"
_NODES_PER_DEGREE = 4
_WRAP = 8


def geoid_height_m(longitude: Floats | float, latitude: Floats | float) -> Floats:
    """Return the geoid's height above the ellipsoid.

    Args:
        longitude, latitude: degrees, of one shape.
    """
    column = np.mod(np.asarray(longitude, np.float64), 360) * _NODES_PER_DEGREE + _WRAP
    row = (90 - np.asarray(latitude, np.float64)) * _NODES_PER_DEGREE
    places = np.stack(np.broadcast_arrays(row, column))
    found = map_coordinates(_spline(), places.reshape(2, -1), order=3, mode="nearest", prefilter=False)
    return np.asarray(found.reshape(places.shape[1:]), np.float64)


@lru_cache(maxsize=1)
def _spline() -> Floats:
    """Return the spline's coefficients; rows from 90° N, columns from 0° E, some of them again at either end."""
    with rasterio.open(GRID) as source:
        heights = source.read(1) * source.scales[0] + source.offsets[0]
    wrapped = np.concatenate([heights[:, -_WRAP:], heights, heights[:, : _WRAP + 1]], axis=1)
    return np.asarray(spline_filter(wrapped, order=3), np.float64)
