"""The landscape as a radar image sees it: what falls into each of its pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.landscape import Landscape
from demo.radar_pass import Pass
from eo.io.geoid import geoid_height_m
from eo.io.grid import Grid
from eo.sar.contributing_area import add_area
from eo.sar.geocoding import ImageGeometry, radar_coordinates, to_image
from eo.sar.local_geometry import facing
from eo.sar.zero_doppler import earth_fixed

Layer = NDArray[np.float32]
Floats = NDArray[np.float64]
SLANT_PIECES, GROUND_PIECES = 5, 3
REFLECTORS = ((0.22, 0.62), (0.42, 0.72), (0.35, 0.86), (0.12, 0.55))  # fractions of the extent


@dataclass(frozen=True)
class Relief:
    """The landscape's grid, heights above the ellipsoid, and corner reflectors: longitude, latitude, height (n, 3)."""

    grid: Grid
    heights_m: Layer
    reflectors: Floats

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude."""
        centre = self.grid.footprint().centroid
        return float(centre.x), float(centre.y)

    @property
    def points_m(self) -> Floats:
        """The reflectors, Earth-fixed, (n, 3)."""
        return earth_fixed(*self.reflectors.T)


def relief_of(landscape: Landscape) -> Relief:
    """Return the relief of a landscape."""
    own = landscape.grid
    grid = Grid(own.crs, own.transform, own.width, own.height)
    x, y = own.transform @ np.meshgrid(np.arange(own.width) + 0.5, np.arange(own.height) + 0.5)
    longitude, latitude = own._to_lonlat.transform(x, y)
    heights = np.asarray(landscape.terrain.height_m + geoid_height_m(longitude, latitude), np.float32)
    rows, columns = (np.array([round(f[k] * n) for f in REFLECTORS]) for k, n in ((1, own.height), (0, own.width)))
    places = np.stack([longitude[rows, columns], latitude[rows, columns], heights[rows, columns]], axis=1)
    return Relief(grid, heights, places)


def extent(relief: Relief, flight: Pass) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return first and last time in s, nearest and farthest slant range in m."""
    time_s, slant_m = radar_coordinates(flight.orbit, relief.grid, relief.heights_m)
    return (float(time_s.min()), float(time_s.max())), (float(slant_m.min()), float(slant_m.max()))


def seen(relief: Relief, geometry: ImageGeometry, shape: tuple[int, int], layer: Layer) -> Layer:
    """Return the radar brightness β0 of an image (lines, samples): γ0 of the facets by the area seen of them."""
    pieces = SLANT_PIECES if geometry.ground_range is None else GROUND_PIECES  # closer than the image's pixels
    image = np.zeros(shape, np.float32)
    positions = radar_coordinates(geometry.orbit, relief.grid, relief.heights_m)
    to_image(geometry, positions)
    face = facing(geometry, relief.grid, float(relief.heights_m.mean()))
    add_area(face, relief.heights_m, positions, image, pieces, layer)
    return image
