"""Open the images of products, as what they can be and nothing else."""

import warnings
from typing import cast

import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader

from eo.errors import InvalidProduct

MAX_SIDE_PX = 50_000
MAX_BLOCK_PX = 16_000 * 16_000
"""A tile of Sentinel-2 has 10 980 pixels a side; what is said to be far larger would be decoded into memory."""
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)  # images in radar geometry are placed by orbits
_DRIVERS = {".jp2": "JP2OpenJPEG", ".hgt": "SRTMHGT"}
_NETCDF, _ZARR = "NETCDF:", "ZARR:"


def open_image(path: str) -> DatasetReader:
    """Open a JPEG 2000, an SRTM tile, a GeoTIFF or a variable of a cube, told by its name; the caller closes it.

    A file of another kind, a VRT that names further files above all, is no image of a product, whatever it is called.

    Raises:
        InvalidProduct: it cannot be opened, or says that it is larger than any image of a product.
    """
    image = _netcdf(path) if path.startswith(_NETCDF) else _opened(path)
    block_px = max((rows * columns for rows, columns in image.block_shapes), default=0)
    if max(image.width, image.height) > MAX_SIDE_PX or block_px > MAX_BLOCK_PX:
        image.close()
        raise InvalidProduct(
            f"The image {path.rpartition('/')[2]} says that it has {image.width} × {image.height} pixels.",
            hint="No product holds such an image; fetch it again.",
        )
    return image


def _opened(path: str) -> DatasetReader:
    driver = "Zarr" if path.startswith(_ZARR) else _DRIVERS.get(path[-4:].lower(), "GTiff")
    try:
        # The files of a product are known; GDAL need not look for others beside them.
        with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
            return rasterio.open(path, driver=driver)
    except rasterio.errors.RasterioIOError as error:
        raise unreadable(path, error) from None


def _netcdf(path: str) -> DatasetReader:
    from eo.io.netcdf_image import NetCdfImage  # its library stays out of those who never need it

    return cast(DatasetReader, NetCdfImage(path))


def unreadable(path: str, error: Exception) -> InvalidProduct:
    """Return what is said of an image that cannot be opened or decoded, without the folder it lies in."""
    name = path.rpartition("/")[2]
    reason = str(error.__cause__ or error).replace(path, name)
    return InvalidProduct(f"The image {name} cannot be read: {reason}.", hint="Fetch the product again.")
