"""How the land looks to the radar: γ0 of every land cover, and how coherent it stays for twelve days."""

import numpy as np
from numpy.typing import NDArray

from demo.landcover import Classes, Cover

Layer = NDArray[np.float32]

# γ0 in dB, co- and cross-polarised; coherence over twelve days.
LOOKS_LIKE = {
    Cover.SEA: (-19.0, -28.0, 0.0),
    Cover.LAKE: (-21.0, -29.0, 0.0),
    Cover.RIVER: (-20.0, -28.0, 0.0),
    Cover.BEACH: (-14.0, -23.0, 0.55),
    Cover.BROADLEAF_FOREST: (-7.5, -13.0, 0.15),
    Cover.CONIFER_FOREST: (-8.0, -13.5, 0.2),
    Cover.PASTURE: (-10.5, -17.5, 0.5),
    Cover.CROPLAND: (-9.5, -16.0, 0.4),
    Cover.STUBBLE: (-12.0, -20.0, 0.65),
    Cover.ORCHARD: (-8.5, -14.5, 0.35),
    Cover.ROAD: (-14.5, -23.0, 0.75),
    Cover.BUILDING: (-1.0, -9.0, 0.9),
    Cover.PAVED: (-9.0, -18.0, 0.8),
    Cover.URBAN_GREEN: (-9.0, -15.5, 0.55),
    Cover.FLOOD: (-19.0, -27.0, 0.0),
    Cover.CLEARED: (-11.5, -18.5, 0.45),
}
CHANGED = 0.05
_TABLE = np.array([(-40.0, -40.0, 0.0), *(row for _, row in sorted(LOOKS_LIKE.items()))], np.float32)


def brightness(cover: Classes, polarisation: str) -> Layer:
    """Return γ0 of a land cover, linear."""
    return np.asarray(10 ** (_TABLE[cover, 0 if polarisation == "VV" else 1] / 10), np.float32)


def coherence(before: Classes, after: Classes) -> Layer:
    """Return the coherence of two dates: that of the land cover, next to none where it has changed."""
    kept = np.sqrt(_TABLE[before, 2] * _TABLE[after, 2])
    return np.asarray(np.where(before == after, kept, np.minimum(kept, CHANGED)), np.float32)
