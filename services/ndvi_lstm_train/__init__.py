"""A network that forecasts NDVI, trained on series of pixels. Declaration only: pydantic, nothing heavier."""

from pydantic import model_validator

from services.core.device import Device, device
from services.core.service import Output, Params, Service, param
from services.core.types import Result, accepts
from services.learning import parameters as learning
from services.prediction.parameters import stand_ins


class NdviTrainingParams(Params):
    """What a user may choose."""

    stack: Result | None = param(
        None,
        title="Stack of composites",
        help="Result of S2-harmonise with red and near infrared, as many years of it as there are; values that were "
        "filled in are taken for gaps.",
        schema=accepts("s2_harmonisation"),
    )
    data: Result | None = param(
        None,
        title="Samples",
        help="In place of a stack: samples of TimeSen2Crop, or a folder with x.npy and meta.json (or several of these: "
        "train, validation, test).",
        schema=accepts("timesen2crop"),
    )
    past: int = param(
        12, title="Periods before", help="How many periods a forecast is made from.", unit="1", ge=2, le=120
    )
    horizon: int = param(3, title="Periods ahead", help="How many periods are forecast.", unit="1", ge=1, le=24)
    name: str = param("NDVI forecast", title="Name", help="What the model is called.", min_length=1, max_length=120)
    pixels: int = param(
        4000,
        title="Pixels",
        help="At most so many pixels of a stack are learnt from, drawn at random.",
        unit="1",
        ge=100,
        le=1_000_000,
    )
    epochs: int = learning.epochs(20)
    batch_size: learning.BatchSize = learning.batch_size(256)
    learning_rate: float = learning.learning_rate(3e-3)
    layers: int = param(1, title="Layers", help="Layers of the LSTM.", unit="1", ge=1, le=8, advanced=True)
    hidden_units: int = param(
        32, title="Hidden units", help="Units of each layer.", unit="1", ge=1, le=1024, advanced=True
    )
    dropout: float = learning.dropout(advanced=True)
    masked_share: float = learning.masked_share(0.2)
    noise: float = learning.noise(0.3)
    patience: int = learning.patience(6)
    seed: int = learning.seed()
    stand_ins: str | None = stand_ins()
    device: Device = device()

    @model_validator(mode="after")
    def _one_of_both(self) -> "NdviTrainingParams":
        if (self.stack is None) == (self.data is None):
            raise ValueError("stack: give either a stack of composites or samples.")
        return self


SERVICE = Service(
    id="ndvi_lstm_train",
    version="1.0.0",
    title="Train a forecast of NDVI",
    summary="Trains an LSTM that forecasts the next periods of NDVI of every pixel from its past, with prediction "
    "intervals, and measures it against persistence and climatology.",
    command="LSTM-NDVI-train",
    domain="agriculture",
    params=NdviTrainingParams,
    outputs=(
        Output("card", "Model card", role="metadata"),
        Output("weights", "Weights (safetensors)", role="data"),
        Output("onnx", "Network (ONNX)", role="data"),
        Output("skill", "Errors beside persistence and climatology", role="overview"),
        Output("curve", "Training curve", role="overview"),
    ),
    entry="services.ndvi_lstm_train.process:run",
    preflight="services.ndvi_lstm_train.preflight:preflight",
    example={"stack": "harmonised/", "past": 12, "horizon": 3},
    sources=(
        "Hochreiter, Schmidhuber (1997), Neural Computation 9, 1735: LSTM",
        "Koenker, Bassett (1978), Econometrica 46, 33: quantile regression",
        "Tucker (1979), Remote Sensing of Environment 8, 127: NDVI",
        "Wilks (2019), Statistical Methods in the Atmospheric Sciences, 4th ed., chapter 9: skill against references",
    ),
    citation="Contains modified Copernicus Sentinel data, processed with Groundwork.",
    licence="The model may be used as the data it was trained on.",
    limitations=(
        "A forecast knows the years and places it was trained on: a drought or a new crop is none of them.",
        "The intervals hold on average over the test series, not for each pixel.",
    ),
    icon="brain",
)
