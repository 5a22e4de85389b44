"""What the demo world knows for certain: rasters and vectors to hold results against."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from demo.changes import ChangeKind
from demo.crops import CROPS
from demo.grid import Grid
from demo.landcover import Cover, LandCover
from demo.landscape import Landscape

Feature = tuple[BaseGeometry, dict[str, Any]]
RASTERS = ("landcover_before", "landcover_after", "change", "change_kind", "height_m")
VECTORS = ("changes", "fields", "features")
COLOURS = {
    Cover.SEA: 0x1F4E79, Cover.LAKE: 0x2E75B6, Cover.RIVER: 0x5B9BD5, Cover.BEACH: 0xF6E5B5,
    Cover.BROADLEAF_FOREST: 0x2E7D32, Cover.CONIFER_FOREST: 0x1B5E20, Cover.PASTURE: 0xA5C96B,
    Cover.CROPLAND: 0xE6C65C, Cover.STUBBLE: 0xD9B38C, Cover.ORCHARD: 0x9C8A3C, Cover.ROAD: 0x4A4A4A,
    Cover.BUILDING: 0xC0392B, Cover.PAVED: 0x9E9E9E, Cover.URBAN_GREEN: 0x7CB342, Cover.FLOOD: 0x8E7CC3,
    Cover.CLEARED: 0x8D6E63,
}  # fmt: skip


def write_truth(folder: Path, land_cover: LandCover, before: date, after: date) -> None:
    """Write land cover, change, kind of change and heights as GeoTIFF; changes, fields and features as GeoJSON."""
    landscape, grid = land_cover.landscape, land_cover.landscape.grid
    folder.mkdir(parents=True, exist_ok=True)
    kinds = land_cover.change_kinds(before, after)
    palette = {int(cover): ((rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255, 255) for cover, rgb in COLOURS.items()}
    write_raster(folder / "landcover_before.tif", land_cover.on(before), grid, palette)
    write_raster(folder / "landcover_after.tif", land_cover.on(after), grid, palette)
    write_raster(folder / "change.tif", (kinds > 0).astype(np.uint8), grid)
    write_raster(folder / "change_kind.tif", kinds, grid)
    write_raster(folder / "height_m.tif", landscape.terrain.height_m, grid)
    write_vector(folder / "changes.geojson", grid, _changes(kinds, grid))
    write_vector(folder / "fields.geojson", grid, _fields(landscape))
    write_vector(folder / "features.geojson", grid, _features(landscape))


def write_raster(
    path: Path, values: NDArray[Any], grid: Grid, palette: dict[int, tuple[int, int, int, int]] | None = None
) -> None:
    """Write one band, with a colour table where one is given."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=grid.width,
        height=grid.height,
        count=1,
        dtype=values.dtype,
        crs=grid.crs,
        transform=grid.transform,
        compress="deflate",
        tiled=True,
    ) as target:
        target.write(values, 1)
        if palette:
            target.write_colormap(1, palette)


def write_vector(path: Path, grid: Grid, features: Iterable[Feature]) -> None:
    """Write geometries with their properties as GeoJSON: longitude and latitude, seven decimals (a centimetre)."""
    geometries, properties = zip(*features, strict=True)
    placed = shapely.to_geojson(shapely.set_precision(grid.lonlat(np.array(geometries)), 1e-7, mode="pointwise"))
    rows = [
        f'{{"type":"Feature","properties":{json.dumps(values)},"geometry":{geometry}}}'
        for values, geometry in zip(properties, placed, strict=True)
    ]
    path.write_text('{"type":"FeatureCollection","features":[\n' + ",\n".join(rows) + "\n]}\n", encoding="utf-8")


def _changes(kinds: NDArray[np.uint8], grid: Grid) -> Iterable[Feature]:
    """The changed pixels as polygons, so that they agree with the raster to the pixel."""
    for outline, value in shapes(kinds, mask=kinds > 0, transform=grid.transform):
        area = shape(outline)
        yield area, {"kind": ChangeKind(int(value)).name.lower(), "value": int(value), "area_m2": area.area}


def _fields(landscape: Landscape) -> Iterable[Feature]:
    """Every field with its crop, and the day of the year on which it is cut."""
    for number, parcel in enumerate(landscape.parcels):
        crop = CROPS[parcel.crop]
        yield parcel.outline, {"id": number, "crop": crop.name, "harvest": None if crop.permanent else parcel.harvest}


def _features(landscape: Landscape) -> Iterable[Feature]:
    """Settlements, roads, the power line and the river."""
    extent = landscape.grid.outline
    for place in landscape.settlements:
        yield place.outline, {"kind": place.kind, "name": place.name}
    for road in landscape.roads:
        yield road.line.intersection(extent), {"kind": "road", "highway": road.kind}
    yield landscape.power.intersection(extent), {"kind": "power", "power": "line"}
    yield landscape.terrain.river_line.intersection(extent), {"kind": "river", "waterway": "river"}
