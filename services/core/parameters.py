"""Parameters that services of several kinds declare alike. Pydantic only, nothing heavier."""

from typing import Any, Literal

from services.core.service import param

RasterFormat = Literal["COG", "GeoTIFF", "NetCDF", "Zarr"]
OutsideArea = Literal["nodata", "keep"]
LandSeaMask = Literal["none", "land", "sea"]


def area(help: str) -> Any:
    """Declare the area that is worked on; each service says what becomes of it."""
    return param(None, title="Area of interest", help=help, flag="AoI")


def raster_format(title: str = "Format") -> Any:
    """Declare the format of the rasters."""
    return param(
        "COG",
        title=title,
        help="Format of the rasters.",
        labels={"COG": "Cloud-optimised GeoTIFF", "NetCDF": "NetCDF (CF)", "Zarr": "Zarr (CF)"},
    )


def outside_area() -> Any:
    """Declare what becomes of the corners of the rectangle."""
    return param(
        "nodata",
        title="Outside of the area",
        help="What becomes of pixels in the rectangle around the area that lie outside of it: nodata or keep.",
        labels={"nodata": "No data", "keep": "Keep them"},
        advanced=True,
    )


def land_sea_mask() -> Any:
    """Declare whether land or sea is masked out."""
    return param(
        "none",
        title="Land/sea mask",
        help="What is masked out: land (mask out the land, keep the sea), sea (mask out the sea, keep the land) "
        "or none.",
        labels={"none": "None", "land": "Mask out the land", "sea": "Mask out the sea"},
    )


def land_polygons() -> Any:
    """Declare the polygons that land is known from."""
    return param(
        None,
        title="Land polygons",
        help="Vector file with polygons of land, for land_source vector.",
        advanced=True,
    )
