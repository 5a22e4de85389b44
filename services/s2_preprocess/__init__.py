"""Sentinel-2 scenes as one analysis-ready raster. Declaration only: pydantic, nothing heavier."""

from typing import Literal

from pydantic import field_validator, model_validator

from eo.io.sentinel2_bands import BAND_ORDER, band_name
from services.core.service import Output, Params, Service, param
from services.core.types import BANDS, Area, Projection, Scene, VectorFile, accepts


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
    landseamask: Literal["none", "land", "sea"] = param(
        "none",
        title="Land/sea mask",
        help="What is masked out: land (mask out the land, keep the sea), sea (mask out the sea, keep the land) "
        "or none.",
        labels={"none": "None", "land": "Mask out the land", "sea": "Mask out the sea"},
    )
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
    aoi: Area | None = param(
        None,
        title="Area of interest",
        help="Polygon as WKT in longitude, latitude; the result is cut to it. Without it the whole scene.",
        flag="AoI",
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
    output_format: Literal["COG", "GeoTIFF", "NetCDF", "Zarr"] = param(
        "COG",
        title="Format",
        help="Format of the rasters.",
        labels={"COG": "Cloud-optimised GeoTIFF", "NetCDF": "NetCDF (CF)", "Zarr": "Zarr (CF)"},
    )
    outside_area: Literal["nodata", "keep"] = param(
        "nodata",
        title="Outside of the area",
        help="What becomes of pixels in the rectangle around the area that lie outside of it: nodata or keep.",
        labels={"nodata": "No data", "keep": "Keep them"},
        advanced=True,
    )
    resampling_continuous: Literal["nearest", "bilinear", "cubic", "average"] = param(
        "bilinear", title="Resampling of bands", help="How reflectance is resampled.", advanced=True
    )
    resampling_categorical: Literal["nearest", "mode"] = param(
        "nearest", title="Resampling of classes", help="How classes and masks are resampled.", advanced=True
    )
    cloud_classes: str = param(
        "3,8,9,10",
        title="Scene classes masked",
        help="Scene classes that cloudmask scl masks out: 1 saturated or defective, 2 dark area, 3 cloud shadow, "
        "4 vegetation, 5 not vegetated, 6 water, 7 unclassified, 8 and 9 cloud of medium and high probability, "
        "10 thin cirrus, 11 snow or ice.",
        pattern=r"^\s*\d{1,2}\s*(,\s*\d{1,2}\s*)*$",
        advanced=True,
    )
    cloud_probability: float = param(
        50.0,
        title="Cloud probability",
        help="Least probability that cloudmask probability masks out.",
        unit="%",
        gt=0,
        le=100,
        advanced=True,
    )
    cloud_dilation_m: float = param(
        0.0,
        title="Cloud margin",
        help="How far clouds, their shadows and cirrus are widened.",
        unit="m",
        ge=0,
        le=5_000,
        advanced=True,
    )
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
    land_vector: VectorFile | None = param(
        None,
        title="Land polygons",
        help="Vector file with polygons of land, for land_source vector.",
        advanced=True,
    )
    scene_classification: bool = param(
        False,
        title="Write the scene classification",
        help="Whether the scene classes (SCL) are written too, on the same grid.",
        advanced=True,
    )

    @field_validator("bands")
    @classmethod
    def _known_bands(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        names = {part.strip(): band_name(part) for part in value.split(",")}
        unknown = [part or "(empty)" for part, name in names.items() if name is None]
        if unknown:
            raise ValueError(f"there is no band {', '.join(unknown)}; bands are {', '.join(BAND_ORDER)}")
        return ",".join(dict.fromkeys(name for name in names.values() if name))

    @field_validator("cloud_classes")
    @classmethod
    def _known_classes(cls, value: str) -> str:
        classes = sorted({int(part) for part in value.split(",")})
        if any(not 1 <= c <= 11 for c in classes):
            raise ValueError("scene classes are 1 to 11")
        return ",".join(map(str, classes))

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
