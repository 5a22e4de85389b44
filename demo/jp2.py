"""JPEG 2000 files as ESA writes them: lossless, tiled, with their place on Earth in a GML box."""

from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray

from demo.grid import Grid

TILE_PX = {10: 1024, 20: 640, 60: 192}


def write_jp2(path: Path, image: NDArray[np.uint16] | NDArray[np.uint8], grid: Grid) -> None:
    """Write an image (y, x) or (band, y, x) losslessly; 16-bit values must stay below 32768, as in real products."""
    bands = image[np.newaxis] if image.ndim == 2 else image
    tile = TILE_PX.get(int(grid.resolution_m), 1024)
    options = {"NBITS": 15} if bands.dtype == np.uint16 else {}
    if len(bands) == 3:
        options["YCC"] = False
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="JP2OpenJPEG",
        width=grid.width,
        height=grid.height,
        count=len(bands),
        dtype=bands.dtype,
        crs=grid.crs,
        transform=grid.transform,
        QUALITY=100,
        REVERSIBLE=True,
        RESOLUTIONS=5,
        BLOCKXSIZE=tile,
        BLOCKYSIZE=tile,
        GMLJP2=True,
        GeoJP2=False,
        **options,
    ) as target:
        target.write(bands)
