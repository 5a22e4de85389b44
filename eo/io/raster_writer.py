"""Write rasters block by block, in any format, through one small interface; memory stays bounded.

    with create_raster(path, "COG", grid, [BandSpec("B04", "uint16", nodata=0, scale=1e-4)]) as writer:
        for window in grid.blocks(1024):
            writer.write(window, values, band=1)

When the block ends in an error nothing is left at `path`.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io.band_spec import BandSpec
from eo.io.grid import Grid
from eo.io.mantissa import FULL_BITS, rounded

RasterFormat = Literal["COG", "GeoTIFF", "NetCDF", "Zarr"]
EXTENSIONS: Mapping[RasterFormat, str] = {"COG": ".tif", "GeoTIFF": ".tif", "NetCDF": ".nc", "Zarr": ".zarr"}


class RasterWriter(Protocol):
    """Takes the blocks of one raster. Used by one thread."""

    def write(self, window: Window, values: NDArray[Any], band: int | None = None) -> None:
        """Write a block.

        Args:
            window: where it goes.
            values: stored numbers, (rows, columns) for one band, (bands, rows, columns) for all.
            band: from 1; None for all.
        """


class _Rounding:
    """Takes floats, and passes them on with the bits that their band keeps."""

    def __init__(self, writer: RasterWriter, bands: Sequence[BandSpec]) -> None:
        self._writer, self._bits = writer, max(band.mantissa_bits for band in bands)

    def write(self, window: Window, values: NDArray[Any], band: int | None = None) -> None:
        """Write a block of one band, or of all."""
        self._writer.write(window, rounded(values, self._bits), band)


@contextmanager
def create_raster(
    path: Path,
    format: RasterFormat,
    grid: Grid,
    bands: Sequence[BandSpec],
    *,
    threads: int = 1,
    tags: Mapping[str, str] | None = None,
) -> Iterator[RasterWriter]:
    """Make a new raster; it is complete, with overviews where the format has them, when the block has ended.

    Args:
        threads: that compress.
        tags: free metadata of the file.
    """
    try:
        with _writer(path, format, grid, bands, threads, dict(tags or {})) as writer:
            yield _Rounding(writer, bands) if any(b.mantissa_bits < FULL_BITS for b in bands) else writer
    except BaseException:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _writer(
    path: Path, format: RasterFormat, grid: Grid, bands: Sequence[BandSpec], threads: int, tags: dict[str, str]
) -> Any:
    if format == "NetCDF":
        from eo.io.netcdf_writer import create_netcdf

        return create_netcdf(path, grid, bands, tags)
    if format == "Zarr":
        from eo.io.zarr_writer import create_zarr

        return create_zarr(path, grid, bands, tags)
    from eo.io.geotiff_writer import create_cog, create_geotiff

    return (create_cog if format == "COG" else create_geotiff)(path, grid, bands, threads, tags)
