"""Names and colours of the kinds of change."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.optical.change_vector import COUNTS_PER_REFLECTANCE
from services.s2_change_detection.decision import CLASS_NODATA

UNCHANGED_COLOUR = "E8E8E8"
COLOURS = (  # Okabe and Ito 2008, then Tol's "muted": told apart by colour-blind readers too
    "D55E00",
    "0072B2",
    "009E73",
    "CC79A7",
    "E69F00",
    "56B4E9",
    "F0E442",
    "882255",
    "332288",
    "999933",
    "AA4499",
    "44AA99",
)


def kind_titles(
    bounds_deg: Sequence[float], sums: NDArray[np.int64], pixels: NDArray[np.int64], bands: Sequence[str]
) -> list[str]:
    """Say of each kind which directions it takes in, and how its bands changed on average.

    Args:
        bounds_deg: bounds of the kinds, one more than there are kinds.
        sums: of the change vectors in counts, shape (kind, band).
        pixels: number per kind.
    """
    titles = []
    for kind, (low, high) in enumerate(pairwise(bounds_deg)):
        means = sums[kind] / max(pixels[kind], 1) / COUNTS_PER_REFLECTANCE
        changes = ", ".join(f"{band} {mean:+.3f}" for band, mean in zip(bands, means, strict=True))
        titles.append(f"Kind {kind + 1}: direction {low:.1f}–{high:.1f}°, mean change {changes}")
    return titles


def class_legend(titles: Sequence[str]) -> list[dict[str, Any]]:
    """Return the classes as the STAC classification extension has them."""
    kinds = [
        {"value": value, "name": f"kind_{value}", "title": title, "color_hint": colour}
        for value, (title, colour) in enumerate(zip(titles, COLOURS, strict=False), start=1)
    ]
    unchanged = {"value": 0, "name": "unchanged", "title": "No change", "color_hint": UNCHANGED_COLOUR}
    masked = {"value": int(CLASS_NODATA), "name": "nodata", "title": "No data, cloud or shadow", "nodata": True}
    return [unchanged, *kinds, masked]
