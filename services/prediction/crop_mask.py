"""Crop masks: polygons or a raster that say which pixels are worth classifying."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidProduct, NoOverlap
from eo.io.grid import Grid, grid_of, reproject_geometry
from eo.io.product import RasterSource
from eo.io.vectors import read_geometries
from eo.io.warp import read_block


class CropMask(Protocol):
    """Says which pixels of a block are wanted."""

    def wanted(self, grid: Grid, window: Window) -> NDArray[np.bool_]:
        """Return (rows, columns) of a block of the grid."""


class EverywhereMask:
    """Wants every pixel."""

    def wanted(self, grid: Grid, window: Window) -> NDArray[np.bool_]:
        """Return true all over."""
        return np.ones((int(window.height), int(window.width)), np.bool_)


@dataclass(frozen=True)
class PolygonMask:
    """Wants pixels whose centre lies in one of the polygons, which are in the CRS of the grid."""

    polygons: Sequence[BaseGeometry]

    def wanted(self, grid: Grid, window: Window) -> NDArray[np.bool_]:
        """Return where polygons are."""
        block = grid.block(window)
        bounds = shapely.bounds(np.array(self.polygons, object))
        west, south, east, north = block.bounds
        near = (bounds[:, 0] < east) & (bounds[:, 2] > west) & (bounds[:, 1] < north) & (bounds[:, 3] > south)
        shapes = [(polygon, 1) for polygon, is_near in zip(self.polygons, near, strict=True) if is_near]
        if not shapes:
            return np.zeros(block.shape, np.bool_)
        burnt = rasterize(shapes, out_shape=block.shape, transform=block.transform, fill=0, dtype="uint8")
        return np.asarray(burnt == 1)


@dataclass(frozen=True)
class RasterMask:
    """Wants pixels where a raster (its nearest pixel) is neither 0 nor no data."""

    source: RasterSource

    def wanted(self, grid: Grid, window: Window) -> NDArray[np.bool_]:
        """Return where the raster says so."""
        values = read_block(self.source, grid, window, "nearest")
        return np.asarray((values != 0) & (values != self.source.nodata))


def open_mask(polygons: str | None, raster: str | None, grid: Grid) -> CropMask:
    """Open the crop mask of a run, or one that wants everything.

    Raises:
        InvalidVector: a file of polygons that cannot be read.
        InvalidProduct: a raster that is none, or has no whole numbers.
        NoOverlap: the mask lies elsewhere.
    """
    if polygons is not None:
        return _polygons(Path(polygons), grid)
    if raster is not None:
        return _raster(Path(raster), grid)
    return EverywhereMask()


def _polygons(path: Path, grid: Grid) -> PolygonMask:
    found = [g for g in read_geometries(path) if shapely.get_dimensions(g) == 2]
    if not found:
        raise InvalidProduct(f"{path.name} holds no polygons.", hint="A crop mask is made of polygons.")
    near = [g for g in found if g.intersects(grid.footprint())]
    if not near:
        raise _elsewhere(path, shapely.union_all([shapely.box(*g.bounds) for g in found]), grid)
    return PolygonMask([reproject_geometry(g, "EPSG:4326", grid.crs) for g in near])


def _raster(path: Path, grid: Grid) -> RasterMask:
    file = raster_of(path)
    own = grid_of(str(file))
    if not own.footprint().intersects(grid.footprint()):
        raise _elsewhere(file, own.footprint(), grid)
    with rasterio.open(file) as source:
        return RasterMask(RasterSource(str(file), 1, own.pixel_size_m[0], source.nodata))


def raster_of(path: Path) -> Path:
    """Return the raster of whole numbers behind a path: the file itself, or a folder's only one with a single band.

    A folder with a `crop_map.tif` stands for that.

    Raises:
        InvalidProduct: none there, several, or no whole numbers.
    """
    if path.is_file():
        if not _is_whole(path):
            raise InvalidProduct(f"{path.name} has no whole numbers.", hint="A crop mask is 0 or another whole number.")
        return path
    if (path / "crop_map.tif").is_file():
        return path / "crop_map.tif"
    found = [file for file in sorted(path.glob("*.tif")) if _is_whole(file, single=True)]
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        raise InvalidProduct(
            f"{path.name} should hold one raster of whole numbers to be a crop mask; there is: {names}.",
            hint="Name the file itself.",
        )
    return found[0]


def _is_whole(path: Path, *, single: bool = False) -> bool:
    try:
        with rasterio.open(path) as source:
            return np.dtype(source.dtypes[0]).kind in "iu" and (source.count == 1 or not single)
    except rasterio.errors.RasterioError as error:
        raise InvalidProduct(f"{path.name} cannot be opened as a raster: {error}.") from None


def _elsewhere(path: Path, mask: BaseGeometry, grid: Grid) -> NoOverlap:
    def words(bounds: tuple[float, ...]) -> str:
        west, south, east, north = bounds
        return f"{west:.3f}…{east:.3f}° E, {south:.3f}…{north:.3f}° N"

    return NoOverlap(
        f"The crop mask {path.name} ({words(mask.bounds)}) lies elsewhere than the stack "
        f"({words(grid.footprint().bounds)}).",
        hint="Give a mask of the same place, or none.",
    )
