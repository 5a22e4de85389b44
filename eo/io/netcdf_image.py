"""Variables of NetCDF files as images: planes (y, x) with a CRS and a transform, read by windows.

GDAL turns planes over where it does not know the coordinates, and then knows no place either; here coordinates and grid
mapping are read as CF-1.11 has them (section 5.6), rows go from north to south.
"""

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.windows import Window

from eo.errors import InvalidProduct

NETCDF_LOCK = threading.RLock()
"""Whoever reads or writes NetCDF holds it: the library under it takes one thread at a time."""
PREFIX = "NETCDF:"
_ADDRESS = re.compile(r'NETCDF:"(.+)":([^":]+)')
_MAPPINGS = ("crs", "spatial_ref")
_PLANE_PIXELS = 1 << 20


def address(path: Path, variable: str) -> str:
    """Return what `eo.io.images.open_image` opens a variable by."""
    return f'{PREFIX}"{path}":{variable}'


class NetCdfImage:
    """One variable, opened; its leading dimensions are counted through as bands, the last one fastest.

    Members are named and mean what they do in a `rasterio.DatasetReader`; numbers are as stored.

    Raises:
        InvalidProduct: the file cannot be opened, or the variable is no image with a place.
    """

    def __init__(self, path: str) -> None:
        match = _ADDRESS.fullmatch(path)
        if match is None:
            raise InvalidProduct(f"{path} names no variable of a NetCDF file.")
        self._name = f"{Path(match.group(1)).name}, {match.group(2)}"
        with NETCDF_LOCK:
            self._file = open_netcdf(Path(match.group(1)))
            self._file.set_auto_maskandscale(False)
            self._variable = self._file.variables[match.group(2)]
            self._describe()

    def _describe(self) -> None:
        *self._lead, self.height, self.width = self._variable.shape
        self.count = int(np.prod(self._lead, dtype=int))
        y, x = (self._centres(name) for name in self._variable.dimensions[-2:])
        self._turned = bool(y[0] < y[-1])
        width, height = _step(x, self._name), abs(_step(y, self._name))
        self.transform = Affine(width, 0, x.min() - width / 2, 0, -height, y.max() + height / 2)
        self.crs = self._crs()
        attributes = attributes_of(self._variable)
        self._unsigned = str(attributes.get("_Unsigned", "")).lower() == "true"
        dtype = np.dtype(self._variable.dtype)
        self.dtypes = [np.dtype(f"u{dtype.itemsize}").name if self._unsigned else dtype.name] * self.count
        self.block_shapes = [self._block()] * self.count

    def read(self, index: int, window: Window) -> NDArray[Any]:
        """Return a window of one plane, counted from 1."""
        rows, columns = window.toslices()
        if self._turned:
            rows = slice(self.height - rows.stop, self.height - rows.start)
        try:
            with NETCDF_LOCK:
                values = np.asarray(self._variable[(*np.unravel_index(index - 1, self._lead), rows, columns)])
        except (OSError, RuntimeError) as error:
            raise InvalidProduct(f"{self._name} cannot be read: {error}.", hint="Fetch the file again.") from None
        values = values.view(self.dtypes[0]) if self._unsigned else values
        return values[::-1] if self._turned else values

    def close(self) -> None:
        """Close the file."""
        with NETCDF_LOCK:
            self._file.close()

    def __enter__(self) -> "NetCdfImage":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _centres(self, name: str) -> NDArray[np.float64]:
        if name not in self._file.variables:
            raise InvalidProduct(f"{self._name} has no coordinate {name}.", hint="Coordinates of pixel centres: x, y.")
        return np.asarray(self._file.variables[name][:], np.float64)

    def _crs(self) -> CRS:
        named = attributes_of(self._variable).get("grid_mapping")
        mapping = next((n for n in (named, *_MAPPINGS) if n in self._file.variables), None)
        found = attributes_of(self._file.variables[mapping]) if mapping else {}
        try:
            return CRS.from_wkt(str(found.get("spatial_ref") or found.get("crs_wkt")))
        except CRSError:
            raise InvalidProduct(
                f"{self._name} does not say where it lies.", hint="It needs a grid mapping with crs_wkt or spatial_ref."
            ) from None

    def _block(self) -> tuple[int, int]:
        chunks = self._variable.chunking()
        if isinstance(chunks, list) and max(chunks[:-2], default=1) == 1:
            return chunks[-2], chunks[-1]
        return max(min(self.height, _PLANE_PIXELS // self.width), 1), self.width


def open_netcdf(path: Path) -> Any:
    """Open a NetCDF file.

    Raises:
        InvalidProduct: it cannot be opened.
    """
    try:
        return netCDF4.Dataset(path)
    except OSError as error:
        raise InvalidProduct(f"{path.name} cannot be opened: {error}.", hint="It should be NetCDF-4.") from None


def attributes_of(variable: Any) -> Mapping[str, Any]:
    """Return the attributes of a variable."""
    return {name: variable.getncattr(name) for name in variable.ncattrs()}


def time_of(source: Any) -> Any:
    """Return the coordinate variable of time of an open file, None where it has none."""
    return next((v for v in source.variables.values() if "since" in str(getattr(v, "units", ""))), None)


def moments(variable: Any) -> list[datetime]:
    """Return the times of a coordinate variable, to the minute."""
    found: Any = netCDF4.num2date(variable[:], variable.units, getattr(variable, "calendar", "standard"))
    return [datetime(t.year, t.month, t.day, t.hour, t.minute, tzinfo=UTC) for t in np.atleast_1d(found)]


def _step(centres: NDArray[np.float64], name: str) -> float:
    steps = np.diff(centres)
    if len(steps) == 0 or np.abs(steps - steps[0]).max() > 1e-3 * abs(steps[0]):
        raise InvalidProduct(f"{name} does not lie on a regular grid.", hint="Coordinates of pixels go in equal steps.")
    return float(steps.mean())
