"""One pixel of rasters and of stacks of composites: no more is read than the blocks that it lies in.

For those who show a place and compute nothing: neither the libraries of cubes nor caches of tiles are loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import transform
from rasterio.windows import Window

from eo.errors import InvalidProduct
from eo.timeseries.periods import Period

VARIABLE = "reflectance"
PERIOD_TAGS = ("PERIOD_START", "PERIOD_END")
_WGS84 = "EPSG:4326"
Place = tuple[float, float]
"""Longitude, latitude in degrees."""


@dataclass(frozen=True)
class PixelSeries:
    """What a pixel was through time.

    Args:
        values: (periods, bands) in the unit of the stack, NaN for no data.
    """

    periods: tuple[Period, ...]
    names: tuple[str, ...]
    values: NDArray[np.float32]


def read_pixel(path: Path, place: Place) -> NDArray[np.float32] | None:
    """Return all bands of a GeoTIFF at a place, scaled, NaN for no data; None beside it.

    Raises:
        InvalidProduct: the file cannot be read.
    """
    with _opened(str(path), "GTiff") as raster:
        return _values(raster, place)


def read_composites(files: Sequence[Path], place: Place) -> PixelSeries | None:
    """Return a pixel of a stack of GeoTIFFs, one a period; None beside them.

    Raises:
        InvalidProduct: a file cannot be read, or does not say of which period it is.
    """
    found: list[tuple[Period, NDArray[np.float32]]] = []
    names: tuple[str, ...] = ()
    for file in files:
        with _opened(str(file), "GTiff") as raster:
            values = _values(raster, place)
            if values is None:
                return None
            names = tuple(d or f"B{n + 1}" for n, d in enumerate(raster.descriptions))
            found.append((_period(raster, file), values))
    found.sort(key=lambda pair: pair[0].start)
    if len({len(values) for _, values in found}) != 1:
        raise InvalidProduct("The composites have different bands.", hint="Make the stack again.")
    return PixelSeries(tuple(p for p, _ in found), names, np.stack([v for _, v in found]))


def read_cube(path: Path, periods: Sequence[Period], names: Sequence[str], place: Place) -> PixelSeries | None:
    """Return a pixel of a stack in one NetCDF or Zarr; None beside it.

    Args:
        periods, names: of the stack, in its order.

    Raises:
        InvalidProduct: the file cannot be read, or holds another number of planes.
    """
    if path.suffix == ".nc":
        with _opened(f'NETCDF:"{path}":{VARIABLE}', "netCDF") as raster:
            planes = _values(raster, place)
    else:
        planes = _zarr(path, len(periods), len(names), place)
    if planes is None:
        return None
    if planes.size != len(periods) * len(names):
        raise InvalidProduct(f"{path.name} has {planes.size} planes, not {len(periods)} × {len(names)}.")
    return PixelSeries(tuple(periods), tuple(names), planes.reshape(len(periods), len(names)))


def _zarr(path: Path, periods: int, bands: int, place: Place) -> NDArray[np.float32] | None:
    found = []
    for period in range(periods):
        for band in range(bands):
            with _opened(f'ZARR:"{path}":/{VARIABLE}:{period}:{band}', "Zarr") as raster:
                value = _values(raster, place)
                if value is None:
                    return None
                found.append(value)
    return np.concatenate(found)


def _opened(address: str, driver: str) -> DatasetReader:
    """Open a raster as what it is said to be and as nothing else."""
    try:
        return rasterio.open(address, driver=driver)
    except RasterioError:
        name = address.strip('":').rpartition("/")[2]
        raise InvalidProduct(f"{name} cannot be read.", hint="Make the result again.") from None


def _values(raster: DatasetReader, place: Place) -> NDArray[np.float32] | None:
    """Return the scaled numbers of all bands at a place."""
    if raster.crs is None:
        raise InvalidProduct("The raster does not say where it lies.", hint="Make the result again.")
    (x,), (y,) = transform(_WGS84, raster.crs, [place[0]], [place[1]])
    if not (np.isfinite(x) and np.isfinite(y)):
        return None
    column, row = (int(np.floor(number)) for number in ~raster.transform @ (x, y))
    if not (0 <= row < raster.height and 0 <= column < raster.width):
        return None
    try:
        stored = raster.read(window=Window(column, row, 1, 1))[:, 0, 0]
    except RasterioError:
        raise InvalidProduct("A block of the raster cannot be read.", hint="Make the result again.") from None
    values = stored.astype(np.float64) * np.array(raster.scales) + np.array(raster.offsets)
    nodata = np.array([np.nan if n is None else n for n in raster.nodatavals])
    values[stored == nodata] = np.nan
    scaled: NDArray[np.float32] = values.astype(np.float32)
    return scaled


def _period(raster: DatasetReader, file: Path) -> Period:
    try:
        start, end = (date.fromisoformat(raster.tags()[tag]) for tag in PERIOD_TAGS)
    except (KeyError, ValueError):
        raise InvalidProduct(f"{file.name} does not say of which period it is.", hint="Make the stack again.") from None
    return Period(start, end)
