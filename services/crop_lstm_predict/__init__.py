"""Crop types out of a season of composites, by a trained network. Declaration only: pydantic, nothing heavier."""

from datetime import date
from typing import Any, Literal

from pydantic import field_validator, model_validator

from services.core.device import Device, Precision, device, precision
from services.core.service import Output, Params, Service, param
from services.core.types import Area, Model, Result, Scenes, VectorFile, accepts, listed
from services.prediction import parameters as shared
from services.sentinel2 import parameters as sentinel2


class PredictionParams(Params):
    """What a user may choose."""

    stack: Result | None = param(
        None,
        title="Stack of composites",
        help="Result of S2-harmonise: its folder, NetCDF or Zarr. Bands are found by name, whatever their order.",
        schema=accepts("s2_harmonisation"),
    )
    scenes: Scenes | None = param(
        None,
        title="Scenes",
        help="In place of a stack: Level-2A products of the season, harmonised on the way; with commas between, a "
        "folder stands for all products in it.",
        schema=accepts(*sentinel2.SERIES_TYPES),
    )
    model: Model = param(
        "pretrained",
        title="Model",
        help="Trained network: the folder or zip of its package, or pretrained for the one that comes along.",
        schema=accepts("crop_classification"),
    )
    aoi: Area | None = shared.area()
    mask: VectorFile | None = shared.mask_polygons()
    mask_raster: Result | None = shared.mask_raster()
    probabilities: Literal["all", "top", "none"] = param(
        "all",
        title="Probabilities",
        help="Posterior probabilities that are kept: of all classes, of the likeliest ones (top), or none.",
        labels={"all": "Of all classes", "top": "Of the likeliest classes", "none": "None"},
    )
    top_classes: int = param(
        3, title="Likeliest classes", help="How many classes probabilities top keeps.", unit="1", ge=1, le=16
    )
    start: date | None = param(
        None,
        title="From",
        help="A day of the first period (YYYY-MM-DD) where the stack or the scenes cover more time than the network "
        "takes.",
    )
    least_periods: int | None = shared.least_periods()
    stand_ins: str | None = shared.stand_ins()
    method: sentinel2.CompositeMethod = sentinel2.composite_method(
        "Of scenes: what stands for a period, as in S2-harmonise.", advanced=True
    )
    cloudmask: sentinel2.SeriesCloudMask = sentinel2.series_cloud_mask(
        "Of scenes: what clouds are masked out by, as in S2-harmonise.", advanced=True
    )
    gap_limit_days: float = sentinel2.gap_limit_days(
        "Of scenes: how far the nearest periods with a clear look may lie, as in S2-harmonise; 0 fills nothing.",
        advanced=True,
    )
    device: Device = device()
    precision: Precision = precision()

    @field_validator("scenes", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return listed(value)

    @model_validator(mode="after")
    def _one_of_each(self) -> "PredictionParams":
        if self.stack is None and self.scenes is None:
            raise ValueError("stack: give a stack of composites, or scenes.")
        if self.stack is not None and self.scenes is not None:
            raise ValueError("scenes: give either a stack of composites or scenes, not both.")
        shared.one_mask(self.mask, self.mask_raster)
        return self


SERVICE = Service(
    id="crop_lstm_predict",
    version="1.0.0",
    title="Crop types by a trained network",
    summary="Classifies every pixel of a season of composites: crop map, posterior probabilities, entropy and the "
    "area of each class.",
    command="LSTM-predict",
    domain="agriculture",
    params=PredictionParams,
    outputs=(
        Output("crop_map", "Crop map", unit="1", dtype="uint8"),
        Output(
            "probabilities",
            "Posterior probabilities",
            unit="1",
            dtype="uint8",
            optional=True,
            style={"bands": [1], "rescale": [[0, 200]], "colormap": "viridis"},
        ),
        Output("top_classes", "Likeliest classes", unit="1", dtype="uint8", optional=True),
        Output(
            "top_probabilities",
            "Probabilities of the likeliest classes",
            unit="1",
            dtype="uint8",
            optional=True,
            style={"bands": [1], "rescale": [[0, 200]], "colormap": "viridis"},
        ),
        Output(
            "entropy",
            "Entropy of the probabilities",
            unit="1",
            dtype="uint8",
            style={"bands": [1], "rescale": [[0, 200]], "colormap": "magma"},
        ),
        Output("areas", "Area of each class", role="metadata"),
        Output("composite", "Composite", unit="1", dtype="uint16", many=True, optional=True),
        Output("clear_looks", "Clear looks per period", unit="1", dtype="uint8", role="mask", optional=True),
        Output("filling", "Where values come from, per period", unit="1", dtype="uint8", role="mask", optional=True),
    ),
    entry="services.crop_lstm_predict.process:run",
    preflight="services.crop_lstm_predict.preflight:preflight",
    example={"stack": "harmonised/", "model": "pretrained", "probabilities": "all"},
    sources=(
        "Hochreiter, Schmidhuber (1997), Neural Computation 9, 1735: LSTM",
        "Rußwurm, Körner (2017), CVPR Workshops: LSTM for crop types from Sentinel-2 series",
        "Guo et al. (2017), arXiv:1706.04599: calibration of probabilities by temperature",
        "Intel 64 and IA-32 Architectures Optimization Reference Manual, chapter 20: AMX in bfloat16",
        "Shannon (1948), Bell System Technical Journal 27, 379: entropy",
    ),
    citation="Contains modified Copernicus Sentinel data, processed with Groundwork.",
    licence="Copernicus Sentinel data: free, full and open (Commission Delegated Regulation (EU) No 1159/2013); the "
    "licence of the model stands in its card.",
    limitations=(
        "A network knows the classes, the region and the seasons that it was trained on, and no others: its card says "
        "which. It gives every pixel one of its classes, forests and roads too; give a crop mask.",
        "Areas are counts of pixels: they carry the errors of the map and are no unbiased estimate without a sample of "
        "the ground.",
    ),
    icon="wheat",
)
