"""Open the images of products, as what they can be and nothing else."""

import rasterio
from rasterio.io import DatasetReader

from eo.errors import InvalidProduct

_JPEG_2000, _GEOTIFF = "JP2OpenJPEG", "GTiff"


def open_image(path: str) -> DatasetReader:
    """Open a JPEG 2000 or a GeoTIFF; the caller closes it.

    A file of another kind, a VRT that names further files above all, is no image of a product, whatever it is called.

    Raises:
        InvalidProduct: it cannot be opened.
    """
    driver = _JPEG_2000 if path.lower().endswith(".jp2") else _GEOTIFF
    try:
        # The files of a product are known; GDAL need not look for others beside them.
        with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
            return rasterio.open(path, driver=driver)
    except rasterio.errors.RasterioIOError as error:
        raise unreadable(path, error) from None


def unreadable(path: str, error: Exception) -> InvalidProduct:
    """Return what is said of an image that cannot be opened or decoded, without the folder it lies in."""
    name = path.rpartition("/")[2]
    reason = str(error.__cause__ or error).replace(path, name)
    return InvalidProduct(f"The image {name} cannot be read: {reason}.", hint="Fetch the product again.")
