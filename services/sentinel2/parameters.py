"""Parameters that the services of Sentinel-2 declare alike. Pydantic only, nothing heavier."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from eo.io.sentinel2_bands import BAND_ORDER, band_name
from services.core.service import param

SERIES_TYPES = ("S2MSI2A", "S2-BANDS", "S2-SERIES")
"""Products that a series is made of."""

CompositeMethod = Literal["median", "medoid", "max_ndvi"]
SeriesCloudMask = Literal["auto", "scl", "probability", "product", "none"]


def known_bands(value: str) -> str:
    """Return bands by their names (B02), commas between, without repeats.

    Raises:
        ValueError: a name is none; says which there are.
    """
    names = {part.strip(): band_name(part) for part in value.split(",")}
    unknown = [part or "(empty)" for part, name in names.items() if name is None]
    if unknown:
        raise ValueError(f"there is no band {', '.join(unknown)}; bands are {', '.join(BAND_ORDER)}")
    return ",".join(dict.fromkeys(name for name in names.values() if name))


def _known_classes(value: str) -> str:
    classes = sorted({int(part) for part in value.split(",")})
    if any(not 1 <= c <= 11 for c in classes):
        raise ValueError("scene classes are 1 to 11")
    return ",".join(map(str, classes))


SceneClasses = Annotated[str, AfterValidator(_known_classes)]
"""Scene classes (SCL), commas between."""


def scene_classes(default: str, help: str) -> Any:
    """Declare the scene classes that are masked out."""
    return param(
        default,
        title="Scene classes masked",
        help=help,
        pattern=r"^\s*\d{1,2}\s*(,\s*\d{1,2}\s*)*$",
        advanced=True,
    )


def cloud_probability(default: float) -> Any:
    """Declare how probable a cloud has to be."""
    return param(
        default,
        title="Cloud probability",
        help="Least probability that cloudmask probability masks out.",
        unit="%",
        gt=0,
        le=100,
        advanced=True,
    )


def cloud_margin(default: float) -> Any:
    """Declare how far a cloud mask is widened."""
    return param(
        default,
        title="Cloud margin",
        help="How far clouds, their shadows and cirrus are widened.",
        unit="m",
        ge=0,
        le=5_000,
        advanced=True,
    )


def composite_method(help: str, *, advanced: bool = False) -> Any:
    """Declare what stands for a period of a series."""
    return param(
        "median",
        title="Composite",
        help=help,
        labels={"median": "Median of each band", "medoid": "Medoid", "max_ndvi": "Greatest NDVI"},
        advanced=advanced,
    )


def series_cloud_mask(help: str, *, advanced: bool = False) -> Any:
    """Declare what clouds are masked out by in a series."""
    return param(
        "auto",
        title="Cloud mask",
        help=help,
        labels={
            "auto": "The best each scene has",
            "scl": "Scene classification",
            "probability": "Cloud probability",
            "product": "The product's own mask (THEIA)",
            "none": "None",
        },
        advanced=advanced,
    )


def gap_limit_days(help: str, *, advanced: bool = False) -> Any:
    """Declare over how long a gap is interpolated."""
    return param(62.0, title="Fill gaps up to", help=help, unit="days", ge=0, le=3660, advanced=advanced)
