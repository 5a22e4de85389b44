"""The grid of a raster: a CRS, a transform and a size; pixels are addressed by windows of blocks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from affine import Affine
from pyproj import CRS, Geod, Transformer
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.errors import NoOverlap
from eo.io.aoi import split_at_antimeridian
from eo.io.images import open_image

_WGS84 = Geod(ellps="WGS84")
_LONGITUDE_LATITUDE = CRS.from_epsg(4326)
_DENSIFY_POINTS = 50


@dataclass(frozen=True)
class Grid:
    """A north-up raster grid.

    Args:
        crs: `EPSG:n` or WKT.
        transform: from (column, row) to map coordinates of the pixel's upper left corner.
        width: pixels from west to east.
        height: pixels from north to south.
    """

    crs: str
    transform: Affine
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as numpy has them."""
        return self.height, self.width

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in map units."""
        return window_bounds(self.transform, 0, 0, self.width, self.height)

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Width and height of a pixel in map units, both positive."""
        return self.transform.a, -self.transform.e

    @cached_property
    def pyproj_crs(self) -> CRS:
        """The CRS for computing with."""
        return CRS.from_user_input(self.crs)

    @property
    def pixel_size_m(self) -> tuple[float, float]:
        """Width and height of a pixel in metres, at the centre of the grid."""
        if self.pyproj_crs.is_projected:
            factor = self.pyproj_crs.axis_info[0].unit_conversion_factor
            return self.pixel_size[0] * factor, self.pixel_size[1] * factor
        per_x, per_y = _metres_per_degree((self.bounds[1] + self.bounds[3]) / 2)
        return self.pixel_size[0] * per_x, self.pixel_size[1] * per_y

    def blocks(self, size: int) -> Iterator[Window]:
        """Yield windows of at most `size`×`size` pixels, row by row."""
        for row in range(0, self.height, size):
            for column in range(0, self.width, size):
                yield Window(column, row, min(size, self.width - column), min(size, self.height - row))

    def block(self, window: Window) -> "Grid":
        """Return the part of the grid under a window (which may reach beyond it)."""
        moved = self.transform @ Affine.translation(window.col_off, window.row_off)
        return Grid(self.crs, moved, int(window.width), int(window.height))

    def footprint(self) -> BaseGeometry:
        """Return the outline as longitude, latitude, its edges densified; split where it reaches across ±180°."""
        box = shapely.box(*self.bounds)
        outline = shapely.segmentize(box, max(box.bounds[2] - box.bounds[0], 1e-9) / _DENSIFY_POINTS)
        found = reproject_geometry(outline, self.crs, "EPSG:4326")
        if found.bounds[2] - found.bounds[0] > 180:
            found = shapely.transform(found, lambda x, y: (np.where(x < 0, x + 360, x), y), interleaved=False)
        return split_at_antimeridian(found)

    def same_lattice(self, other: "Grid") -> bool:
        """Say whether both share CRS, pixel size and the position of pixel corners."""
        if self.pyproj_crs != other.pyproj_crs or self.pixel_size != other.pixel_size:
            return False
        column, row = ~self.transform @ (other.transform.c, other.transform.f)
        return bool(abs(column - round(column)) < 1e-6 and abs(row - round(row)) < 1e-6)


def grid_of(path: str) -> Grid:
    """Return the grid of an image.

    Raises:
        InvalidProduct: it cannot be opened.
    """
    with open_image(path) as source:
        code = source.crs.to_epsg() if source.crs else None
        crs = f"EPSG:{code}" if code else source.crs.to_wkt()
        return Grid(crs, source.transform, source.width, source.height)


def window_bounds(
    transform: Affine, column: int, row: int, width: int, height: int
) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a window of a north-up grid."""
    west, north = transform @ (column, row)
    east, south = transform @ (column + width, row + height)
    return west, south, east, north


def output_grid(source: Grid, resolution_m: float, crs: str | None = None, area: BaseGeometry | None = None) -> Grid:
    """Return the grid of a result: `crs` (that of the source by default), cut to the area, on a lattice of its own.

    Pixel corners lie on whole multiples of the pixel size, counted from the source's corner in the source's CRS (so
    that its own resolutions need no resampling) and from zero in any other.

    Args:
        source: grid of the product.
        resolution_m: pixel size in metres; in a geographic CRS it is converted at the latitude of the area's middle.
        area: lon/lat.

    Raises:
        NoOverlap: the area lies outside the source.
    """
    target = CRS.from_user_input(crs or source.crs)
    same = target == source.pyproj_crs
    outline = shapely.box(*source.bounds) if same else reproject_geometry(_dense(source), source.crs, target)
    if area is not None:
        outline = outline.intersection(_area_in(area, source, target))
        if outline.is_empty or outline.area == 0:
            raise outside(area, source.footprint())
    origin = (source.transform.c, source.transform.f) if same else (0.0, 0.0)
    return _lattice(crs or source.crs, outline, resolution_m, origin)


def grid_over(area: BaseGeometry, resolution_m: float, crs: str) -> Grid:
    """Return the grid that encloses an area (lon/lat), pixel corners on whole multiples of the pixel size."""
    dense = shapely.segmentize(area, max((area.bounds[2] - area.bounds[0]) / _DENSIFY_POINTS, 1e-6))
    return _lattice(crs, reproject_geometry(dense, _LONGITUDE_LATITUDE, crs), resolution_m, (0.0, 0.0))


def outside(area: BaseGeometry, footprint: BaseGeometry) -> NoOverlap:
    """Return what is said of an area (lon/lat) that lies outside of a scene."""

    def words(bounds: tuple[float, ...]) -> str:
        west, south, east, north = bounds
        return f"{west:.3f}…{east:.3f}° E, {south:.3f}…{north:.3f}° N"

    return NoOverlap(
        f"The area ({words(area.bounds)}) lies outside of the scene ({words(footprint.bounds)}).",
        hint="Choose a scene that covers the area, or move the area.",
    )


def reproject_geometry(geometry: BaseGeometry, source: object, target: object) -> BaseGeometry:
    """Return a geometry in another CRS (x before y in both)."""
    transformer = Transformer.from_crs(CRS.from_user_input(source), CRS.from_user_input(target), always_xy=True)
    return shapely.transform(geometry, lambda x, y: transformer.transform(x, y), interleaved=False)


def _dense(source: Grid) -> BaseGeometry:
    outline = shapely.box(*source.bounds)
    west, _, east, _ = source.bounds
    return shapely.segmentize(outline, (east - west) / _DENSIFY_POINTS)


def _area_in(area: BaseGeometry, source: Grid, target: CRS) -> BaseGeometry:
    """Return the area in the target CRS, cut first to the surroundings of the source: projections end somewhere."""
    near = area.intersection(source.footprint().buffer(0.1))
    if near.is_empty:
        raise outside(area, source.footprint())
    dense = shapely.segmentize(near, max((near.bounds[2] - near.bounds[0]) / _DENSIFY_POINTS, 1e-6))
    return reproject_geometry(dense, _LONGITUDE_LATITUDE, target)


def _lattice(crs: str, outline: BaseGeometry, resolution_m: float, origin: tuple[float, float]) -> Grid:
    """Return the grid around an outline in its own CRS."""
    x_size, y_size = _pixel_size(CRS.from_user_input(crs), resolution_m, outline)
    west, south, east, north = outline.bounds
    first, last = _steps(west - origin[0], east - origin[0], x_size)
    bottom, top = _steps(south - origin[1], north - origin[1], y_size)
    transform = Affine(x_size, 0, origin[0] + first * x_size, 0, -y_size, origin[1] + top * y_size)
    return Grid(crs, transform, last - first, top - bottom)


def _pixel_size(crs: CRS, resolution_m: float, outline: BaseGeometry) -> tuple[float, float]:
    if crs.is_projected:
        size = resolution_m / crs.axis_info[0].unit_conversion_factor
        return size, size
    _, south, _, north = outline.bounds
    per_x, per_y = _metres_per_degree((south + north) / 2)
    return resolution_m / per_x, resolution_m / per_y


def _metres_per_degree(latitude: float) -> tuple[float, float]:
    east = _WGS84.inv(0.0, latitude, 0.01, latitude)[2]
    north = _WGS84.inv(0.0, latitude - 0.005, 0.0, latitude + 0.005)[2]
    return east * 100, north * 100


def _steps(low: float, high: float, size: float) -> tuple[int, int]:
    """Return the whole steps that enclose low…high; a hair beyond a step does not ask for another pixel."""
    first = math.floor(low / size + 1e-6)
    return first, max(math.ceil(high / size - 1e-6), first + 1)
