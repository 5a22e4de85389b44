"""Lay bands that SNAP wrote on the grid of a result, block by block, into any format."""

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT

from eo.io.band_spec import BLOCK_PIXELS, BandSpec
from eo.io.grid import Grid
from eo.io.raster_writer import RasterFormat, create_raster
from eo.snap.product import Band

Quantity = Literal["sigma0", "beta0", "gamma0", "coherence"]
_QUANTITIES: Mapping[str, Quantity] = {"Sigma0": "sigma0", "Beta0": "beta0", "Gamma0": "gamma0", "coh": "coherence"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAME = re.compile(
    r"(?P<quantity>Sigma0|Beta0|Gamma0|coh)(_(?:IW|EW|S)\d)?_(?P<polarisation>[HV]{2})"
    rf"(_(?:mst|slv|ref|sec)\d*)?(?P<dates>(_\d\d(?:{'|'.join(_MONTHS)})\d{{4}})*)(?P<decibels>_db)?"
)
_BLOCK = 4 * BLOCK_PIXELS


@dataclass(frozen=True)
class Meaning:
    """What a band of SNAP holds, read off its name (`Sigma0_VV_db`, `coh_IW1_VV_10Jul2018_22Jul2018`).

    Args:
        dates: of acquisition, where the name has them.
        decibels: else linear.
    """

    quantity: Quantity
    polarisation: str
    dates: tuple[date, ...] = ()
    decibels: bool = False

    @property
    def name(self) -> str:
        """Name of the band in a result: `sigma0_vv`."""
        return f"{self.quantity}_{self.polarisation.lower()}"

    @property
    def unit(self) -> str:
        """Unit of its values."""
        return "dB" if self.decibels else "1"


def meaning_of(name: str) -> Meaning | None:
    """Return what a band holds, None where its name is not that of backscatter or coherence."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    dates = tuple(_day(d) for d in found["dates"].split("_") if d)
    return Meaning(_QUANTITIES[found["quantity"]], found["polarisation"], dates, found["decibels"] is not None)


def convert(
    bands: Sequence[Band],
    grid: Grid,
    path: Path,
    format: RasterFormat,
    *,
    threads: int = 1,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write bands of SNAP as float32 with NaN for no data, under the names of this library.

    On the lattice of SNAP's pixels numbers are copied. Elsewhere linear ones are interpolated, and decibels, whose mean
    is not the mean of the backscatter, are those of the nearest pixel.

    Args:
        bands: backscatter and coherence; others keep SNAP's name.
        grid: may reach beyond them.
        threads: that compress.

    Raises:
        EmptyOutput: an image cannot be read.
    """
    specs = [_spec(band) for band in bands]
    with create_raster(path, format, grid, specs, threads=threads, tags=tags) as writer, ExitStack() as opened:
        images = [opened.enter_context(_laid_on(band, grid, opened)) for band in bands]
        for window in grid.blocks(_BLOCK):
            for number, (band, image) in enumerate(zip(bands, images, strict=True), 1):
                writer.write(window, band.read(image, window), band=number)


def _spec(band: Band) -> BandSpec:
    meaning = meaning_of(band.name)
    name, unit = (meaning.name, meaning.unit) if meaning else (band.name, "")
    return BandSpec(name, "float32", np.nan, unit=unit, description=f"{band.name} of SNAP")


def _laid_on(band: Band, grid: Grid, opened: ExitStack) -> WarpedVRT:
    source: DatasetReader = opened.enter_context(band.open())
    meaning = meaning_of(band.name)
    nearest = band.grid.same_lattice(grid) or (meaning is not None and meaning.decibels)
    return WarpedVRT(
        source,
        src_crs=band.grid.crs,
        src_transform=band.grid.transform,
        src_nodata=np.nan if band.nodata is None else band.nodata,
        crs=grid.crs,
        transform=grid.transform,
        width=grid.width,
        height=grid.height,
        nodata=np.nan,
        dtype="float32",
        resampling=Resampling.nearest if nearest else Resampling.bilinear,
    )


def _day(text: str) -> date:
    return date(int(text[5:]), _MONTHS.index(text[2:5]) + 1, int(text[:2]))
