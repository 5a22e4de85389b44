"""GeoTIFF and cloud-optimised GeoTIFF, written block by block; bands lie one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.io import DatasetWriter
from rasterio.windows import Window

from eo.io.band_spec import BLOCK_PIXELS, BandSpec
from eo.io.cog import arrange_as_cog
from eo.io.grid import Grid
from eo.io.halving import halved

DEFLATE_LEVEL = 6
NOISY_DEFLATE_LEVEL = 1
"""Of measured floats, and of colours made of them, half of the bits are noise: a higher level takes up to twice the
time for one byte in a hundred."""
OVERVIEWS_BELOW_PIXELS = 512


class GeoTiffWriter:
    """Writes into an open GeoTIFF."""

    def __init__(self, target: DatasetWriter) -> None:
        self._target = target

    def write(self, window: Window, values: NDArray[Any], band: int | None = None) -> None:
        """Write a block of one band, or of all."""
        self._target.write(values, band, window=window) if band else self._target.write(values, window=window)


@contextmanager
def create_geotiff(
    path: Path, grid: Grid, bands: Sequence[BandSpec], threads: int, tags: Mapping[str, str]
) -> Iterator[GeoTiffWriter]:
    """Make a tiled, compressed GeoTIFF."""
    with _env(threads), rasterio.open(path, "w", **_profile(grid, bands, threads)) as target:
        _describe(target, bands, tags)
        yield GeoTiffWriter(target)


class CogWriter(GeoTiffWriter):
    """Writes into an open GeoTIFF, and at half the resolution into a second, which spares reading the first again."""

    def __init__(self, target: GeoTiffWriter, half: GeoTiffWriter, bands: Sequence[BandSpec]) -> None:
        self._whole, self._half, self._bands = target, half, bands

    def write(self, window: Window, values: NDArray[Any], band: int | None = None) -> None:
        """Write a block of one band, or of all; its window starts on even rows and columns."""
        self._whole.write(window, values, band)
        smaller = halved(values, self._bands[0].nodata, averages=not self._bands[0].classes)
        rows, columns = smaller.shape[-2:]
        self._half.write(Window(window.col_off // 2, window.row_off // 2, columns, rows), smaller, band)


@contextmanager
def create_cog(
    path: Path, grid: Grid, bands: Sequence[BandSpec], threads: int, tags: Mapping[str, str]
) -> Iterator[GeoTiffWriter]:
    """Make a cloud-optimised GeoTIFF: pixels are compressed once, then put in order."""
    scratch, scratch_half = (path.with_name(f".{path.stem}.{name}.tif") for name in ("building", "overviews"))
    has_overviews = bool(overview_factors(grid.width, grid.height))
    half = Grid(grid.crs, grid.transform @ Affine.scale(2), -(-grid.width // 2), -(-grid.height // 2))
    try:
        with create_geotiff(scratch, grid, bands, threads, tags) as writer:
            if has_overviews:
                with create_geotiff(scratch_half, half, bands, threads, {}) as half_writer:
                    yield CogWriter(writer, half_writer, bands)
            else:
                yield writer
        if has_overviews:
            _add_overviews(scratch_half, half, bands, threads)
        arrange_as_cog([scratch, scratch_half] if has_overviews else [scratch], path)
    finally:
        scratch.unlink(missing_ok=True)
        scratch_half.unlink(missing_ok=True)


def _env(threads: int) -> Any:
    return rasterio.Env(GDAL_NUM_THREADS=str(threads))


def _profile(grid: Grid, bands: Sequence[BandSpec], threads: int) -> dict[str, Any]:
    dtype = np.dtype(bands[0].dtype)
    return {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": len(bands),
        "dtype": dtype.name,
        "crs": grid.crs,
        "transform": grid.transform,
        "nodata": bands[0].nodata,
        "tiled": True,
        "blockxsize": BLOCK_PIXELS,
        "blockysize": BLOCK_PIXELS,
        "interleave": "band",
        "compress": "deflate",
        "zlevel": _level(bands),
        "predictor": _predictor(bands),
        "bigtiff": "IF_SAFER",
        "num_threads": threads,
        "photometric": "minisblack",
        **({"alpha": "unspecified"} if len(bands) > 1 else {}),
    }


def _level(bands: Sequence[BandSpec]) -> int:
    noisy = bands[0].noisy or np.dtype(bands[0].dtype).kind == "f" or _is_picture(bands)
    return NOISY_DEFLATE_LEVEL if noisy else DEFLATE_LEVEL


def _predictor(bands: Sequence[BandSpec]) -> int:
    if np.dtype(bands[0].dtype).kind == "f":
        return 3
    return 1 if _is_picture(bands) else 2


def _is_picture(bands: Sequence[BandSpec]) -> bool:
    return len(bands) == 3 and bands[0].dtype == "uint8"


def _describe(target: DatasetWriter, bands: Sequence[BandSpec], tags: Mapping[str, str]) -> None:
    target.descriptions = tuple(b.name for b in bands)
    target.units = tuple(b.unit for b in bands)
    if any((b.scale, b.offset) != (1.0, 0.0) for b in bands):
        target.scales = tuple(b.scale for b in bands)
        target.offsets = tuple(b.offset for b in bands)
    target.update_tags(**tags)
    for index, band in enumerate(bands, 1):
        if band.description:
            target.update_tags(index, long_name=band.description)
    if len(bands) == 1 and bands[0].colours and bands[0].dtype == "uint8":
        target.write_colormap(1, {value: (*rgb, 255) for value, rgb in bands[0].colours.items()})


def _add_overviews(path: Path, grid: Grid, bands: Sequence[BandSpec], threads: int) -> None:
    factors = overview_factors(grid.width, grid.height)
    if not factors:
        return
    resampling = Resampling.nearest if bands[0].classes else Resampling.average
    options = {
        "GDAL_NUM_THREADS": str(threads),
        "COMPRESS_OVERVIEW": "DEFLATE",
        "ZLEVEL_OVERVIEW": str(_level(bands)),
        "PREDICTOR_OVERVIEW": str(_predictor(bands)),
        "INTERLEAVE_OVERVIEW": "BAND",
        "BIGTIFF_OVERVIEW": "IF_SAFER",
        "GDAL_TIFF_OVR_BLOCKSIZE": str(BLOCK_PIXELS),
    }
    with rasterio.Env(**options), rasterio.open(path, "r+") as target:
        target.build_overviews(factors, resampling)


def overview_factors(width: int, height: int) -> list[int]:
    """Return 2, 4, 8, … until the raster fits into one tile."""
    factors: list[int] = []
    while max(width, height) / (factors[-1] if factors else 1) > OVERVIEWS_BELOW_PIXELS:
        factors.append(2 ** (len(factors) + 1))
    return factors
