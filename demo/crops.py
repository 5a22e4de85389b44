"""What grows on the fields: crops with their calendars.

The calendars are rounded and typical of the Adriatic side of central Italy: sowing, full cover, start of ripening and
harvest as days of the year, in the weeks that the JRC MARS crop calendars give.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np


@dataclass(frozen=True)
class Crop:
    """A crop: share of the fields, days of its year, spread of the harvest over fields, what is left behind."""

    name: str
    share: float
    sown: int
    full: int
    ripening: int
    harvest: tuple[int, int]
    peak_cover: float
    permanent: bool = False


CROPS = (
    Crop("winter wheat", 0.25, 305, 110, 150, (172, 195), 0.92),
    Crop("sunflower", 0.10, 100, 170, 215, (230, 245), 0.85),
    Crop("maize", 0.16, 105, 180, 240, (236, 290), 0.93),
    Crop("alfalfa", 0.22, 60, 100, 320, (330, 340), 0.82, permanent=True),
    Crop("sugar beet", 0.10, 75, 165, 285, (290, 310), 0.88),
    Crop("vineyard", 0.10, 95, 150, 285, (330, 340), 0.45, permanent=True),
    Crop("olive grove", 0.06, 1, 2, 364, (365, 366), 0.42, permanent=True),
    Crop("fallow", 0.05, 60, 120, 170, (364, 365), 0.38, permanent=True),
)
SHARES = np.array([crop.share for crop in CROPS]) / sum(crop.share for crop in CROPS)
MAIZE = next(index for index, crop in enumerate(CROPS) if crop.name == "maize")


def green_cover(crop: Crop, harvest: int, day: date) -> float:
    """Tell the share of a field that is covered by green leaves on a day, 0 after the harvest.

    `harvest`: day of the year on which this field is harvested.
    """
    today = day.timetuple().tm_yday
    over_winter = crop.sown >= harvest
    if not crop.permanent and (harvest <= today < crop.sown if over_winter else not crop.sown <= today < harvest):
        return 0.0
    since_sowing = (today - crop.sown) % 365
    growth = min(1.0, since_sowing / ((crop.full - crop.sown) % 365))
    sown_again = over_winter and today >= crop.sown
    fading = (today - crop.ripening) / 120 if today > crop.ripening and not sown_again else 0.0
    return crop.peak_cover * float(growth**1.5) * max(0.25 if crop.permanent else 0.1, 1 - fading)


def is_harvested(crop: Crop, harvest: int, day: date) -> bool:
    """Tell whether a field lies as stubble or worked soil on a day."""
    return green_cover(crop, harvest, day) == 0.0
