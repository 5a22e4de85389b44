"""How many lines and samples of an image are averaged for a resolution."""

import math

import numpy as np

from eo.io.sentinel1_annotation import Annotation

BEAM_VELOCITY_M_S = 6800.0
"""Of the beam over ground, within 1 %."""


def grd_looks(annotation: Annotation, resolution_m: float) -> tuple[int, int]:
    """Return lines and samples of a ground-range image: as many as lie in a pixel of the result."""
    return _lines(annotation, resolution_m), max(1, round(resolution_m / annotation.range_spacing_m))


def slc_looks(annotation: Annotation, resolution_m: float) -> tuple[int, int]:
    """Return lines and samples of a slant-range image."""
    incidence = math.radians(float(np.median(annotation.geolocation.incidence_deg)))
    sample_m = annotation.slant_spacing_m / math.sin(incidence)
    return _lines(annotation, resolution_m), max(1, round(resolution_m / sample_m))


def _lines(annotation: Annotation, resolution_m: float) -> int:
    return max(1, round(resolution_m / (annotation.line_interval_s * BEAM_VELOCITY_M_S)))
