"""Stacks of composites: periods, bands, rows, columns, on one grid; read by windows.

As files: one cloud-optimised GeoTIFF per period (tags say the period, band descriptions the bands), or one NetCDF or
Zarr with a variable (time, band, y, x) and CF time, bounds included (CF-1.11, sections 4.4 and 7.1). Read are also
NetCDF cubes with one variable (time, y, x) per band, as openEO back-ends write them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import zarr
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.errors import InvalidProduct, MissingBand
from eo.io.grid import Grid, grid_of
from eo.io.netcdf_image import NETCDF_LOCK, address, attributes_of, moments, open_netcdf, time_of
from eo.io.sentinel2_bands import band_name
from eo.io.tile_cache import read_window
from eo.optical.reflectance import NODATA, OFFSET, SCALE, repack
from eo.timeseries.periods import Period, months_between

VARIABLE = "reflectance"
PREFIX = "composite"
PERIOD_TAGS = ("PERIOD_START", "PERIOD_END")
EPOCH = date(1970, 1, 1)
_OPENEO_BAND = re.compile(r"(?:S2-L2A-)?(B\d[\dA]|B\d)")


@dataclass(frozen=True)
class TimeStack:
    """A stack that can be read.

    Args:
        names: of the bands, in the order that `read` gives them.
        sources: path and index (from 1) that rasterio reads, by period and band.
        scale, offset, nodata: of the numbers in the files; None as nodata where every number is data.
    """

    grid: Grid
    periods: Sequence[Period]
    names: Sequence[str]
    sources: Sequence[Sequence[tuple[str, int]]]
    scale: float
    offset: float
    nodata: float | None

    def read(self, window: Window) -> NDArray[np.uint16]:
        """Return (periods, bands, rows, columns) as stored by `eo.optical.reflectance`; 0 is no data."""
        out = np.empty((len(self.periods), len(self.names), int(window.height), int(window.width)), np.uint16)
        fill = 0 if self.nodata is None else self.nodata
        for planes, sources in zip(out, self.sources, strict=True):
            for plane, (path, index) in zip(planes, sources, strict=True):
                stored = read_window(path, index, window, fill)
                plane[:] = repack(stored, self.scale, self.offset, self.nodata, None)
        return out

    def with_bands(self, wanted: Sequence[str]) -> "TimeStack":
        """Return the stack with these bands in this order, found by name.

        Raises:
            MissingBand: names what is missing together with what is there.
        """
        missing = [name for name in wanted if name not in self.names]
        if missing:
            raise MissingBand(
                f"The stack has no {', '.join(missing)}. There is: {', '.join(self.names)}.",
                hint="Make a stack with these bands (S2-harmonise --bands).",
            )
        order = [list(self.names).index(name) for name in wanted]
        return replace(self, names=tuple(wanted), sources=[[row[i] for i in order] for row in self.sources])


def open_stack(path: Path) -> TimeStack:
    """Open a stack: a folder that holds one, a NetCDF file or a Zarr folder.

    Raises:
        InvalidProduct: nothing of that kind is there.
    """
    if path.suffix == ".zarr" or (path / ".zgroup").exists():
        return _open_cube(path, f'ZARR:"{path}":/{VARIABLE}', zarr.open_group(path, mode="r"))
    if path.suffix == ".nc":
        return _open_netcdf(path)
    for name in ("stack.nc", "stack.zarr"):
        if (path / name).exists():
            return open_stack(path / name)
    files = sorted(path.glob(f"{PREFIX}_*.tif")) if path.is_dir() else []
    if not files:
        raise InvalidProduct(
            f"{path.name} holds no stack of composites.", hint="Give a result of S2-harmonise, or its NetCDF or Zarr."
        )
    return _open_cogs(files)


def _open_cogs(files: Sequence[Path]) -> TimeStack:
    found: list[tuple[Period, Path, tuple[str, ...]]] = []
    for file in files:
        with rasterio.open(file) as source:
            tags = [source.tags().get(tag) for tag in PERIOD_TAGS]
            if None in tags:
                raise InvalidProduct(f"{file.name} does not say of which period it is.", hint="Make the stack again.")
            start, end = (date.fromisoformat(str(tag)) for tag in tags)
            found.append((Period(start, end), file, tuple(d or "" for d in source.descriptions)))
    found.sort(key=lambda row: row[0].start)
    names, grid = found[0][2], grid_of(str(files[0]))
    for _, file, others in found:
        if others != names or grid_of(str(file)) != grid:
            raise InvalidProduct(f"{file.name} has other bands or another grid than {files[0].name}.")
    sources = [[(str(file), i + 1) for i in range(len(names))] for _, file, _ in found]
    return TimeStack(grid, [p for p, _, _ in found], names, sources, SCALE, OFFSET, NODATA)


def _open_netcdf(path: Path) -> TimeStack:
    with NETCDF_LOCK, open_netcdf(path) as source:
        if VARIABLE in source.variables:
            return _open_cube(path, address(path, VARIABLE), source)
        return _open_per_band(path, source)


def _open_cube(path: Path, image: str, source: Any) -> TimeStack:
    """Read the layout of `eo.io.time_stack_writer`: planes are counted period by period."""
    try:
        bounds = np.asarray(source["time_bnds"][:])
        names = [str(name) for name in np.asarray(source["band"][:])]
        attributes = attributes_of(source[VARIABLE]) if path.suffix == ".nc" else dict(source[VARIABLE].attrs)
        scale, offset = float(attributes["scale_factor"]), float(attributes["add_offset"])
    except (KeyError, IndexError, ValueError) as error:
        raise InvalidProduct(
            f"{path.name} holds no stack (time, band, y, x): {error}.", hint="Give a result of S2-harmonise."
        ) from None
    periods = [Period(*(EPOCH + timedelta(days=int(day)) for day in row)) for row in bounds]
    if path.suffix == ".nc":
        sources = [[(image, t * len(names) + b + 1) for b in range(len(names))] for t in range(len(periods))]
    else:
        sources = [[(f"{image}:{t}:{b}", 1) for b in range(len(names))] for t in range(len(periods))]
    return TimeStack(grid_of(sources[0][0][0]), periods, names, sources, scale, offset, NODATA)


def _open_per_band(path: Path, source: Any) -> TimeStack:
    """Read a cube of one variable (time, y, x) per band: reflectance × 10000, 65535 for no data."""
    time = time_of(source)
    found = {}
    for name, variable in source.variables.items():
        match = _OPENEO_BAND.fullmatch(name)
        band = band_name(match.group(1)) if match else None
        if band and variable.ndim == 3 and time is not None and variable.dimensions[0] == time.dimensions[0]:
            found[band] = name
    if not found or time is None:
        raise InvalidProduct(f"{path.name} holds no bands over time.", hint="Variables are B02 … (time, y, x).")
    days = [moment.date() for moment in moments(time)]
    periods = _periods_from(days, path)
    sources = [[(address(path, name), t + 1) for name in found.values()] for t in range(len(days))]
    return TimeStack(grid_of(sources[0][0][0]), periods, list(found), sources, 1e-4, 0.0, 65535)


def _periods_from(days: Sequence[date], path: Path) -> list[Period]:
    monthly = months_between(days[0], days[-1])
    if len(monthly) == len(days):
        return monthly
    steps = {(b - a).days for a, b in pairwise(days)}
    if len(steps) == 1:
        return [Period(d, d + timedelta(days=next(iter(steps)))) for d in days]
    raise InvalidProduct(
        f"{path.name} has dates at uneven steps: it is a series, not a stack of composites.",
        hint="Harmonise it first (S2-harmonise).",
    )
