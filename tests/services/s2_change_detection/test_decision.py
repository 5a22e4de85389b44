"""What counts as change, and of which kind, on made change vectors."""

import numpy as np
import pytest

from eo.errors import NotEnoughData
from eo.optical.change_vector import POLAR_NODATA, gather, polar
from services.s2_change_detection import ChangeDetectionParams
from services.s2_change_detection.decision import UNCHANGED, Decision, decide, tell_kinds

SIDE = 300


def params(**values: object) -> ChangeDetectionParams:
    return ChangeDetectionParams(input1="a", input2="b", **values)


def pair(changes: list[tuple[slice, slice, tuple[int, ...]]], seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Return change vectors of four bands with noise of unequal strength, and the truth."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(0, 1, (4, SIDE, SIDE)) * np.array([60, 70, 80, 150])[:, None, None]
    truth = np.zeros((SIDE, SIDE), bool)
    for rows, columns, change in changes:
        vectors[:, rows, columns] += np.array(change)[:, None, None]
        truth[rows, columns] = True
    return vectors.astype(np.int16), truth


BUILDING = (slice(20, 50), slice(30, 70), (900, 1000, 1100, 700))
FLOOD = (slice(150, 210), slice(100, 180), (-200, -300, -500, -2200))
HARVEST = (slice(240, 270), slice(200, 260), (300, 500, 900, -1200))


def changed(vectors: np.ndarray, decision: Decision) -> np.ndarray:
    magnitude, _ = polar(vectors, decision.reference)
    return (magnitude >= decision.threshold) & (magnitude != POLAR_NODATA)


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


@pytest.mark.parametrize("law", ["nakagami", "gaussian"])
def test_made_changes_are_found(law: str) -> None:
    vectors, truth = pair([BUILDING, FLOOD, HARVEST])
    assert f1(changed(vectors, decide(gather(vectors), params(unchanged_law=law))), truth) > 0.98


@pytest.mark.parametrize("law", ["nakagami", "gaussian"])
def test_no_change_is_reported_as_none(law: str) -> None:
    vectors, _ = pair([])
    decision = decide(gather(vectors), params(unchanged_law=law))
    assert decision.threshold == 65535
    assert decision.threshold_reflectance is None
    assert not changed(vectors, decision).any()
    assert decision.percent[:65535].max() == 0


def test_identical_scenes_have_no_change() -> None:
    assert decide(gather(np.zeros((4, 50, 50), np.int16)), params()).threshold == 65535


def test_percent_reaches_the_level_exactly_where_change_begins() -> None:
    vectors, _ = pair([FLOOD])
    decision = decide(gather(vectors), params(level_confidence=0.9))
    assert decision.percent[decision.threshold] >= 90 > decision.percent[decision.threshold - 1]
    assert decision.percent[65535] == 255


def test_a_least_magnitude_lifts_the_threshold() -> None:
    vectors, _ = pair([BUILDING, FLOOD])
    assert decide(gather(vectors), params(minimum_magnitude=0.2)).threshold_reflectance == 0.2


def test_clouds_everywhere_is_told() -> None:
    with pytest.raises(NotEnoughData, match="Only 0 pixels are valid on both dates"):
        decide(gather(np.full((4, 50, 50), -32768, np.int16)), params())


def test_reference_vectors() -> None:
    vectors, _ = pair([FLOOD])
    sums = gather(vectors)
    assert decide(sums, params()).reference.tolist() == [0.5] * 4
    assert decide(sums, params(reference_vector="0,3,0,4")).reference.tolist() == [0, 0.6, 0, 0.8]
    main = decide(sums, params(reference_vector="pca")).reference
    assert main @ (np.array([200, 300, 500, 2200]) / np.linalg.norm([200, 300, 500, 2200])) > 0.99


def test_kinds_follow_the_made_changes() -> None:
    vectors, _ = pair([BUILDING, FLOOD, HARVEST])
    decision = decide(gather(vectors), params())
    _, direction = polar(vectors, decision.reference)
    kinds = tell_kinds(np.where(changed(vectors, decision), direction, UNCHANGED), 3, 5)
    inside = [
        np.bincount(kinds.classes[rows, columns].ravel(), minlength=4)[1:]
        for rows, columns, _ in (BUILDING, HARVEST, FLOOD)
    ]
    assert [int(counts.argmax()) + 1 for counts in inside] == [1, 2, 3]
    assert all(counts.max() / counts.sum() > 0.99 for counts in inside)
    assert kinds.bounds_deg[0] == 0
    assert kinds.bounds_deg[-1] == 180
    assert len(kinds.bounds_deg) == 4


def test_kinds_by_hand() -> None:
    directions = np.full((4, 6), UNCHANGED, np.uint16)
    directions[0, :4] = 1000  # 10°, four pixels
    directions[2, :5] = 16000  # 160°, five pixels
    directions[0, 5] = 9000  # one pixel: below the minimum mapping unit
    directions[3, 5] = POLAR_NODATA
    kinds = tell_kinds(directions, 2, 3)
    assert kinds.classes.tolist() == [[1, 1, 1, 1, 0, 0], [0] * 6, [2, 2, 2, 2, 2, 0], [0, 0, 0, 0, 0, 255]]
    assert kinds.bounds_deg == (0, 85.0, 180)  # bins of 0.1°: (100 + 1600 + 1) // 2 = 850


def test_nothing_changed_has_no_kinds() -> None:
    kinds = tell_kinds(np.full((3, 3), UNCHANGED, np.uint16), 3, 5)
    assert kinds.classes.max() == 0
    assert kinds.bounds_deg == (0, 180)
