"""What a forecast works on: series, network, mask, settled and checked before a pixel is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from eo.errors import InvalidOption, PeriodMismatch
from eo.io.model_package import Package
from eo.learning.card import Periods
from eo.learning.inference import Network
from eo.timeseries.periods import Period, months, spans
from services.ndvi_lstm_predict import NdviPredictionParams
from services.prediction.crop_mask import CropMask, open_mask
from services.prediction.engine import open_model, open_network
from services.prediction.imagery import read_stand_ins, season, stood_in, with_periods
from services.prediction.inputs import Input, named_inputs
from services.prediction.ndvi import NEAR, RED, NdviImagery, open_ndvi


@dataclass(frozen=True)
class Recipe:
    """What computes a block; travels to whatever computes it.

    Args:
        shape: periods ahead and quantiles.
        middle: which quantile is the median.
    """

    ndvi: NdviImagery
    network: Network
    mask: CropMask
    least_periods: int
    shape: tuple[int, int]
    middle: int


@dataclass(frozen=True)
class Work:
    """One run; `ahead` are the periods that are forecast."""

    recipe: Recipe
    package: Package
    ahead: tuple[Period, ...]
    inputs: tuple[Input, ...]
    remarks: tuple[str, ...]


def settle(params: NdviPredictionParams) -> Work:
    """Open everything and check that it fits together.

    Raises:
        EoError: says which of the stack, the model, the mask or the device stands in the way.
    """
    package = open_model(str(params.model), "ndvi_forecast")
    card = package.card
    wanted, quantiles = card.inputs.periods, card.outputs.quantiles
    least = params.least_periods or -(-wanted.count // 2)
    if least > wanted.count:
        raise InvalidOption(
            f"least_periods is {least}; the network takes {wanted.count} periods.", hint=f"Give 1 to {wanted.count}."
        )
    found = open_ndvi(Path(str(params.stack)), params.aoi, read_stand_ins(params.stand_ins))
    chosen = _latest(found.imagery.periods, wanted, params.until)
    said = stood_in(found.imagery, (RED, NEAR))
    filling = found.filling and (found.filling[0], found.filling[1][chosen])
    if filling is None:
        said.append("The stack does not say which values were filled in: all are taken for seen.")
    ndvi = replace(found, imagery=with_periods(found.imagery, chosen), filling=filling)
    mask = open_mask(params.mask, params.mask_raster, ndvi.imagery.grid)
    middle = min(range(len(quantiles)), key=lambda i: abs(quantiles[i] - 0.5))
    horizon = card.outputs.horizon or 1
    network = open_network(package, params.device)
    recipe = Recipe(ndvi, network, mask, least, (horizon, len(quantiles)), middle)
    ahead = following(ndvi.imagery.periods, horizon, wanted)
    inputs = named_inputs(stack=params.stack, mask=params.mask, mask_raster=params.mask_raster)
    return Work(recipe, package, ahead, tuple(inputs), tuple(said))


def following(periods: Sequence[Period], count: int, wanted: Periods) -> tuple[Period, ...]:
    """Return the periods that come after the last one."""
    first = periods[-1].end
    if wanted.days is None:
        return tuple(months(first, count))
    return tuple(spans(first, first + timedelta(days=wanted.days * count - 1), wanted.days))


def _latest(periods: Sequence[Period], wanted: Periods, until: date | None) -> slice:
    """Return the network's number of periods up to that of a day, or up to the last."""
    end = len(periods)
    if until is not None:
        end = next((i + 1 for i, p in enumerate(periods) if p.start <= until < p.end), 0)
        if not end:
            raise PeriodMismatch(
                f"No period of the stack holds {until}: they are {periods[0].label} to {periods[-1].label}.",
                hint="Choose a day in one of them.",
            )
    first = max(end - wanted.count, 0)
    season(periods[first:end], wanted, None)
    return slice(first, end)
