"""Sentinel-2 scenes as one analysis-ready raster. Declaration only: pydantic, nothing heavier."""

from typing import Literal

from pydantic import field_validator, model_validator

from services.core import parameters as common
from services.core.service import Output, Params, Service, param
from services.core.types import BANDS, Area, Projection, Scene, VectorFile, accepts
from services.sentinel2 import parameters as shared


class PreprocessParams(Params):
    """What a user may choose."""

    input: Scene = param(
        title="Scene",
        help="Level-1C or Level-2A product: a SAFE folder, a zip of one, or a folder of bands as THEIA delivers it.",
        schema=accepts("S2MSI1C", "S2MSI2A", "S2-BANDS"),
    )
    bands: str | None = param(
        None,
        title="Bands",
        help="Bands to write, separated by commas, in that order (B02,B03,B04); without it all that the product has.",
        schema={"x-kind": BANDS},
    )
    landseamask: common.LandSeaMask = common.land_sea_mask()
    cloudmask: Literal["none", "auto", "scl", "probability", "product"] = param(
        "none",
        title="Cloud mask",
        help="What clouds are masked out by: scl (scene classes of Level-2A), probability (its cloud probability), "
        "product (the cloud masks of Level-1C or THEIA), auto (the best of these that the product has) or none.",
        labels={
            "none": "None",
            "auto": "The best the product has",
            "scl": "Scene classification (Level-2A)",
            "probability": "Cloud probability (Level-2A)",
            "product": "The product's own masks (Level-1C, THEIA)",
        },
    )
    aoi: Area | None = common.area(
        "Polygon as WKT in longitude, latitude; the result is cut to it. Without it the whole scene."
    )
    resolution: float = param(
        10.0,
        title="Resolution",
        help="Size of the result's pixels; in a geographic projection it is converted to degrees at the latitude of "
        "the area.",
        unit="m",
        gt=0,
        le=100_000,
    )
    projection: Projection | None = param(
        None, title="Projection", help="CRS of the result as EPSG code; without it the product's own (UTM)."
    )
    output_format: common.RasterFormat = common.raster_format()
    outside_area: common.OutsideArea = common.outside_area()
    resampling_continuous: Literal["nearest", "bilinear", "cubic", "average"] = param(
        "bilinear", title="Resampling of bands", help="How reflectance is resampled.", advanced=True
    )
    resampling_categorical: Literal["nearest", "mode"] = param(
        "nearest", title="Resampling of classes", help="How classes and masks are resampled.", advanced=True
    )
    cloud_classes: shared.SceneClasses = shared.scene_classes(
        "3,8,9,10",
        "Scene classes that cloudmask scl masks out: 1 saturated or defective, 2 dark area, 3 cloud shadow, "
        "4 vegetation, 5 not vegetated, 6 water, 7 unclassified, 8 and 9 cloud of medium and high probability, "
        "10 thin cirrus, 11 snow or ice.",
    )
    cloud_probability: float = shared.cloud_probability(50.0)
    cloud_dilation_m: float = shared.cloud_margin(0.0)
    land_source: Literal["natural_earth", "scl", "vector"] = param(
        "natural_earth",
        title="Land from",
        help="Where land is known from: natural_earth (1:10 million, coastlines are off by several hundred metres, "
        "lakes count as land), scl (Level-2A scene class water; water under clouds counts as land) or vector.",
        labels={
            "natural_earth": "Natural Earth 1:10 m",
            "scl": "Scene classification (Level-2A)",
            "vector": "A vector file",
        },
        advanced=True,
    )
    land_vector: VectorFile | None = common.land_polygons()
    scene_classification: bool = param(
        False,
        title="Write the scene classification",
        help="Whether the scene classes (SCL) are written too, on the same grid.",
        advanced=True,
    )

    @field_validator("bands")
    @classmethod
    def _known_bands(cls, value: str | None) -> str | None:
        return shared.known_bands(value) if value and value.strip() else None

    @model_validator(mode="after")
    def _vector_is_there(self) -> "PreprocessParams":
        if self.landseamask != "none" and self.land_source == "vector" and not self.land_vector:
            raise ValueError("land_vector: name a vector file of land, or choose another land_source.")
        return self


SERVICE = Service(
    id="s2_preprocess",
    version="1.0.0",
    title="Sentinel-2 preprocessing",
    summary="Brings all wanted bands of a Sentinel-2 scene to one grid, cut to the area, with clouds and land or sea "
    "masked out.",
    command="S2-preprocess",
    domain="general",
    params=PreprocessParams,
    outputs=(
        Output("reflectance", "Reflectance", unit="1", dtype="uint16"),
        Output("mask", "What was masked out, and why", unit="1", dtype="uint8", role="mask", optional=True),
        Output("scene_classification", "Scene classification (SCL)", unit="1", dtype="uint8", optional=True),
    ),
    entry="services.s2_preprocess.process:run",
    preflight="services.s2_preprocess.preflight:preflight",
    example={"input": "scene.SAFE", "bands": "B02,B03,B04,B08", "cloudmask": "auto", "resolution": 10},
    sources=(
        "Sentinel-2 Products Specification Document, S2-PDGS-TAS-DI-PSD: reflectance = (DN + offset) / quantification",
        "Sentinel-2 Level-2A Algorithm Theoretical Basis Document, S2-PDGS-MPC-ATBD-L2A: scene classification",
        "Natural Earth 1:10 m land, naturalearthdata.com, public domain",
    ),
    citation="Contains modified Copernicus Sentinel data, processed with Groundwork.",
    licence="Copernicus Sentinel data: free, full and open (Commission Delegated Regulation (EU) No 1159/2013). "
    "Natural Earth: public domain.",
    limitations=(
        "Saturated pixels hold the largest number (65535) where they were not interpolated.",
        "Natural Earth coastlines are off by several hundred metres.",
    ),
    icon="layers",
)
