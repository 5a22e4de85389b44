"""Which samples are for training, validation and test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eo.timeseries.timesen2crop import PARTS, Part, is_other_year, leave_tiles_out, place_of, split_at_random
from services.timesen2crop import TimeSen2CropParams, tile_names


@dataclass(frozen=True)
class Split:
    """(samples) the index of each one's part in `PARTS`, -1 for none, in the order of the store; and words per tile."""

    part: NDArray[np.int8]
    tiles: dict[str, str]

    def count(self, part: Part) -> int:
        """Return how many samples a part has."""
        return int((self.part == PARTS.index(part)).sum())


def parts_of_tiles(params: TimeSen2CropParams, tiles: Sequence[str]) -> dict[str, str]:
    """Return what each tile is for, in words.

    Raises:
        InvalidOption: a wanted tile is not there, or none is left to train on.
    """
    if params.split == "random":
        there = set(tiles)
        return {t: "left out" if is_other_year(t) and place_of(t) in there else "split at random" for t in tiles}
    parts = leave_tiles_out(tiles, tile_names(params.test_tiles), tile_names(params.validation_tiles))
    return {tile: part or "left out" for tile, part in parts.items()}


def split(params: TimeSen2CropParams, tiles: NDArray[np.str_], labels: NDArray[np.uint8]) -> Split:
    """Split the samples.

    Args:
        tiles: (samples) names.
        labels: (samples) classes.
    """
    names = sorted(set(tiles.tolist()))
    words = parts_of_tiles(params, names)
    part = np.full(len(labels), -1, np.int8)
    if params.split == "random":
        kept = np.isin(tiles, [t for t, word in words.items() if word != "left out"])
        part[kept] = split_at_random(labels[kept], params.seed)
        return Split(part, words)
    for tile, word in words.items():
        if word != "left out":
            part[tiles == tile] = [p == word for p in PARTS].index(True)
    return Split(part, words)
