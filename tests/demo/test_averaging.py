"""Coarser and finer pixels by hand."""

import numpy as np
import pytest

from demo.averaging import block_mean, enlarge


def test_block_mean_by_hand() -> None:
    values = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert block_mean(values, 2).tolist() == [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]]
    assert block_mean(values, 1) is values


def test_block_mean_refuses_a_remainder() -> None:
    with pytest.raises(ValueError, match="4x6 pixels do not fall into blocks of 3"):
        block_mean(np.zeros((4, 6), np.float32), 3)


def test_enlarge_by_hand() -> None:
    assert enlarge(np.array([[1, 2]], np.float32), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]
