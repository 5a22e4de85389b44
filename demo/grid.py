"""The grid that the landscape is drawn on."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import shapely
from affine import Affine
from pyproj import Transformer
from shapely.geometry import Polygon, box


@dataclass(frozen=True)
class Grid:
    """A north-up raster grid in a projected system in metres; the origin is the upper left corner."""

    epsg: int
    left_m: float
    top_m: float
    width: int
    height: int
    resolution_m: float = 10.0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""
        return self.height, self.width

    @property
    def width_m(self) -> float:
        """Extent from west to east."""
        return self.width * self.resolution_m

    @property
    def height_m(self) -> float:
        """Extent from north to south."""
        return self.height * self.resolution_m

    @property
    def transform(self) -> Affine:
        """Pixel (column, row) to projected (x, y)."""
        return Affine(self.resolution_m, 0, self.left_m, 0, -self.resolution_m, self.top_m)

    @property
    def crs(self) -> str:
        """The projected system, as EPSG:n."""
        return f"EPSG:{self.epsg}"

    @property
    def outline(self) -> Polygon:
        """The extent in projected metres."""
        return box(self.left_m, self.top_m - self.height_m, self.left_m + self.width_m, self.top_m)

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Place a point given as fractions of the extent (from the west, from the north) in metres."""
        return self.left_m + u * self.width_m, self.top_m - v * self.height_m

    def coarser(self, factor: int) -> "Grid":
        """The same extent with `factor` times larger pixels; the size must be divisible by it."""
        if self.width % factor or self.height % factor:
            raise ValueError(f"a grid of {self.width}x{self.height} pixels cannot be {factor} times coarser")
        size = self.width // factor, self.height // factor
        return Grid(self.epsg, self.left_m, self.top_m, *size, self.resolution_m * factor)

    @cached_property
    def _to_lonlat(self) -> Transformer:
        return Transformer.from_crs(self.epsg, 4326, always_xy=True)

    def lonlat(self, geometry: Any) -> Any:
        """Turn a geometry, or an array of them, in projected metres into longitude and latitude (WGS 84)."""
        return shapely.transform(geometry, self._to_lonlat.transform, interleaved=False)
