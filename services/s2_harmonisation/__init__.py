"""Sentinel-2 series of any length as one regular stack of composites. Declaration only: pydantic, nothing heavier."""

from datetime import date
from typing import Any, Literal

from pydantic import field_validator, model_validator

from services.core.parameters import area
from services.core.service import Output, Params, Service, param
from services.core.types import BANDS, Area, LocalPath, Projection, Scenes, accepts, listed
from services.sentinel2 import parameters as shared

TIMESEN2CROP_BANDS = "B02,B03,B04,B05,B06,B07,B8A,B11,B12"
_MASKED_CLASSES = "1 saturated or defective, 3 cloud shadow, 8 to 10 clouds and cirrus, 11 snow or ice"


class HarmonisationParams(Params):
    """What a user may choose."""

    scenes: Scenes | None = param(
        None,
        title="Scenes",
        help="Level-2A products of the series: SAFE, zips of them, folders as THEIA delivers them, or NetCDF series, "
        "with commas between; a folder stands for all products in it. In the portal, without any: all indexed scenes "
        "of the area and time.",
        schema=accepts(*shared.SERIES_TYPES),
    )
    aoi: Area | None = area(
        "Polygon as WKT in longitude, latitude; the stack covers the rectangle around it. Without it all of the scenes."
    )
    start: date | None = param(
        None, title="From", help="First day of the series (YYYY-MM-DD); without it that of the earliest scene."
    )
    end: date | None = param(
        None, title="To", help="Last day of the series (YYYY-MM-DD); without it that of the latest scene."
    )
    period_days: int | None = param(
        None,
        title="Length of a period",
        help="Days that one composite covers, counted from the first day; without it calendar months.",
        unit="days",
        ge=1,
        le=366,
    )
    bands: str = param(
        TIMESEN2CROP_BANDS,
        title="Bands",
        help="Bands of the composites, separated by commas, in that order; the nine of TimeSen2Crop by default.",
        schema={"x-kind": BANDS},
    )
    method: shared.CompositeMethod = shared.composite_method(
        "What stands for a period: the median of the clear looks band by band, the medoid (the look nearest to "
        "all others, all bands of one date), or the look of the greatest NDVI."
    )
    cloudmask: shared.SeriesCloudMask = shared.series_cloud_mask(
        "What clouds are masked out by: scl (scene classes), probability (cloud probability), product (THEIA's "
        "own mask), auto (the best of these that each scene has) or none."
    )
    gap_limit_days: float = shared.gap_limit_days(
        "A period without a clear look is interpolated linearly in time where the nearest periods with one, "
        "before and after, lie no farther than this from it; 0 fills nothing."
    )
    resolution: float = param(10.0, title="Resolution", help="Size of the pixels.", unit="m", gt=0, le=10_000)
    projection: Projection | None = param(
        None, title="Projection", help="CRS of the stack as EPSG code; without it that of most scenes."
    )
    output_format: Literal["COG", "NetCDF", "Zarr"] = param(
        "COG",
        title="Format",
        help="COG: a file per period, shown on the map; NetCDF or Zarr: one stack (time, band, y, x) with CF time.",
        labels={"COG": "Cloud-optimised GeoTIFFs", "NetCDF": "NetCDF stack (CF)", "Zarr": "Zarr stack (CF)"},
    )
    hold_ends: bool = param(
        True,
        title="Hold at the ends",
        help="Whether periods before the first and after the last clear look take its value, within the same limit.",
        advanced=True,
    )
    cloud_classes: shared.SceneClasses = shared.scene_classes(
        "1,3,8,9,10,11", f"Scene classes (SCL) that are left out: {_MASKED_CLASSES}."
    )
    cloud_probability: float = shared.cloud_probability(40.0)
    masks: LocalPath | None = param(
        None,
        title="Masks",
        help="Folder of masks beside the scenes' own, one GeoTIFF each, called as the scene or its day "
        "(2018-04-07.tif): where one is not 0, the scene is left out.",
        advanced=True,
    )
    cloud_dilation_m: float = shared.cloud_margin(0.0)
    resampling: Literal["nearest", "bilinear"] = param(
        "bilinear", title="Resampling", help="How coarser bands are brought to the pixels.", advanced=True
    )

    @field_validator("scenes", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return listed(value)

    @field_validator("bands")
    @classmethod
    def _known_bands(cls, value: str) -> str:
        return shared.known_bands(value)

    @model_validator(mode="after")
    def _in_order(self) -> "HarmonisationParams":
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"end: the last day ({self.end}) lies before the first ({self.start}).")
        if self.scenes is None and self.aoi is None:
            raise ValueError("scenes: name the scenes of the series, or draw an area: its scenes are taken.")
        if self.method == "max_ndvi" and not {"B04", "B8A"} <= set(self.bands.split(",")):
            raise ValueError("bands: the greatest NDVI needs B04 and B8A among the bands.")
        return self


SERVICE = Service(
    id="s2_harmonisation",
    version="1.0.0",
    title="Sentinel-2 time series harmonisation",
    summary="Makes one composite per month (or any period) out of a series of Sentinel-2 scenes, clouds left out and "
    "gaps filled, so that series of any length and dates become one regular stack.",
    command="S2-harmonise",
    domain="agriculture",
    params=HarmonisationParams,
    outputs=(
        Output("composite", "Composite", unit="1", dtype="uint16", many=True, optional=True),
        Output("clear_looks", "Clear looks per period", unit="1", dtype="uint8", role="mask"),
        Output("filling", "Where values come from, per period", unit="1", dtype="uint8", role="mask"),
        Output("stack", "Stack of composites", unit="1", role="data", optional=True),
    ),
    entry="services.s2_harmonisation.process:run",
    preflight="services.s2_harmonisation.preflight:preflight",
    example={"scenes": ["scenes/"], "start": "2025-01-01", "end": "2025-12-31", "method": "median"},
    sources=(
        "Sentinel-2 Level-2A Algorithm Theoretical Basis Document, S2-PDGS-MPC-ATBD-L2A: scene classification",
        "Flood (2013), Remote Sensing 5, 6481: medoid composites",
        "Holben (1986), International Journal of Remote Sensing 7, 1417: maximum-value composites",
        "Weikmann, Paris, Bruzzone (2021), IEEE JSTARS 14, 4699: the nine bands, twelve monthly medians",
    ),
    citation="Contains modified Copernicus Sentinel data, processed with Groundwork.",
    licence="Copernicus Sentinel data: free, full and open (Commission Delegated Regulation (EU) No 1159/2013).",
    limitations=(
        "Clouds and shadows that the mask misses stay in the composites; fewer looks per period, more of them.",
        "Interpolated periods are estimates: the layer of filling says where they are.",
    ),
    icon="history",
)
