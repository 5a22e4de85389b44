"""Train a network that tells crops apart from their series. Declaration only: pydantic, nothing heavier."""

from pydantic import model_validator

from services.core.service import Output, Service, param
from services.core.types import Result, VectorFile, accepts
from services.learning.parameters import TrainingParams


class CropTrainingParams(TrainingParams):
    """What a user may choose."""

    data: Result | None = param(
        None,
        title="Samples",
        help="Labelled series: a result of TimeSen2Crop, or a folder with x.npy, y.npy and meta.json, or with one such "
        "folder per part (samples_train, samples_validation, samples_test). Or give labels and a stack instead.",
        schema=accepts("timesen2crop"),
    )
    val: Result | None = param(
        None,
        title="Validation samples",
        help="Folder of .npy, or a result of TimeSen2Crop, to validate on; without it the data's own part, else "
        "a fifth of the fields or samples that are held back.",
        schema=accepts("timesen2crop"),
    )
    labels: VectorFile | None = param(
        None,
        title="Labelled polygons",
        help="Fields with their crop as an attribute; their pixels of the stack are the samples.",
    )
    label_attribute: str = param(
        "class",
        title="Attribute of the class",
        help="Which attribute of the polygons says the crop: words, or whole numbers 0 to 254.",
        min_length=1,
        max_length=200,
    )
    stack: Result | None = param(
        None,
        title="Stack under the polygons",
        help="Harmonised series that the polygons lie over.",
        schema=accepts("s2_harmonisation"),
    )
    samples_per_polygon: int = param(
        100,
        title="Pixels per polygon",
        help="The most pixels that are taken of each polygon, drawn at random.",
        unit="1",
        ge=1,
        le=100_000,
        advanced=True,
    )
    class_weights: int = param(
        0,
        title="Class weights",
        help="0: each class weighs the inverse of its share, so that rare crops count as much as common ones; "
        "1: every sample weighs the same, so that probabilities follow the shares of the samples.",
        unit="1",
        ge=0,
        le=1,
    )

    @model_validator(mode="after")
    def _one_source(self) -> "CropTrainingParams":
        if self.data is not None and (self.labels or self.stack):
            raise ValueError("data: give samples, or labelled polygons over a stack, not both.")
        if self.data is None and not (self.labels and self.stack):
            missing = "labels" if self.stack else "stack" if self.labels else "data"
            raise ValueError(f"{missing}: give samples, or labelled polygons together with the stack they lie over.")
        return self


SERVICE = Service(
    id="crop_lstm_train",
    version="1.0.0",
    title="Crop types: train a network",
    summary="Trains an LSTM (or another network) that tells crop types from regular Sentinel-2 time series, and says "
    "how well it does.",
    command="LSTM-train",
    domain="agriculture",
    params=CropTrainingParams,
    outputs=(
        Output("card", "Card of the model", role="metadata"),
        Output("weights", "Weights (safetensors)"),
        Output("onnx", "Network (ONNX)"),
        Output("metrics", "Metrics", role="metadata"),
        Output("confusion", "Confusion matrix", role="overview"),
        Output("reliability", "Reliability diagram", role="overview"),
        Output("curve", "Training curve", role="overview"),
    ),
    entry="services.crop_lstm_train.process:run",
    preflight="services.crop_lstm_train.preflight:preflight",
    example={"data": "timesen2crop/", "epochs": 100, "batch_size": 64, "class_weights": 0, "dropout": 0.3},
    sources=(
        "Hochreiter, Schmidhuber 1997, Long short-term memory, doi:10.1162/neco.1997.9.8.1735",
        "Weikmann, Paris, Bruzzone 2021, TimeSen2Crop, doi:10.1109/JSTARS.2021.3073965",
        "Guo, Pleiss, Sun, Weinberger 2017, On calibration of modern neural networks, arXiv:1706.04599",
        "Pelletier, Webb, Petitjean 2019, Temporal convolutional neural network, doi:10.3390/rs11050523",
        "Sainte Fare Garnot, Landrieu 2020, Lightweight temporal attention encoder, arXiv:2007.00586",
        "Vaswani et al. 2017, Attention is all you need, arXiv:1706.03762",
    ),
    citation="Trained with Groundwork; the card names the samples.",
    licence="That of the samples, which the card names.",
    limitations=(
        "A network knows the crops, the region, the season and the bands that it was trained on, and no others.",
        "With class weights 0 probabilities are those of a world where all crops are equally common.",
        "Validation on samples of the same fields or tiles says too much good; hold whole tiles back.",
    ),
    icon="brain",
)
