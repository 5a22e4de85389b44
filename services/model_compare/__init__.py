"""Two models of the same task, measured on the same samples. Declaration only: pydantic, nothing heavier."""

from typing import Literal

from pydantic import model_validator

from services.core.service import Output, Params, Service, param
from services.core.types import Model, Result, accepts


class CompareParams(Params):
    """What a user may choose."""

    model_a: Model | None = param(
        None,
        title="First model",
        help="Folder or zip of its package, or pretrained for the one that comes along.",
        schema=accepts("crop_classification", "ndvi_forecast"),
        needed=True,
    )
    model_b: Model | None = param(
        None,
        title="Second model",
        help="Another one of the same task, with the same classes or the same periods ahead.",
        schema=accepts("crop_classification", "ndvi_forecast"),
        needed=True,
    )
    data: Result | None = param(
        None,
        title="Samples",
        help="Result of TimeSen2Crop, or a folder with x.npy, y.npy and meta.json: what both are measured on.",
        schema=accepts("timesen2crop"),
        needed=True,
    )
    part: Literal["test", "validation", "cross_year", "train"] = param(
        "test",
        title="Part",
        help="Which samples of a result of TimeSen2Crop are taken; a folder of samples is taken whole.",
        labels={
            "test": "Test tiles",
            "validation": "Validation tiles",
            "cross_year": "Another year",
            "train": "Training tiles",
        },
    )

    @model_validator(mode="after")
    def _all_there(self) -> "CompareParams":
        for name in ("model_a", "model_b", "data"):
            if getattr(self, name) is None:
                raise ValueError(f"{name}: give {'samples' if name == 'data' else 'a model'}.")
        return self


SERVICE = Service(
    id="model_compare",
    version="1.0.0",
    title="Compare two models",
    summary="Measures two trained networks of the same task on the same samples and sets the numbers side by side.",
    command="Compare-models",
    domain="agriculture",
    params=CompareParams,
    outputs=(
        Output("comparison", "Numbers side by side", role="metadata"),
        Output("picture", "Numbers side by side, as a picture", role="overview"),
    ),
    entry="services.model_compare.process:run",
    preflight="services.model_compare.preflight:preflight",
    example={"model_a": "pretrained", "model_b": "my-model/", "data": "timesen2crop/", "part": "test"},
    sources=(
        "McNemar (1947), Psychometrika 12, 153: whether two classifiers differ on the same samples",
        "Cohen (1960), Educational and Psychological Measurement 20, 37: kappa",
        "Koenker, Bassett (1978), Econometrica 46, 33: quantile regression",
    ),
    citation="Processed with Groundwork.",
    licence="As that of the samples.",
    limitations=(
        "Samples that a model was trained on flatter it: where the cards tell, the result says so.",
        "McNemar's test takes samples for independent; pixels of one field are not, so that it sees differences too "
        "readily.",
    ),
    icon="git-compare",
)
