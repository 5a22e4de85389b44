"""Which pixels are land: Natural Earth's polygons, the water class of a scene classification, or a user's polygons."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidVector, MissingBand
from eo.io.grid import Grid, reproject_geometry
from eo.io.product import Product, RasterSource
from eo.io.warp import read_block
from eo.optical.masks import SCL_WATER

LandSourceName = Literal["natural_earth", "scl", "vector"]
_MARGIN_DEG = 0.1


@dataclass(frozen=True)
class LandSource:
    """Where land is known from: polygons in the grid's CRS, or a scene classification."""

    polygons: BaseGeometry | None = None
    scl: RasterSource | None = None


def land_source(
    name: LandSourceName, product: Product, grid: Grid, resolution_m: float, vector: str | None = None
) -> LandSource:
    """Prepare one way of telling land from sea on a grid.

    Raises:
        MissingBand: the product has no scene classification.
        InvalidVector: no polygons there that can be used.
    """
    if name == "scl":
        scl = product.layer("SCL", resolution_m)
        if scl is None:
            raise MissingBand(
                f"{product.name} has no scene classification (SCL) to tell water from land.",
                hint="Take land from natural_earth or from a vector file.",
            )
        return LandSource(scl=scl)
    if name == "vector":
        if not vector:
            raise InvalidVector("There is no vector file of land.", hint="Name one with land_vector.")
        return LandSource(polygons=vector_land(Path(vector), grid))
    return LandSource(polygons=natural_earth_land(grid))


def is_land(source: LandSource, grid: Grid, window: Window) -> NDArray[np.bool_]:
    """Say which pixels of a block are land, by the centre of the pixel."""
    if source.scl is not None:
        return np.asarray(read_block(source.scl, grid, window, "nearest") != SCL_WATER, np.bool_)
    return inside(source.polygons, grid, window)


def inside(polygons: BaseGeometry | None, grid: Grid, window: Window) -> NDArray[np.bool_]:
    """Say which pixels of a block have their centre inside of polygons in the grid's CRS."""
    block = grid.block(window)
    part = shapely.clip_by_rect(polygons, *block.bounds) if polygons is not None else None
    if part is None or part.is_empty or part.area == 0:
        return np.zeros(block.shape, np.bool_)
    return np.asarray(rasterize([part], block.shape, transform=block.transform, dtype="uint8"), np.bool_)


def natural_earth_land(grid: Grid) -> BaseGeometry:
    """Return the land of Natural Earth 1:10 m around a grid, in its CRS."""
    tree, polygons = _natural_earth()
    parts: list[BaseGeometry] = []
    for outline in shapely.get_parts(grid.footprint()):
        around = outline.buffer(_MARGIN_DEG).bounds
        near = polygons[tree.query(shapely.box(*around))]
        parts += list(shapely.make_valid(shapely.clip_by_rect(near, *around)))
    return _on_grid(shapely.union_all(parts), "EPSG:4326", grid)


def vector_land(path: Path, grid: Grid) -> BaseGeometry:
    """Return the polygons of a vector file, in the grid's CRS.

    Raises:
        InvalidVector: cannot be read, has no CRS, or holds no polygons.
    """
    try:
        meta, _, geometry, _ = pyogrio.raw.read(path, columns=[])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, ValueError) as error:
        raise InvalidVector(f"{path.name} cannot be read as a vector file: {error}", hint="Use GeoPackage.") from None
    if not meta["crs"]:
        raise InvalidVector(f"{path.name} does not say its CRS.", hint="Save it with a CRS, as GeoPackage for example.")
    shapes = shapely.make_valid(shapely.force_2d(shapely.from_wkb(geometry))) if geometry is not None else []
    polygons = [s for s in shapes if s is not None and s.geom_type in ("Polygon", "MultiPolygon")]
    if not polygons:
        raise InvalidVector(f"{path.name} holds no polygons.", hint="Give polygons of land.")
    return _on_grid(shapely.union_all(polygons), meta["crs"], grid)


def _on_grid(geometry: BaseGeometry, crs: Any, grid: Grid) -> BaseGeometry:
    west, _, east, _ = geometry.bounds if not geometry.is_empty else (0.0, 0.0, 1.0, 1.0)
    dense = shapely.segmentize(geometry, max((east - west) / 500, 1e-6))
    return shapely.make_valid(reproject_geometry(dense, crs, grid.crs))


@cache
def _natural_earth() -> tuple[shapely.STRtree, NDArray[Any]]:
    packed = (files("eo") / "data" / "land-10m.json.gz").read_bytes()
    polygons = np.array(decode_topology(json.loads(gzip.decompress(packed)), "land"), object)
    return shapely.STRtree(polygons), polygons


def decode_topology(topology: Any, name: str) -> list[BaseGeometry]:
    """Return the polygons of one object of a TopoJSON document; they are as valid as they were drawn.

    Arcs are quantised and delta-encoded; a negative number names an arc run backwards (TopoJSON 1.0, sections 2.1.2
    to 2.1.4).
    """
    scale, translate = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + translate for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> NDArray[np.float64]:
        parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
        return np.concatenate([parts[0], *(p[1:] for p in parts[1:])])

    found: list[BaseGeometry] = []
    for geometry in topology["objects"][name]["geometries"]:
        members = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        found += [shapely.Polygon(ring(rings[0]), [ring(r) for r in rings[1:]]) for rings in members]
    return found
