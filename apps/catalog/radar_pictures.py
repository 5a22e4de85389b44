"""Small pictures of radar products: brightness in decibels, as the ground lies."""

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.io.images import open_image
from eo.io.sentinel1 import Sentinel1Product

_FINER = 4
_STRETCH_PERCENT = (2, 98)


def brightness(product: Sentinel1Product, side_px: int) -> NDArray[np.uint8]:
    """Return (rows, columns, 4): grey and opacity, swaths side by side; north up, roughly.

    Raises:
        KeyError: there is no image to read cheaply, or nothing in it.
    """
    polarisation = product.polarisations[0]
    paths = [
        product.measurement_path(product.images[s, polarisation])
        for s in product.swaths
        if (s, polarisation) in product.images and product.images[s, polarisation].measurement
    ]
    if not paths or any(path.startswith("/vsizip/") for path in paths):  # a packed one would have to be unpacked
        raise KeyError("no image that is read cheaply")
    power = np.concatenate([_power(path, side_px, side_px // len(paths)) for path in paths], axis=1)
    seen = power > 0
    if not seen.any():
        raise KeyError("an image of zeros")
    decibels = np.where(seen, 10 * np.log10(np.where(seen, power, 1)), 0)
    low, high = np.percentile(decibels[seen], _STRETCH_PERCENT)
    grey = np.clip((decibels - low) / max(high - low, 1e-6), 0, 1) * 255
    picture = np.stack([grey, grey, grey, seen * 255], axis=-1).astype(np.uint8)
    return np.ascontiguousarray(picture[::-1] if product.orbit_pass.startswith("asc") else picture[:, ::-1])


def _power(path: str, rows: int, columns: int) -> NDArray[np.float64]:
    """Return the mean power of a few lines in every row."""
    with open_image(path) as image:
        out = np.empty((rows, columns))
        edges = np.linspace(0, image.width, columns + 1).astype(int)
        for row, line in enumerate(np.linspace(0, max(image.height - _FINER, 0), rows).astype(int)):
            values = image.read(1, window=Window(0, int(line), image.width, min(_FINER, image.height)))
            power = (np.abs(values).astype(np.float64) ** 2).mean(axis=0)
            out[row] = np.add.reduceat(power, edges[:-1]) / np.maximum(np.diff(edges), 1)
    return out
