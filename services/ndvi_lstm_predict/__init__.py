"""The next periods of NDVI out of a stack of composites. Declaration only: pydantic, nothing heavier."""

from datetime import date

from pydantic import model_validator

from services.core.device import Device, device
from services.core.service import Output, Params, Service, param
from services.core.types import Area, Model, Result, VectorFile, accepts
from services.prediction import parameters as shared


class NdviPredictionParams(Params):
    """What a user may choose."""

    stack: Result | None = param(
        None,
        title="Stack of composites",
        help="Result of S2-harmonise with red and near infrared; the forecast goes on from its last period.",
        schema=accepts("s2_harmonisation"),
        needed=True,
    )
    model: Model | None = param(
        None,
        title="Model",
        help="Forecast of NDVI: the folder or zip of a package that LSTM-NDVI-train made.",
        schema=accepts("ndvi_forecast"),
        needed=True,
    )
    aoi: Area | None = shared.area()
    mask: VectorFile | None = shared.mask_polygons()
    mask_raster: Result | None = shared.mask_raster()
    until: date | None = param(
        None,
        title="From what was seen until",
        help="Forecast from the period that holds this day, as if nothing later were known; without it from the last.",
    )
    least_periods: int | None = shared.least_periods()
    stand_ins: str | None = shared.stand_ins()
    device: Device = device()

    @model_validator(mode="after")
    def _all_there(self) -> "NdviPredictionParams":
        if self.stack is None:
            raise ValueError("stack: give a stack of composites.")
        if self.model is None:
            raise ValueError("model: give a model that forecasts NDVI (LSTM-NDVI-train makes one).")
        shared.one_mask(self.mask, self.mask_raster)
        return self


_STYLE = {"bands": [1], "rescale": [[0, 10_000]], "colormap": "rdylgn"}

SERVICE = Service(
    id="ndvi_lstm_predict",
    version="1.0.0",
    title="Forecast NDVI",
    summary="Forecasts the next periods of NDVI of every pixel of a stack, with prediction intervals.",
    command="LSTM-NDVI-predict",
    domain="agriculture",
    params=NdviPredictionParams,
    outputs=(
        Output("ndvi_forecast", "NDVI forecast", unit="1", dtype="int16", style=_STYLE),
        Output("ndvi_lower", "Lower end of the interval", unit="1", dtype="int16", style=_STYLE),
        Output("ndvi_upper", "Upper end of the interval", unit="1", dtype="int16", style=_STYLE),
    ),
    entry="services.ndvi_lstm_predict.process:run",
    preflight="services.ndvi_lstm_predict.preflight:preflight",
    example={"stack": "harmonised/", "model": "ndvi-model/"},
    sources=(
        "Hochreiter, Schmidhuber (1997), Neural Computation 9, 1735: LSTM",
        "Koenker, Bassett (1978), Econometrica 46, 33: quantile regression",
        "Tucker (1979), Remote Sensing of Environment 8, 127: NDVI",
    ),
    citation="Contains modified Copernicus Sentinel data, processed with Groundwork.",
    licence="Copernicus Sentinel data: free, full and open (Commission Delegated Regulation (EU) No 1159/2013); the "
    "licence of the model stands in its card.",
    limitations=(
        "A forecast knows the years and places that its model was trained on: a drought or a new crop is none of them.",
        "Composites that were filled in between later looks would know the future: such values are taken for gaps.",
    ),
    icon="trending-up",
)
