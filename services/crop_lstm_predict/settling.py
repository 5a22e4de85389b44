"""What a run works on: series, network, mask, settled and checked against one another before a pixel is read."""

from dataclasses import dataclass, replace
from pathlib import Path

from eo.errors import InvalidOption, NotEnoughData
from eo.io.model_package import Package
from eo.learning.inference import Network
from services.core.context import Context
from services.crop_lstm_predict import PredictionParams
from services.prediction.crop_mask import CropMask, open_mask
from services.prediction.engine import open_model, open_network
from services.prediction.imagery import (
    Imagery,
    open_imagery,
    other_first_month,
    read_stand_ins,
    season,
    stood_in,
    with_periods,
)
from services.prediction.inputs import Input, named_inputs
from services.prediction.scenes import PlannedImagery, harmonise, plan


@dataclass(frozen=True)
class Recipe:
    """What computes a block; travels to whatever computes it.

    Args:
        values: of the classes, in the order of the network's output.
        keep: how many probabilities are kept, None for all.
    """

    imagery: Imagery
    network: Network
    mask: CropMask
    values: tuple[int, ...]
    least_periods: int
    keep: int | None


@dataclass(frozen=True)
class Work:
    """One run.

    Args:
        inputs: parameter, name and fingerprint of what is read.
        remarks: what the user should know of how they fit together.
    """

    imagery: Imagery
    package: Package
    network: Network
    mask: CropMask
    least_periods: int
    keep: int | None
    inputs: tuple[Input, ...]
    remarks: tuple[str, ...]

    def recipe(self) -> Recipe:
        """Return what computes a block."""
        values = tuple(c.value for c in self.package.card.outputs.classes)
        return Recipe(self.imagery, self.network, self.mask, values, self.least_periods, self.keep)

    def nothing_classified(self) -> NotEnoughData:
        """Return what is said where no pixel has a class."""
        return NotEnoughData(
            f"No pixel was classified: none inside the mask has data in {self.least_periods} of "
            f"{len(self.imagery.periods)} periods.",
            hint="Ask for fewer with least_periods, fill longer gaps (S2-harmonise --gap_limit_days), or take another "
            "mask.",
        )


def settle(params: PredictionParams) -> Work:
    """Open everything and check that it fits together.

    Raises:
        EoError: says which of the stack, the model, the mask or the device stands in the way.
    """
    package = open_model(params.model, "crop_classification")
    card = package.card
    wanted = card.inputs.periods
    least = params.least_periods or -(-wanted.count // 2)
    if least > wanted.count:
        raise InvalidOption(
            f"least_periods is {least}; the network takes {wanted.count} periods.", hint=f"Give 1 to {wanted.count}."
        )
    imagery: Imagery
    said: list[str] = []
    if params.scenes:
        options = {"method": params.method, "cloudmask": params.cloudmask, "gap_limit_days": params.gap_limit_days}
        imagery = plan(params.scenes, card.inputs, params.start, params.aoi, **options)
    else:
        stand_ins = read_stand_ins(params.stand_ins)
        whole = open_imagery(Path(str(params.stack)), card.inputs.bands, params.aoi, stand_ins)
        said += stood_in(whole, card.inputs.bands)
        imagery = with_periods(whole, season(whole.periods, wanted, params.start))
    said += other_first_month(imagery.periods, wanted)
    return Work(
        imagery,
        package,
        open_network(package, params.device, params.precision),
        open_mask(params.mask, params.mask_raster, imagery.grid),
        least,
        {"all": None, "top": params.top_classes, "none": 0}[params.probabilities],
        tuple(named_inputs(stack=params.stack, mask=params.mask, mask_raster=params.mask_raster)),
        tuple(said),
    )


def harmonised(work: Work, params: PredictionParams, context: Context, share: float) -> Work:
    """Return the work on scenes as work on the stack that they are harmonised to first.

    Args:
        share: of the progress of the run.
    """
    if not isinstance(work.imagery, PlannedImagery):
        return work
    stack = harmonise(work.imagery, context, share)
    imagery = open_imagery(stack, work.package.card.inputs.bands, None)
    return replace(work, imagery=imagery, mask=open_mask(params.mask, params.mask_raster, imagery.grid))
