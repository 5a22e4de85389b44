"""STAC facts read off written files: grid (projection extension), bands (raster extension), size and checksum.

Sources: STAC 1.1.0 (common band metadata), projection extension 2.0, raster extension 2.0, file extension 2.1.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.io import DatasetReader
from rasterio.warp import transform_bounds
from shapely.geometry.base import BaseGeometry

PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
RASTER = "https://stac-extensions.github.io/raster/v2.0.0/schema.json"
FILE = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
EO = "https://stac-extensions.github.io/eo/v2.0.0/schema.json"
SAR = "https://stac-extensions.github.io/sar/v1.0.0/schema.json"
SAT = "https://stac-extensions.github.io/sat/v1.0.0/schema.json"
CLASSIFICATION = "https://stac-extensions.github.io/classification/v2.0.0/schema.json"

MEDIA_TYPES = {
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
    ".nc": "application/netcdf",
    ".zarr": "application/vnd.zarr",
    ".zip": "application/zip",
    ".gpkg": "application/geopackage+sqlite3",
    ".geojson": "application/geo+json",
    ".fgb": "application/vnd.flatgeobuf",
    ".json": "application/json",
    ".csv": "text/csv",
    ".png": "image/png",
    ".txt": "text/plain",
    ".md": "text/markdown",
}
_SAMPLE_PIXELS = 1024
_TYPES = {"float32": "float32", "float64": "float64", "bool": "uint8"}


def file_facts(path: Path) -> dict[str, Any]:
    """Return media type, size in bytes and multihash sha-256 of a file, or of all files below a folder in order."""
    digest, size = hashlib.sha256(), 0
    for part in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        with part.open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
                size += len(piece)
    media_type = MEDIA_TYPES.get(path.suffix, "application/octet-stream")
    if path.suffix == ".tif" and not _is_cog(path):
        media_type = "image/tiff; application=geotiff"
    return {"type": media_type, "file:size": size, "file:checksum": f"1220{digest.hexdigest()}"}


def raster_facts(path: Path) -> dict[str, Any]:
    """Return the projection and raster members of a GeoTIFF; statistics are of the stored values, from an overview."""
    with rasterio.open(path) as source:
        transform = list(source.transform)[:6]
        facts: dict[str, Any] = {
            "proj:shape": [source.height, source.width],
            "proj:transform": transform,
            "proj:bbox": list(source.bounds),
            "bands": [_band(source, index) for index in source.indexes],
        }
        code = source.crs.to_epsg() if source.crs else None
        facts["proj:code"] = f"EPSG:{code}" if code else None
        if source.crs and source.crs.is_projected:
            facts["gsd"] = abs(source.transform.a)
        return facts


def footprint(path: Path) -> BaseGeometry:
    """Return the outline of a GeoTIFF's grid as longitude, latitude."""
    with rasterio.open(path) as source:
        west, south, east, north = transform_bounds(source.crs, "EPSG:4326", *source.bounds, densify_pts=21)
        return shapely.box(west, south, east, north)


def _is_cog(path: Path) -> bool:
    with rasterio.open(path) as source:
        return bool(source.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG")


def _band(source: DatasetReader, index: int) -> dict[str, Any]:
    i = index - 1
    band: dict[str, Any] = {
        "name": source.descriptions[i] or f"band{index}",
        "data_type": _TYPES.get(source.dtypes[i], source.dtypes[i]),
        "statistics": _statistics(source, index),
    }
    if source.nodatavals[i] is not None:
        nodata = source.nodatavals[i]
        band["nodata"] = "nan" if np.isnan(nodata) else nodata
    if source.units[i]:
        band["unit"] = source.units[i]
    if source.scales[i] != 1 or source.offsets[i] != 0:
        band |= {"raster:scale": source.scales[i], "raster:offset": source.offsets[i]}
    return band


def _statistics(source: DatasetReader, index: int) -> dict[str, float]:
    step = max(1, max(source.width, source.height) // _SAMPLE_PIXELS)
    shape = (max(1, source.height // step), max(1, source.width // step))
    sample = source.read(index, out_shape=shape, masked=True)
    values: NDArray[Any] = sample.compressed()
    values = values[np.isfinite(values)]
    share = 100.0 * values.size / sample.size
    if not values.size:
        return {"valid_percent": 0.0}
    return {
        "minimum": float(values.min()),
        "maximum": float(values.max()),
        "mean": float(values.mean(dtype=np.float64)),
        "stddev": float(values.std(dtype=np.float64)),
        "valid_percent": round(share, 3),
    }
