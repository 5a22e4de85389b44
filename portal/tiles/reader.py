"""rio-tiler's reader of one file, with our own way of reading a map tile."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from rio_tiler.errors import PointOutsideBounds
from rio_tiler.io import Reader
from rio_tiler.models import ImageData, PointData

from portal.tiles.problems import invalid
from portal.tiles.raster import WEB_MERCATOR, Source, opened, read_tile, tile_bounds

TILE_PX = 256
MAX_TILE_PX = 512
SAMPLE_PX = 1024


class ResultReader(Reader):  # type: ignore[misc]
    """Reads a file, a `Source`, that this thread keeps open."""

    def __attrs_post_init__(self) -> None:
        """Take the handle that is there."""
        self.dataset = opened(self.input)
        super().__attrs_post_init__()

    def tile(
        self,
        tile_x: int,
        tile_y: int,
        tile_z: int,
        tilesize: int | None = None,
        indexes: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> ImageData:
        """Return stored numbers of one band or three; all masked where the tile lies beside the raster.

        Raises:
            TileProblem: no such tile or band, or a tile too large.
        """
        bands, size = self.bands(indexes), tilesize or TILE_PX
        if size > MAX_TILE_PX:
            raise invalid("tilesize", size, f"At most {MAX_TILE_PX} pixels.")
        if len(bands) not in (1, 3):
            raise invalid("bidx", f"{len(bands)} bands", "Give one bidx, or three.")
        bounds = tile_bounds(tile_z, tile_x, tile_y)
        read = read_tile(self.input, bounds, size, bands)
        if read is None:
            array = np.ma.MaskedArray(np.zeros((len(bands), size, size), self.dataset.dtypes[0]), True)
        else:
            array = np.ma.MaskedArray(read[0], np.broadcast_to(~read[1], read[0].shape))
        names = [f"b{band}" for band in bands]
        about = {"source": self.input, "bands": bands}
        return ImageData(array, bounds=bounds, crs=WEB_MERCATOR, band_names=names, metadata=about)

    def point(self, lon: float, lat: float, indexes: Sequence[int] | None = None, **kwargs: Any) -> PointData:
        """Return the stored numbers of the pixel at a place, masked for no data and for beside the raster.

        Raises:
            TileProblem: no such band, or no place on Earth.
        """
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise invalid("point", f"{lon},{lat}", "Give longitude,latitude in degrees.")
        bands = self.bands(indexes, default=self.dataset.indexes)
        try:
            return super().point(lon, lat, indexes=bands, **kwargs)
        except PointOutsideBounds:
            names = [f"b{band}" for band in bands]
            return PointData(np.ma.MaskedArray(np.zeros(len(bands), self.dataset.dtypes[0]), True), band_names=names)

    def preview(self, indexes: Sequence[int] | None = None, **kwargs: Any) -> ImageData:
        """Return the bands asked for, else all, at most 1024 pixels a side.

        Raises:
            TileProblem: no such band.
        """
        bands = self.bands(indexes, default=self.dataset.indexes)
        return super().preview(indexes=bands, max_size=SAMPLE_PX)

    def bands(self, asked: Sequence[int] | None, default: Sequence[int] | None = None) -> tuple[int, ...]:
        """Return the bands to read, by default the first three of three or more, else the first.

        Raises:
            TileProblem: there is no such band.
        """
        count = self.dataset.count
        for band in asked or ():
            if not 1 <= band <= count:
                raise invalid("bidx", band, f"The file has the bands 1 to {count}.")
        return tuple(asked or default or ((1, 2, 3) if count >= 3 else (1,)))


@lru_cache(maxsize=512)
def limits_of(source: Source, band: int) -> tuple[float, float]:
    """Return the 2nd and 98th percentile of a band's stored numbers; one apart where they are the same."""
    with ResultReader(source) as reader:
        facts = reader.preview(indexes=(band,)).statistics(percentiles=[2, 98])[f"b{band}"]
    low, high = facts.percentile_2, facts.percentile_98
    if not (np.isfinite(low) and np.isfinite(high)):
        return 0.0, 1.0
    return float(low), float(high) if high > low else float(low) + 1.0
