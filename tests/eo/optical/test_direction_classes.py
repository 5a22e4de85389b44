"""The best split of a histogram, against trying every one."""

from itertools import combinations

import numpy as np
import pytest

from eo.optical.direction_classes import split_directions


def spread(values: np.ndarray, weights: np.ndarray) -> float:
    mean = np.average(values, weights=weights)
    return float((weights * (values - mean) ** 2).sum())


def test_two_heaps_are_split_in_the_middle_of_the_gap() -> None:
    pixels = np.zeros(180, int)
    pixels[[20, 21, 22]] = 5
    pixels[[120, 121]] = 9
    assert split_directions(pixels, 2).tolist() == [71]  # (22 + 120 + 1) // 2


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_split_is_the_best_of_all(classes: int) -> None:
    rng = np.random.default_rng(classes)
    pixels = rng.integers(1, 50, 14)
    x = np.arange(14)
    best = min(
        combinations(range(1, 14), classes - 1),
        key=lambda cuts: sum(spread(x[a:b], pixels[a:b]) for a, b in zip((0, *cuts), (*cuts, 14), strict=True)),
    )
    assert tuple(split_directions(pixels, classes)) == best


def test_fewer_directions_than_classes_give_fewer_classes() -> None:
    pixels = np.zeros(10, int)
    pixels[[2, 7]] = 3
    assert split_directions(pixels, 5).tolist() == [5]


@pytest.mark.parametrize("classes", [1, 4])
def test_nothing_to_split(classes: int) -> None:
    assert split_directions(np.zeros(10, int), classes).tolist() == []
    assert split_directions(np.array([0, 8, 0]), classes).tolist() == []
