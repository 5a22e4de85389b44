"""Small pictures of products: true colour, or radar brightness."""

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.errors import RasterioError

from apps.catalog.radar_pictures import brightness
from eo.errors import EoError
from eo.io.images import open_image
from eo.io.png import colour_png
from eo.io.product import Product
from eo.io.products import open_product
from eo.io.sentinel1 import is_sentinel1, read_sentinel1

SIDE_PX = 192
RED_GREEN_BLUE = ("B04", "B03", "B02")
log = logging.getLogger(__name__)


def make_thumbnail(product_path: Path, target: Path) -> bool:
    """Write a picture of a product; say whether that was possible. A product without images gets none."""
    try:
        if is_sentinel1(product_path):
            picture = brightness(read_sentinel1(product_path), SIDE_PX)
        else:
            picture = true_colour(open_product(product_path))
    except (EoError, RasterioError, KeyError, OSError) as error:
        log.warning("No picture of %s: %s", product_path.name, error)
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(colour_png(picture))
    return True


def true_colour(product: Product) -> NDArray[np.uint8]:
    """Return (rows, columns, 4): red, green, blue stretched together over their 2nd to 98th percentile, and opacity."""
    bands, valid = zip(*(_small(product, name) for name in RED_GREEN_BLUE), strict=True)
    seen = np.logical_and.reduce(valid)
    stack = np.stack(bands)
    if not seen.any():
        return np.zeros((*seen.shape, 4), np.uint8)
    low, high = np.percentile(stack[:, seen], (2, 98))
    scaled = np.clip((stack - low) / max(high - low, 1e-6), 0, 1) * 255
    return np.ascontiguousarray(np.concatenate([scaled, seen[None] * 255]).astype(np.uint8).transpose(1, 2, 0))


def _small(product: Product, name: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    source = product.band(name, 60.0)
    with open_image(source.path) as file:
        scale = SIDE_PX / max(file.width, file.height)
        shape = (max(1, round(file.height * scale)), max(1, round(file.width * scale)))
        stored = file.read(source.index, out_shape=shape)
    valid = np.ones(stored.shape, bool) if source.nodata is None else stored != source.nodata
    return (stored * np.float32(source.scale) + np.float32(source.offset)), valid
