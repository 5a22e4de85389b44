"""NetCDF-4 after the CF conventions, written block by block: one variable per band."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io import cf
from eo.io.band_spec import BLOCK_PIXELS, BandSpec
from eo.io.grid import Grid


class NetCdfWriter:
    """Writes into an open NetCDF file."""

    def __init__(self, variables: Sequence[Any]) -> None:
        self._variables = variables

    def write(self, window: Window, values: NDArray[Any], band: int | None = None) -> None:
        """Write a block of one band, or of all."""
        rows, columns = window.toslices()
        if band:
            self._variables[band - 1][rows, columns] = values
            return
        for variable, plane in zip(self._variables, values, strict=True):
            variable[rows, columns] = plane


@contextmanager
def create_netcdf(path: Path, grid: Grid, bands: Sequence[BandSpec], tags: Mapping[str, str]) -> Iterator[NetCdfWriter]:
    """Make a NetCDF file; chunks are compressed."""
    with netCDF4.Dataset(path, "w", format="NETCDF4") as target:
        target.setncatts({"Conventions": cf.CONVENTIONS, **tags})
        for name, (values, attributes) in cf.coordinates(grid).items():
            target.createDimension(name, len(values))
            coordinate = target.createVariable(name, "f8", (name,))
            coordinate.setncatts(attributes)
            coordinate[:] = values
        target.createVariable(cf.GRID_MAPPING, "i4").setncatts(cf.grid_mapping(grid))
        yield NetCdfWriter([_variable(target, grid, band) for band in bands])


def _variable(target: Any, grid: Grid, band: BandSpec) -> Any:
    variable = target.createVariable(
        band.name,
        band.dtype,
        cf.dimensions(grid),
        compression="zlib",
        complevel=4,
        shuffle=True,
        chunksizes=(min(BLOCK_PIXELS, grid.height), min(BLOCK_PIXELS, grid.width)),
        fill_value=band.nodata,
    )
    variable.setncatts(cf.band_attributes(band))
    variable.set_auto_maskandscale(False)
    return variable
