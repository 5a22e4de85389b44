"""Parameters that the services of prediction declare alike. Pydantic only, nothing heavier."""

from typing import Any

from services.core import parameters as common
from services.core.service import param
from services.core.types import accepts


def area() -> Any:
    """Declare the area that a prediction covers."""
    return common.area(
        "Polygon as WKT in longitude, latitude; the result covers the rectangle around it. Without it all there is."
    )


def mask_polygons() -> Any:
    """Declare the mask of polygons."""
    return param(
        None,
        title="Mask (polygons)",
        help="Only pixels whose centre lies in one of these polygons are predicted, which takes that much less time.",
    )


def mask_raster() -> Any:
    """Declare the mask of pixels."""
    return param(
        None,
        title="Mask (raster)",
        help="Only pixels where this raster is neither 0 nor no data are predicted: a GeoTIFF, or a result with one "
        "raster of whole numbers.",
        schema=accepts("crop_lstm_predict"),
    )


def least_periods() -> Any:
    """Declare how much must have been seen of a pixel."""
    return param(
        None,
        title="Least periods",
        help="Pixels with data in fewer periods become no data; without it half of what the network takes.",
        unit="1",
        ge=1,
        le=400,
        advanced=True,
    )


def stand_ins() -> Any:
    """Declare which bands are taken for others."""
    return param(
        None,
        title="Bands that stand in",
        help="Bands of the stack that are taken for ones it lacks, with commas between: B8A=B08 takes B08 for B8A. The "
        "network may have been trained on other wavelengths: the result says so.",
        pattern=r"^\s*\w+\s*=\s*\w+\s*(,\s*\w+\s*=\s*\w+\s*)*$",
        max_length=200,
        examples=["B8A=B08"],
        advanced=True,
    )


def one_mask(polygons: str | None, raster: str | None) -> None:
    """Refuse two masks.

    Raises:
        ValueError: both are given.
    """
    if polygons is not None and raster is not None:
        raise ValueError("mask_raster: give the mask either as polygons or as a raster, not both.")
