"""Groups stay whole, every class has its share held back, the seed decides."""

import numpy as np
import pytest

from eo.learning.splits import split_by_group


def fields(seed: int = 0):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 200, 5000)
    return (groups % 7 % 4), groups


def test_groups_stay_whole_and_shares_are_kept() -> None:
    labels, groups = fields()
    parts = split_by_group(labels, groups, (0.2, 0.1), seed=3)
    for group in np.unique(groups):
        assert len(np.unique(parts[groups == group])) == 1
    for label in range(4):
        shares = np.bincount(parts[labels == label], minlength=3) / (labels == label).sum()
        assert shares == pytest.approx([0.7, 0.2, 0.1], abs=0.04)


def test_without_groups_each_sample_stands_alone() -> None:
    labels = np.repeat([0, 1], [900, 100])
    parts = split_by_group(labels, None, (0.2, 0.2), seed=0)
    assert np.bincount(parts[labels == 1]).tolist() == [60, 20, 20]


def test_the_seed_decides() -> None:
    labels, groups = fields()
    first, again, other = (split_by_group(labels, groups, (0.2, 0.2), seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_a_class_of_few_groups_is_learnt_first() -> None:
    labels, groups = np.array([0, 0, 1, 1, 1]), np.array([5, 5, 6, 7, 8])
    parts = split_by_group(labels, groups, (0.2, 0.2), seed=0)
    assert parts[:2].tolist() == [0, 0]
    assert sorted(parts[2:].tolist()) == [0, 1, 2]


def test_a_group_counts_as_its_commonest_class() -> None:
    labels, groups = np.array([0, 1, 1, 0, 0, 0]), np.array([3, 3, 3, 4, 5, 6])
    parts = split_by_group(labels, groups, (0.3, 0.3), seed=0)
    assert parts[:3].tolist() == [0, 0, 0]  # alone among the groups of class 1
    assert sorted(parts[3:].tolist()) == [0, 1, 2]
