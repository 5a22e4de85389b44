"""Changes between two Sentinel-2 scenes by change vector analysis. Declaration only: pydantic, nothing heavier."""

from math import isfinite
from typing import Literal

from pydantic import ValidationInfo, field_validator

from services.core import parameters as common
from services.core.service import Output, Params, Service, param
from services.core.types import BANDS, Area, Projection, Scene, accepts
from services.sentinel2 import parameters as shared

PRODUCT_TYPES = ("S2MSI2A", "S2-BANDS")
REFERENCE_NAMES = ("ones", "pca")


class ChangeDetectionParams(Params):
    """What a user may choose."""

    input1: Scene = param(
        title="Scene before",
        help="Level-2A product of the first date; the result lies on its grid.",
        schema=accepts(*PRODUCT_TYPES),
    )
    input2: Scene = param(
        title="Scene after",
        help="Level-2A product of the second date; warped onto the first where their grids differ.",
        schema=accepts(*PRODUCT_TYPES),
    )
    bands: str = param(
        "B02,B03,B04,B08",
        title="Bands",
        help="Bands of the change vector, separated by commas; two or more.",
        schema={"x-kind": BANDS},
    )
    cloudmask: Literal["none", "auto", "scl", "probability", "product"] = param(
        "auto",
        title="Cloud mask",
        help="What clouds and shadows of either date are masked out by: scl (scene classes of Level-2A), probability "
        "(its cloud probability), product (the cloud masks of THEIA), auto (the best of these that each scene has) or "
        "none.",
        labels={
            "none": "None",
            "auto": "The best each scene has",
            "scl": "Scene classification (Level-2A)",
            "probability": "Cloud probability (Level-2A)",
            "product": "The product's own masks (THEIA)",
        },
    )
    aoi: Area | None = common.area("Polygon in longitude, latitude; without it the whole first scene.")
    resolution: float = param(10.0, title="Resolution", help="Size of the result's pixels.", unit="m", gt=0, le=100_000)
    projection: Projection | None = param(
        None, title="Projection", help="CRS of the result; without it that of the first scene."
    )
    number_of_classes: int = param(
        3,
        title="Kinds of change",
        help="Into how many kinds the changed pixels are split by the direction of their change.",
        unit="1",
        flag="numberOfClasses",
        ge=1,
        le=12,
    )
    reference_vector: str = param(
        "ones",
        title="Reference vector",
        help="What directions are measured against: ones (all bands alike), pca (the pair's main change), or one "
        "number per band.",
        flag="referenceVector",
    )
    level_confidence: float = param(
        0.95,
        title="Confidence",
        help="A pixel is changed where the probability of change is no less than this.",
        unit="1",
        flag="levelConfidence",
        ge=0.5,
        lt=1,
    )
    minimum_mapping_unit_m2: float = param(
        500.0,
        title="Minimum mapping unit",
        help="Smaller patches of change are left out.",
        unit="m²",
        ge=0,
        le=1e8,
    )
    normalisation: Literal["none", "relative"] = param(
        "none",
        title="Radiometric normalisation",
        help="Whether the second date is first fitted to the first on pixels that did not change.",
        labels={"none": "None", "relative": "Relative, on unchanged pixels"},
    )
    unchanged_law: Literal["nakagami", "gaussian"] = param(
        "nakagami",
        title="Law of the unchanged",
        help="Distribution of the magnitude of unchanged pixels in the mixture.",
        labels={"nakagami": "Nakagami: noise in several bands", "gaussian": "Gaussian: Bruzzone and Prieto 2000"},
        advanced=True,
    )
    minimum_magnitude: float = param(
        0.0,
        title="Least magnitude",
        help="Weaker changes are never reported, however probable.",
        unit="1",
        ge=0,
        le=2,
        advanced=True,
    )
    cloud_dilation_m: float = shared.cloud_margin(40.0)
    output_format: common.RasterFormat = common.raster_format("Raster format")
    vector_format: Literal["GPKG", "GeoJSON", "FlatGeobuf"] = param(
        "GPKG",
        title="Vector format",
        help="Format of the polygons; GeoJSON is in longitude, latitude.",
        labels={"GPKG": "GeoPackage"},
    )

    @field_validator("bands")
    @classmethod
    def _several_bands(cls, value: str) -> str:
        wanted = shared.known_bands(value)
        if "," not in wanted:
            raise ValueError(f"{wanted} alone is no vector; give two bands or more, for example B02,B03,B04,B08")
        return wanted

    @field_validator("reference_vector")
    @classmethod
    def _name_or_numbers(cls, value: str, info: ValidationInfo) -> str:
        text = value.strip().lower()
        if text in REFERENCE_NAMES:
            return text
        try:
            numbers = [float(part) for part in text.split(",")]
        except ValueError:
            raise ValueError("must be ones, pca, or one number per band, for example 1,1,1,-1") from None
        bands = info.data.get("bands", "").split(",")
        if len(numbers) != len(bands):
            raise ValueError(f"has {len(numbers)} numbers, but there are {len(bands)} bands ({', '.join(bands)})")
        if not all(map(isfinite, numbers)) or not any(numbers):
            raise ValueError("needs finite numbers that are not all zero")
        return text


SERVICE = Service(
    id="s2_change_detection",
    version="1.0.0",
    title="Changes between two Sentinel-2 scenes",
    summary="Finds what changed between two Level-2A scenes, how strongly and in which way, and outlines it.",
    command="S2-CD",
    domain="security",
    params=ChangeDetectionParams,
    outputs=(
        Output(
            "classes",
            "Kinds of change",
            unit="1",
            dtype="uint8",
        ),
        Output(
            "magnitude",
            "Magnitude of change (reflectance)",
            unit="1",
            dtype="uint16",
            style={"bands": [1], "rescale": [[0, 3000]], "colormap": "magma"},
        ),
        Output(
            "direction",
            "Direction of change",
            unit="deg",
            dtype="uint16",
            style={"bands": [1], "rescale": [[0, 18000]], "colormap": "hsv"},
        ),
        Output(
            "posterior",
            "Probability of change",
            unit="1",
            dtype="uint8",
            style={"bands": [1], "rescale": [[0, 100]], "colormap": "viridis"},
        ),
        Output("changes", "Outlines of change", role="vector"),
    ),
    entry="services.s2_change_detection.process:run",
    preflight="services.s2_change_detection.preflight:preflight",
    example={"input1": "before.SAFE", "input2": "after.SAFE", "bands": "B02,B03,B04,B08", "number_of_classes": 3},
    sources=(
        "Bovolo, Marchesi, Bruzzone 2012, A framework for automatic and unsupervised detection of multiple changes in "
        "multitemporal images, doi:10.1109/TGRS.2011.2171493",
        "Bruzzone, Prieto 2000, Automatic analysis of the difference image for unsupervised change detection, "
        "doi:10.1109/36.843009",
        "Liu, Bruzzone, Bovolo, Zanetti, Du 2015, Sequential spectral change vector analysis, "
        "doi:10.1109/TGRS.2015.2396686",
        "Zanetti, Bovolo, Bruzzone 2015, Rayleigh-Rice mixture parameter estimation via EM algorithm, "
        "doi:10.1109/TIP.2015.2474710",
        "Canty, Nielsen 2008, Automatic radiometric normalization with the iteratively re-weighted MAD transformation, "
        "doi:10.1016/j.rse.2007.07.013",
    ),
    citation="Change vector analysis after Bovolo, Marchesi and Bruzzone (2012), doi:10.1109/TGRS.2011.2171493. "
    "Contains modified Copernicus Sentinel data.",
    licence="Copernicus Sentinel data: free, full and open (Regulation (EU) 1159/2013).",
    limitations=(
        "Growth, harvest and snow are changes too: compare dates of the same season.",
        "Kinds of change are told apart by spectral direction alone; they carry no names of land cover.",
        "Where the changed pixels do not stand apart from the noise, no change is reported.",
        "Areas are of the whole pixels on the ellipsoid.",
    ),
    icon="git-compare",
)
