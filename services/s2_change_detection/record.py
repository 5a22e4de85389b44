"""What the result says of itself in the STAC item."""

from typing import Any

import numpy as np

from eo.optical.change_vector import ChangeSums
from eo.optical.normalisation import Normalisation
from services.s2_change_detection import ChangeDetectionParams
from services.s2_change_detection.decision import Decision, Kinds
from services.s2_change_detection.pair import Pair


def describe(
    pair: Pair,
    params: ChangeDetectionParams,
    sums: ChangeSums,
    normalisation: Normalisation,
    decision: Decision,
    kinds: Kinds,
    outlines: tuple[int, int],
) -> dict[str, Any]:
    """Return the numbers behind the decision as members of the item's properties."""
    mixture = decision.mixture
    changed = int(np.isin(kinds.classes, (0, 255), invert=True).sum())
    found: dict[str, Any] = {
        "groundwork:bands": list(pair.bands),
        "groundwork:valid_percent": round(100 * sums.count / kinds.classes.size, 3),
        "groundwork:changed_percent": round(100 * changed / sums.count, 4),
        "groundwork:threshold_magnitude": decision.threshold_reflectance,
        "groundwork:mixture": {
            "unchanged_law": mixture.law,
            "unchanged": {k: round(v, 6) for k, v in mixture.unchanged._asdict().items()},
            "changed": {k: round(v, 6) for k, v in mixture.changed._asdict().items()},
            "separation": round(mixture.separation, 3),
        },
        "groundwork:reference_vector": [round(v, 6) for v in decision.reference.tolist()],
        "groundwork:kind_bounds_deg": list(kinds.bounds_deg),
        "groundwork:polygons": outlines[0],
        "groundwork:polygons_left_out": outlines[1],
    }
    if params.normalisation == "relative":
        found["groundwork:normalisation"] = {
            "gain": [round(v, 5) for v in normalisation.gain.tolist()],
            "offset": [round(v, 5) for v in normalisation.offset.tolist()],
            "unchanged_pixels": round(normalisation.unchanged_pixels),
        }
    return found
