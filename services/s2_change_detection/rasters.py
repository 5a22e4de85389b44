"""How the numbers of the result are stored."""

from collections.abc import Mapping, Sequence
from typing import Any

from eo.io.band_spec import BandSpec
from eo.optical.change_vector import COUNTS_PER_DEGREE, COUNTS_PER_REFLECTANCE, POLAR_NODATA
from services.s2_change_detection.decision import CLASS_NODATA, PERCENT_NODATA

MAGNITUDE = BandSpec(
    "magnitude",
    "uint16",
    nodata=int(POLAR_NODATA),
    scale=1 / COUNTS_PER_REFLECTANCE,
    unit="1",
    description="Length of the change vector in reflectance",
)
DIRECTION = BandSpec(
    "direction",
    "uint16",
    nodata=int(POLAR_NODATA),
    scale=1 / COUNTS_PER_DEGREE,
    unit="deg",
    description="Angle between the change vector and the reference vector",
)
POSTERIOR = BandSpec(
    "posterior",
    "uint8",
    nodata=int(PERCENT_NODATA),
    scale=0.01,
    unit="1",
    description="Probability of change, rounded down to whole percent",
)


def classes_band(legend: Sequence[Mapping[str, Any]]) -> BandSpec:
    """Return how classes are stored, names and colours in the file."""
    return BandSpec(
        "classes",
        "uint8",
        nodata=int(CLASS_NODATA),
        unit="1",
        description="Kind of change",
        classes={entry["value"]: entry["title"] for entry in legend},
        colours={entry["value"]: _rgb(entry["color_hint"]) for entry in legend if "color_hint" in entry},
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue
