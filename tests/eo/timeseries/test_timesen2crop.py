"""Classes, tiles and splits of TimeSen2Crop."""

import itertools

import numpy as np
import pytest

from eo.errors import InvalidOption
from eo.timeseries.timesen2crop import (
    BANDS,
    CLASSES,
    COLUMNS,
    PARTS,
    PUBLISHED_COUNTS,
    TILES,
    is_other_year,
    is_tile,
    leave_tiles_out,
    place_of,
    split_at_random,
)


def _lab(colour: str) -> np.ndarray:
    """CIE L*a*b* (D65) of an sRGB colour."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_there_are_the_published_classes_bands_and_tiles() -> None:
    assert [c.value for c in CLASSES] == list(range(16))
    assert sum(PUBLISHED_COUNTS) == 1_212_224
    assert sum(PUBLISHED_COUNTS[:15]) == 1_135_511
    assert len(BANDS) == 9 and len(COLUMNS) == 10
    assert len(set(TILES)) == 15 and all(map(is_tile, TILES))


def test_colours_can_be_told_apart() -> None:
    labs = [_lab(c.colour) for c in CLASSES]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(labs, 2)) > 20


@pytest.mark.parametrize("name", ["33UVP", "2019_33UVP", "01CAA", "60XZV"])
def test_a_tile_is_told_by_its_name(name: str) -> None:
    assert is_tile(name)
    assert place_of(name) == name[-5:]


@pytest.mark.parametrize("name", ["33UIP", "33UVW", "..", "19_33UVP", "33uvp", "33UVP ", "33UVP/x", ""])
def test_another_name_is_none_of_a_tile(name: str) -> None:
    assert not is_tile(name)


def test_the_default_split_is_the_published_one() -> None:
    parts = leave_tiles_out([*TILES, "2019_33UVP"])
    assert parts["33UVP"] == "test"
    assert parts["33TWN"] == "validation"
    assert parts["2019_33UVP"] == "cross_year"
    assert sum(part == "train" for part in parts.values()) == 13


@pytest.mark.parametrize("test", TILES)
def test_no_place_ever_stands_on_both_sides(test: str) -> None:
    validation = "33TWN" if test != "33TWN" else "33TXN"
    parts = leave_tiles_out([*TILES, "2019_33UVP"], (test,), (validation,))
    trained = {place_of(t) for t, p in parts.items() if p == "train"}
    tested = {place_of(t) for t, p in parts.items() if p in ("test", "cross_year")}
    validated = {place_of(t) for t, p in parts.items() if p == "validation"}
    assert not trained & tested and not trained & validated and not validated & tested
    assert parts["2019_33UVP"] == ("cross_year" if test == "33UVP" else None)
    assert not any(is_other_year(t) for t, p in parts.items() if p == "train")


def test_the_other_year_can_be_the_test_and_then_its_place_is_not_trained_on() -> None:
    parts = leave_tiles_out([*TILES, "2019_33UVP"], ("2019_33UVP",))
    assert parts["2019_33UVP"] == "test" and parts["33UVP"] is None


def test_tiles_that_are_not_there_are_named() -> None:
    with pytest.raises(InvalidOption, match=r"test tile 33UVP is not among the tiles: 32TNT, 33TWN"):
        leave_tiles_out(["32TNT", "33TWN"])
    with pytest.raises(InvalidOption, match="33UVP cannot be both"):
        leave_tiles_out(["33UVP", "2019_33UVP", "33TWN"], ("33UVP",), ("2019_33UVP",))
    with pytest.raises(InvalidOption, match="No tile is left"):
        leave_tiles_out(["33UVP", "33TWN"])


def test_a_random_split_gives_each_class_its_share_and_repeats() -> None:
    labels = np.repeat([0, 3, 9], [1000, 100, 10])
    part = split_at_random(labels, seed=4)
    counts = {v: np.bincount(part[labels == v], minlength=4).tolist() for v in (0, 3, 9)}
    assert PARTS == ("train", "validation", "test", "cross_year")
    assert counts == {0: [700, 100, 200, 0], 3: [70, 10, 20, 0], 9: [7, 1, 2, 0]}
    assert (part == split_at_random(labels, seed=4)).all()
    assert (part != split_at_random(labels, seed=5)).any()
