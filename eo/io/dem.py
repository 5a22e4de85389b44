"""Heights of the ground from tiles on disk, on any map grid, above the WGS 84 ellipsoid.

Tiles in longitude and latitude lie side by side on one lattice (Copernicus GLO-30, SRTM); what is on another is
resampled onto it. The mosaic of a block is made first and interpolated then, so that tiles leave no seams.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.fill import fillnodata
from rasterio.warp import Resampling, reproject
from rasterio.windows import Window, from_bounds
from scipy.ndimage import label
from shapely.geometry.base import BaseGeometry

from eo.errors import MissingDem
from eo.io.aoi import geodesic_area_km2
from eo.io.geoid import Floats, geoid_height_m
from eo.io.grid import Grid, grid_of, reproject_geometry
from eo.io.height_kernel import lay_heights
from eo.io.safe import parse_xml
from eo.io.tile_cache import opened, read_window

Heights = NDArray[np.float32]
HeightsAbove = Literal["geoid", "ellipsoid"]
LARGEST_HOLE_PIXELS = 32
_MARGIN_PIXELS = 3
_LOOKED_AT = 512
NODE_PIXELS = 32
_LONLAT = "EPSG:4326"
_SRTM = re.compile(r"[NS]\d{2}[EW]\d{3}\.hgt(\.zip)?", re.IGNORECASE)


@dataclass(frozen=True)
class DemTile:
    """One file: what GDAL opens, its grid, its outline in longitude and latitude, the number that means no data."""

    path: str
    grid: Grid
    outline: BaseGeometry
    nodata: float | None


@dataclass(frozen=True)
class Dem:
    """Tiles that cover some of the Earth.

    Args:
        above: what the stored heights count from.
    """

    tiles: tuple[DemTile, ...]
    above: HeightsAbove = "geoid"

    def heights(self, grid: Grid, window: Window) -> Heights:
        """Return heights above the ellipsoid in m on a block of a grid, shape (rows, columns), bilinear.

        Where no tile is, and where a hole is too wide to be filled, lies the sea: the height of the geoid.
        """
        block = grid.block(window)
        x, y, longitude, latitude = _nodes(block)
        geoid = geoid_height_m(longitude, latitude)
        out = np.empty(block.shape, np.float32)
        mosaic = self._mosaic(block)
        if mosaic is None:
            lay_heights(np.full((2, 2), np.nan, np.float32), x * 0, y * 0, geoid, NODE_PIXELS, False, out)
            return out
        values, transform, crs = mosaic
        if crs != _LONLAT:
            longitude, latitude = Transformer.from_crs(block.crs, crs, always_xy=True).transform(x, y)
        columns, rows = ~transform @ (longitude, latitude)
        lay_heights(_without_holes(values), rows - 0.5, columns - 0.5, geoid, NODE_PIXELS, self.above == "geoid", out)
        return out

    def missing(self, area: BaseGeometry) -> BaseGeometry:
        """Return the part of an area (lon/lat) without tiles; empty where they cover all of it."""
        return shapely.difference(area, shapely.union_all([tile.outline for tile in self.tiles]))

    def hole_percent(self, area: BaseGeometry) -> float:
        """Return how much of an area (lon/lat) lies in holes of tiles, told from a thinned-out look at them."""
        unknown = seen = 0
        for tile in self.tiles:
            part = tile.outline.intersection(area)
            if part.is_empty or part.area == 0:
                continue
            bounds = reproject_geometry(part, _LONLAT, tile.grid.crs).bounds
            window = from_bounds(*bounds, tile.grid.transform).intersection(Window(0, 0, *tile.grid.shape[::-1]))
            shape = tuple(max(1, min(_LOOKED_AT, int(n))) for n in (window.height, window.width))
            values = opened(tile.path).read(1, window=window, out_shape=shape, masked=True)
            unknown += int(np.ma.getmaskarray(values).sum()) + int(np.isnan(np.ma.getdata(values)).sum())
            seen += values.size
        return 100 * unknown / seen if seen else 0.0

    def require(self, area: BaseGeometry, least_percent: float = 1.0) -> None:
        """Refuse an area that the tiles do not touch, or hardly.

        The sea has no tiles, so a part that is missing is no error by itself.

        Raises:
            MissingDem: says what there is, and which degrees are wanted.
        """
        share = 100 * (1 - geodesic_area_km2(self.missing(area)) / geodesic_area_km2(area))
        if share < least_percent:
            wanted = ", ".join(degrees_of(area)[:12])
            raise MissingDem(
                f"The heights cover {share:.0f} % of the area. Wanted are the tiles {wanted}.",
                hint="Add these tiles, or ask for a flat Earth.",
            )

    def _mosaic(self, block: Grid) -> tuple[Heights, Affine, str] | None:
        """Return the heights under a block on the lattice of its first tile, some pixels wider."""
        around = shapely.box(*block.footprint().bounds).buffer(0.01)
        met = [tile for tile in self.tiles if tile.outline.intersects(around)]
        if not met:
            return None
        lattice = met[0].grid
        bounds = reproject_geometry(shapely.segmentize(block.footprint(), 0.05), _LONLAT, lattice.crs).bounds
        transform, shape = _frame(lattice.transform, bounds)
        mosaic = np.full(shape, np.nan, np.float32)
        for tile in met:
            _lay(tile, mosaic, transform, lattice)
        return mosaic, transform, lattice.crs


def open_dem(path: str | Path, above: HeightsAbove = "geoid") -> Dem:
    """Find the tiles at a path: a GeoTIFF, an SRTM `.hgt` (zipped or not), a VRT or a folder of these.

    Of a VRT the files that it names are taken, as they are: it is a list of tiles here, nothing more.

    Raises:
        MissingDem: there are none.
        InvalidProduct: one of them cannot be opened.
    """
    path = Path(path)
    files = _files(path)
    if not files:
        raise MissingDem(
            f"There are no heights at {path}.", hint="Give a GeoTIFF, an SRTM .hgt, a VRT, or a folder with such tiles."
        )
    return Dem(tuple(_tile(file) for file in files), above)


def degrees_of(area: BaseGeometry) -> list[str]:
    """Return the names of the one-degree tiles that an area lies on, as N49E011."""
    west, south, east, north = area.bounds
    corners = [
        (x, y)
        for y in range(math.floor(south), math.ceil(north))
        for x in range(math.floor(west), math.ceil(east))
        if area.intersects(shapely.box(x, y, x + 1, y + 1))
    ]
    return [f"{'N' if y >= 0 else 'S'}{abs(y):02d}{'E' if x >= 0 else 'W'}{abs(x):03d}" for x, y in corners]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if _is_tile(p))
    if not path.exists():
        return []
    return _named_by(path) if path.suffix.lower() == ".vrt" else [path]


def _named_by(vrt: Path) -> list[Path]:
    """Return the files that a VRT names, in its order.

    Raises:
        InvalidProduct: not XML.
        MissingDem: a file that is not there.
    """
    nodes = list(parse_xml(vrt.read_bytes(), vrt.name).iter("SourceFilename"))
    relative = [(node.text or "", node.get("relativeToVRT") == "1") for node in nodes]
    files = list(dict.fromkeys(vrt.parent / name if beside else Path(name) for name, beside in relative))
    lost = [file.name for file in files if not file.is_file()]
    if lost:
        raise MissingDem(f"{vrt.name} names {', '.join(lost[:5])}, which is not there.", hint="Make the VRT again.")
    return files


def _is_tile(path: Path) -> bool:
    return path.suffix.lower() in (".tif", ".tiff") or bool(_SRTM.fullmatch(path.name))


@lru_cache(maxsize=4096)
def _tile(path: Path) -> DemTile:
    zipped = path.suffix.lower() == ".zip"
    name = f"/vsizip/{{{path.absolute()}}}/{path.stem}" if zipped else str(path)
    grid = grid_of(name)
    outline = shapely.box(*grid.bounds)
    if grid.pyproj_crs.to_epsg() != 4326:
        outline = reproject_geometry(
            shapely.segmentize(outline, (grid.bounds[2] - grid.bounds[0]) / 20), grid.crs, _LONLAT
        )
    return DemTile(name, grid, outline, opened(name).nodata)


def _frame(lattice: Affine, bounds: Sequence[float]) -> tuple[Affine, tuple[int, int]]:
    """Return the part of a lattice that encloses bounds, with a margin."""
    west, south, east, north = bounds
    first_column = math.floor((west - lattice.c) / lattice.a) - _MARGIN_PIXELS
    first_row = math.floor((north - lattice.f) / lattice.e) - _MARGIN_PIXELS
    columns = math.ceil((east - lattice.c) / lattice.a) + _MARGIN_PIXELS - first_column
    rows = math.ceil((south - lattice.f) / lattice.e) + _MARGIN_PIXELS - first_row
    return lattice @ Affine.translation(first_column, first_row), (rows, columns)


def _lay(tile: DemTile, mosaic: Heights, transform: Affine, lattice: Grid) -> None:
    """Put a tile's heights where the mosaic has none yet."""
    if tile.grid.same_lattice(lattice):
        column, row = ~tile.grid.transform @ (transform.c, transform.f)
        window = Window(round(column), round(row), mosaic.shape[1], mosaic.shape[0])
        values = read_window(tile.path, 1, window, math.nan if _is_float(tile) else _fill(tile)).astype(np.float32)
        if not _is_float(tile) or tile.nodata is not None:
            values[values == np.float32(_fill(tile))] = np.nan
    else:
        values = _resampled(tile, mosaic.shape, transform, lattice)
    empty = np.isnan(mosaic)
    mosaic[empty] = values[empty]


def _resampled(tile: DemTile, shape: tuple[int, ...], transform: Affine, lattice: Grid) -> Heights:
    source = opened(tile.path).read(1).astype(np.float32)
    if tile.nodata is not None:
        source[source == np.float32(tile.nodata)] = np.nan
    values = np.full(shape, np.nan, np.float32)
    reproject(
        source,
        values,
        src_transform=tile.grid.transform,
        src_crs=tile.grid.crs,
        src_nodata=np.nan,
        dst_transform=transform,
        dst_crs=lattice.crs,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return values


def _is_float(tile: DemTile) -> bool:
    return bool(np.dtype(opened(tile.path).dtypes[0]).kind == "f")


def _fill(tile: DemTile) -> float:
    """Return what stands for no data: the file's own number, else the usual one."""
    return -32768.0 if tile.nodata is None else float(tile.nodata)


def _without_holes(heights: Heights) -> Heights:
    """Fill holes that are narrow; wide ones, and the sea, stay."""
    known = np.isfinite(heights)
    if known.all() or not known.any():
        return heights
    filled = fillnodata(np.nan_to_num(heights), known.astype(np.uint8), max_search_distance=LARGEST_HOLE_PIXELS / 2)
    holes, count = label(~known)
    if not count:
        return heights
    at_border = np.unique(np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]]))
    inside = ~known & ~np.isin(holes, at_border)
    return np.where(inside & (filled != 0), filled, heights).astype(np.float32)


def _nodes(block: Grid) -> tuple[Floats, Floats, Floats, Floats]:
    """Return map coordinates, longitude and latitude of every 32nd pixel centre, one beyond the block at the end."""
    columns, rows = (np.arange(0, n + NODE_PIXELS, NODE_PIXELS) + 0.5 for n in (block.width, block.height))
    x, y = np.meshgrid(block.transform.c + columns * block.transform.a, block.transform.f + rows * block.transform.e)
    return x, y, *Transformer.from_crs(block.crs, _LONLAT, always_xy=True).transform(x, y)
