"""TimeSen2Crop: its classes, bands and tiles, and how they are split into training, validation and test.

Source: Weikmann, Paris, Bruzzone (2021), IEEE JSTARS 14, 4699, doi 10.1109/JSTARS.2021.3073965; Zenodo record 4715631.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Literal

from eo.errors import InvalidOption
from eo.learning.card import CropClass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Part = Literal["train", "validation", "test", "cross_year"]
PARTS: tuple[Part, ...] = ("train", "validation", "test", "cross_year")

CLASSES = tuple(
    CropClass(value=value, name=name, colour=colour)
    for value, (name, colour) in enumerate(
        (
            ("Legumes", "#f781bf"),
            ("Grassland", "#8fd175"),
            ("Maize", "#ffd500"),
            ("Potato", "#8c510a"),
            ("Sunflower", "#ff7f00"),
            ("Soy", "#00693c"),
            ("Winter Barley", "#b79ce6"),
            ("Winter Caraway", "#00d5d5"),
            ("Rye", "#6a1fa0"),
            ("Rapeseed", "#d8f53c"),
            ("Beet", "#c4003c"),
            ("Spring Cereals", "#fdbf8a"),
            ("Winter Wheat", "#1f5fd6"),
            ("Winter Triticale", "#86c4f0"),
            ("Permanent Plantation", "#3f3f46"),
            ("Other Crops", "#b8b8b8"),
        )
    )
)

PUBLISHED_COUNTS = (
    7_951, 283_263, 164_316, 30_678, 22_787, 70_884, 94_061, 1_472, 53_694, 41_901, 34_064, 85_353, 132_327, 66_448,
    46_312, 76_713,
)  # fmt: skip
"""Samples per class; that of class 15 is what remains of the published total of 1,212,224."""

BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12")
COLUMNS = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "Flag")
"""Columns of a sample's file: they count the bands, and do not name them."""
SCALE = 10_000
"""Numbers are reflectance times this."""

TILES = (
    "32TNT", "32TPT", "32TQT", "33TUM", "33TUN", "33TVM", "33TVN", "33TWM", "33TWN", "33TXN", "33UUP", "33UVP", "33UWP",
    "33UWQ", "33UXP",
)  # fmt: skip
"""Tiles of September 2017 to August 2018."""
CROSS_YEAR_TILE = "2019_33UVP"
"""The place of 33UVP a year later."""
TEST_TILE = "33UVP"
VALIDATION_TILE = "33TWN"

LICENCE = "CC-BY-4.0"
SOURCE = "TimeSen2Crop (Weikmann, Paris, Bruzzone 2021), doi 10.5281/zenodo.4715631"
_NAME = re.compile(r"^(?:(\d{4})_)?(\d{2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V])$")


class Flag(IntEnum):
    """What is seen of the ground."""

    CLEAR = 0
    CLOUD = 1
    SHADOW = 2
    SNOW = 3


def is_tile(name: str) -> bool:
    """Say whether a name is that of a tile: MGRS (33UVP), with a year before it or not (2019_33UVP)."""
    return _NAME.match(name) is not None


def place_of(tile: str) -> str:
    """Return the MGRS tile without the year."""
    found = _NAME.match(tile)
    return found[2] if found else tile


def is_other_year(tile: str) -> bool:
    """Say whether a tile repeats a place in another year."""
    return place_of(tile) != tile


def leave_tiles_out(
    tiles: Sequence[str], test: Sequence[str] = (TEST_TILE,), validation: Sequence[str] = (VALIDATION_TILE,)
) -> dict[str, Part | None]:
    """Return the part that each tile belongs to; None where it is left out.

    A place never stands on both sides: another year of a place (2019_33UVP) is the cross-year test where that place is
    not trained or validated on, and is left out where it is.

    Raises:
        InvalidOption: a tile that is not there, one in two parts, or nothing left to train on.
    """
    wanted = {"test": test, "validation": validation}
    for part, names in wanted.items():
        missing = [name for name in names if name not in tiles]
        if missing:
            raise InvalidOption(
                f"The {part} tile {missing[0]} is not among the tiles: {', '.join(sorted(tiles))}.",
                hint="Name tiles that are there, or split at random.",
            )
    twice = {place_of(name) for name in test} & {place_of(name) for name in validation}
    if twice:
        raise InvalidOption(f"{min(twice)} cannot be both test and validation.", hint="Choose different places.")
    parts = {tile: _part_of(tile, tiles, test, validation) for tile in tiles}
    if "train" not in parts.values():
        raise InvalidOption("No tile is left to train on.", hint="Leave fewer tiles out, or split at random.")
    return parts


def _part_of(tile: str, tiles: Sequence[str], test: Sequence[str], validation: Sequence[str]) -> Part | None:
    if tile in test:
        return "test"
    if tile in validation:
        return "validation"
    held_out = {place_of(name) for name in (*test, *validation)}
    if not is_other_year(tile):
        return None if tile in held_out else "train"
    tested = {place_of(name) for name in test}
    trained = tiles and place_of(tile) in tiles and place_of(tile) not in tested
    return None if trained or place_of(tile) in {place_of(name) for name in validation} else "cross_year"


def split_at_random(
    labels: "NDArray[np.integer]", seed: int, test_share: float = 0.2, validation_share: float = 0.1
) -> "NDArray[np.int8]":
    """Return the index in `PARTS` of each sample, class by class, so that each part has its share of every class.

    Samples of one field may lie in two parts: what is measured on such a split is too good for an unseen place.
    """
    import numpy as np  # declarations of services read the names above, and load no numpy

    random = np.random.default_rng(seed)
    part = np.full(len(labels), PARTS.index("train"), np.int8)
    for value in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == value))
        tested = round(len(members) * test_share)
        validated = round(len(members) * validation_share)
        part[members[:tested]] = PARTS.index("test")
        part[members[tested : tested + validated]] = PARTS.index("validation")
    return part
