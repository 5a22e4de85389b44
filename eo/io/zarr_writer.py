"""Zarr (version 2 layout, CF attributes as xarray reads them), written block by block: one array per band."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io import cf
from eo.io.band_spec import BLOCK_PIXELS, BandSpec
from eo.io.grid import Grid

_DIMENSIONS = "_ARRAY_DIMENSIONS"


class ZarrWriter:
    """Writes into the arrays of an open group."""

    def __init__(self, arrays: Sequence[Any]) -> None:
        self._arrays = arrays

    def write(self, window: Window, values: NDArray[Any], band: int | None = None) -> None:
        """Write a block of one band, or of all."""
        rows, columns = window.toslices()
        if band:
            self._arrays[band - 1][rows, columns] = values
            return
        for array, plane in zip(self._arrays, values, strict=True):
            array[rows, columns] = plane


@contextmanager
def create_zarr(path: Path, grid: Grid, bands: Sequence[BandSpec], tags: Mapping[str, str]) -> Iterator[ZarrWriter]:
    """Make a Zarr group with consolidated metadata."""
    group = zarr.open_group(path, mode="w", zarr_format=2)
    group.attrs.update({"Conventions": cf.CONVENTIONS, **tags})
    for name, (values, attributes) in cf.coordinates(grid).items():
        _create(group, name, "f8", (len(values),), (len(values),), {**attributes, _DIMENSIONS: [name]})[:] = values
    _create(group, cf.GRID_MAPPING, "i4", (), (), {**cf.grid_mapping(grid), _DIMENSIONS: []})
    yield ZarrWriter([_band(group, grid, band) for band in bands])
    zarr.consolidate_metadata(path, zarr_format=2)


def _band(group: Any, grid: Grid, band: BandSpec) -> Any:
    attributes = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in cf.band_attributes(band).items()}
    chunks = min(BLOCK_PIXELS, grid.height), min(BLOCK_PIXELS, grid.width)
    attributes[_DIMENSIONS] = list(cf.dimensions(grid))
    return _create(group, band.name, band.dtype, grid.shape, chunks, attributes, band.nodata)


def _create(
    group: Any,
    name: str,
    dtype: str,
    shape: tuple[int, ...],
    chunks: tuple[int, ...],
    attributes: Mapping[str, Any],
    fill: float | None = None,
) -> Any:
    filling = {} if fill is None else {"fill_value": np.dtype(dtype).type(fill)}
    array = group.create_array(name, shape=shape, chunks=chunks, dtype=dtype, **filling)
    array.attrs.update(dict(attributes))
    return array
