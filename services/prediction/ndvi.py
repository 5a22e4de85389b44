"""NDVI out of a stack of composites, as it was seen: values that were filled in between later looks are gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.errors import InvalidProduct
from eo.io.tile_cache import read_window
from eo.learning.forecast_data import ndvi
from eo.learning.inference import series_of
from eo.timeseries.gaps import Fill
from services.prediction.imagery import StackImagery, open_imagery

RED, NEAR = "B04", "B8A"
_FILLING = "filling.tif"


@dataclass(frozen=True)
class NdviImagery:
    """NDVI of a stack.

    Args:
        filling: raster beside the stack that says where values come from, and its band for each period; none where
            the stack does not say.
    """

    imagery: StackImagery
    filling: tuple[str, tuple[int, ...]] | None

    def read(self, window: Window) -> NDArray[np.float32]:
        """Return (pixels, periods) of a block, NaN where nothing was seen."""
        stack = self.imagery.read(window)
        flat = stack.reshape(*stack.shape[:2], -1)
        series = series_of(flat, np.arange(flat.shape[2]))
        values = ndvi(series[:, :, 0], series[:, :, 1])
        if self.filling is not None:
            path, bands = self.filling
            moved = Window(
                window.col_off + self.imagery.column, window.row_off + self.imagery.row, window.width, window.height
            )
            for period, band in enumerate(bands):
                kind = read_window(path, band, moved, int(Fill.NO_DATA)).ravel()
                values[(kind == Fill.INTERPOLATED) | (kind == Fill.HELD), period] = np.nan
        return values


def open_ndvi(path: Path, area: str | None, stand_ins: Mapping[str, str]) -> NdviImagery:
    """Open the NDVI of a stack.

    Raises:
        InvalidProduct, MissingBand, NoOverlap: as `open_imagery`.
    """
    imagery = open_imagery(path, (RED, NEAR), area, stand_ins)
    return NdviImagery(imagery, _filling(path if path.is_dir() else path.parent, imagery))


def _filling(folder: Path, imagery: StackImagery) -> tuple[str, tuple[int, ...]] | None:
    path = folder / _FILLING
    if not path.is_file():
        return None
    with rasterio.open(path) as source:
        by_label = {label: index for index, label in enumerate(source.descriptions, 1)}
        shape = source.shape
    labels = [p.label for p in imagery.periods]
    if shape != imagery.stack.grid.shape or not set(labels) <= set(by_label):
        raise InvalidProduct(
            f"{_FILLING} beside the stack is of other periods or another grid.", hint="Harmonise again."
        )
    return str(path), tuple(by_label[label] for label in labels)
