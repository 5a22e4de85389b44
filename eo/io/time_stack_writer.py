"""Write stacks of composites block by block: one file per period, or one cube with CF time.

As files: one cloud-optimised GeoTIFF per period (tags say the period, band descriptions the bands), or one NetCDF or
Zarr with a variable (time, band, y, x) and CF time, bounds included (CF-1.11, sections 4.4 and 7.1).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol

import netCDF4
import numpy as np
import zarr
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io import cf
from eo.io.band_spec import BandSpec
from eo.io.grid import Grid
from eo.io.netcdf_image import NETCDF_LOCK
from eo.io.raster_writer import RasterWriter, create_raster
from eo.io.time_stack import EPOCH, PERIOD_TAGS, PREFIX, VARIABLE
from eo.optical.reflectance import NODATA
from eo.timeseries.periods import Period

StackFormat = Literal["COG", "NetCDF", "Zarr"]
_CHUNK_PIXELS = 256


class StackWriter(Protocol):
    """Takes the blocks of a stack. Used by one thread."""

    def write(self, window: Window, values: NDArray[np.uint16]) -> None:
        """Write (periods, bands, rows, columns) at a window."""


@contextmanager
def create_stack(
    folder: Path,
    format: StackFormat,
    grid: Grid,
    periods: Sequence[Period],
    bands: Sequence[BandSpec],
    *,
    threads: int = 1,
) -> Iterator[StackWriter]:
    """Make a new stack in a folder: `composite_<period>.tif` each, or `stack.nc`, or `stack.zarr`."""
    if format == "COG":
        with ExitStack() as opened:
            yield _Cogs([opened.enter_context(_cog(folder, grid, p, bands, threads)) for p in periods])
    elif format == "NetCDF":
        with _created(folder / "stack.nc") as target:
            yield _Variable(_netcdf(target, grid, periods, bands))
    else:
        path = folder / "stack.zarr"
        yield _Variable(_zarr(path, grid, periods, bands))
        zarr.consolidate_metadata(path, zarr_format=2)


def stack_files(folder: Path, periods: Sequence[Period]) -> dict[str, Path]:
    """Return the files of a stack of COGs by the label of their period."""
    return {p.label: folder / f"{PREFIX}_{p.label}.tif" for p in periods}


class _Cogs:
    def __init__(self, writers: Sequence[RasterWriter]) -> None:
        self._writers = writers

    def write(self, window: Window, values: NDArray[np.uint16]) -> None:
        for writer, planes in zip(self._writers, values, strict=True):
            writer.write(window, planes)


class _Variable:
    def __init__(self, variable: Any) -> None:
        self._variable = variable

    def write(self, window: Window, values: NDArray[np.uint16]) -> None:
        rows, columns = window.toslices()
        with NETCDF_LOCK:
            self._variable[:, :, rows, columns] = values


@contextmanager
def _created(path: Path) -> Iterator[Any]:
    with NETCDF_LOCK:
        target = netCDF4.Dataset(path, "w", format="NETCDF4")
    try:
        yield target
    finally:
        with NETCDF_LOCK:
            target.close()


def _cog(folder: Path, grid: Grid, period: Period, bands: Sequence[BandSpec], threads: int) -> Any:
    tags = dict(zip(PERIOD_TAGS, (period.start.isoformat(), period.end.isoformat()), strict=True))
    return create_raster(folder / f"{PREFIX}_{period.label}.tif", "COG", grid, bands, threads=threads, tags=tags)


def _times(periods: Sequence[Period]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return middles and bounds in days since 1970."""
    bounds = np.array([[(p.start - EPOCH).days, (p.end - EPOCH).days] for p in periods], float)
    return bounds.mean(axis=1), bounds


def _attributes(bands: Sequence[BandSpec]) -> dict[str, Any]:
    return {**cf.band_attributes(replace(bands[0], name=VARIABLE, description="surface reflectance"))}


def _netcdf(target: Any, grid: Grid, periods: Sequence[Period], bands: Sequence[BandSpec]) -> Any:
    target.setncatts({"Conventions": cf.CONVENTIONS})
    middles, bounds = _times(periods)
    rows, columns = cf.dimensions(grid)
    target.createDimension("time", len(periods))
    target.createDimension("band", len(bands))
    target.createDimension("nv", 2)
    time = target.createVariable("time", "f8", ("time",))
    time.setncatts({**_TIME, "bounds": "time_bnds"})
    time[:] = middles
    target.createVariable("time_bnds", "f8", ("time", "nv"))[:] = bounds
    target.createVariable("band", str, ("band",))[:] = np.array([b.name for b in bands], object)
    for name, (values, attributes) in cf.coordinates(grid).items():
        target.createDimension(name, len(values))
        coordinate = target.createVariable(name, "f8", (name,))
        coordinate.setncatts(attributes)
        coordinate[:] = values
    target.createVariable(cf.GRID_MAPPING, "i4").setncatts(cf.grid_mapping(grid))
    variable = target.createVariable(
        VARIABLE,
        "u2",
        ("time", "band", rows, columns),
        compression="zlib",
        complevel=4,
        shuffle=True,
        chunksizes=(1, 1, min(_CHUNK_PIXELS, grid.height), min(_CHUNK_PIXELS, grid.width)),
        fill_value=np.uint16(NODATA),
    )
    variable.setncatts(_attributes(bands))
    variable.set_auto_maskandscale(False)
    return variable


_TIME = {"standard_name": "time", "units": "days since 1970-01-01", "calendar": "standard", "axis": "T"}


def _zarr(path: Path, grid: Grid, periods: Sequence[Period], bands: Sequence[BandSpec]) -> Any:
    group = zarr.open_group(path, mode="w", zarr_format=2)
    group.attrs["Conventions"] = cf.CONVENTIONS
    middles, bounds = _times(periods)
    rows, columns = cf.dimensions(grid)

    def put(name: str, values: Any, dimensions: list[str], **attributes: Any) -> None:
        values = np.asarray(values)
        array = group.create_array(name, shape=values.shape, chunks=values.shape, dtype=values.dtype)
        array.attrs.update({"_ARRAY_DIMENSIONS": dimensions, **attributes})
        array[...] = values

    put("time", middles, ["time"], **_TIME, bounds="time_bnds")
    put("time_bnds", bounds, ["time", "nv"])
    put("band", np.array([b.name for b in bands], "U8"), ["band"])
    for name, (values, attributes) in cf.coordinates(grid).items():
        put(name, values, [name], **attributes)
    mapping = group.create_array(cf.GRID_MAPPING, shape=(), chunks=(), dtype="i4")
    mapping.attrs.update({**cf.grid_mapping(grid), "_ARRAY_DIMENSIONS": []})
    chunks = (1, 1, min(_CHUNK_PIXELS, grid.height), min(_CHUNK_PIXELS, grid.width))
    shape = (len(periods), len(bands), grid.height, grid.width)
    variable = group.create_array(VARIABLE, shape=shape, chunks=chunks, dtype="u2", fill_value=np.uint16(NODATA))
    variable.attrs.update({**_attributes(bands), "_ARRAY_DIMENSIONS": ["time", "band", rows, columns]})
    return variable
