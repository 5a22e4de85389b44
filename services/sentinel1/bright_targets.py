"""What Lee sigma takes for a bright target, told from lines all over the images."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from eo.sar.image_window import ImageWindow
from eo.sar.multilook import multilook
from eo.sar.speckle.filters import SpeckleFilter
from eo.sar.speckle.lee_sigma import target_level
from eo.sar.terrain_correction import RadarImage

_SAMPLED_ROWS = 256


def with_target_level(
    speckle: SpeckleFilter, images: Sequence[RadarImage], layer: str, looks: tuple[int, int]
) -> SpeckleFilter:
    """Return the filter with the level of bright targets where it needs one; others as they are."""
    if speckle.name != "lee_sigma":
        return speckle
    samples = np.concatenate([_sample(image, layer, looks).ravel() for image in images])
    return replace(speckle, target_level=float(target_level(samples)))


def _sample(image: RadarImage, layer: str, looks: tuple[int, int]) -> np.ndarray:
    lines, samples = image.shape
    firsts = np.unique(np.linspace(0, lines - looks[0], min(_SAMPLED_ROWS, lines)).astype(int))
    rows = [image.backscatter(layer, ImageWindow(int(first), 0, looks[0], samples)) for first in firsts]
    return np.concatenate([multilook(row, *looks) for row in rows])
