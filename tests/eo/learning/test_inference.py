"""Inference: numbers by hand, the same in any order and any batch."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from onnx_models import write_linear, write_lstm

from eo.learning.inference import (
    OnnxNetwork,
    entropy,
    predict,
    seen_periods,
    series_of,
    shares,
)

WEIGHTS = np.array([[10.0, 0.0, -10.0], [0.0, 10.0, 0.0]])
"""Two bands, three classes."""


@pytest.fixture
def network(tmp_path: Path) -> OnnxNetwork:
    return OnnxNetwork(write_linear(tmp_path / "model.onnx", WEIGHTS, periods=2), batch=2)


def stored(reflectance: np.ndarray) -> np.ndarray:
    return np.round((reflectance + 0.1) * 10_000).astype(np.uint16)


def test_stored_numbers_become_reflectance_and_zero_a_gap() -> None:
    stack = np.array([[[1000, 6000], [0, 11000]]], np.uint16)  # one period, two bands, two pixels
    series = series_of(stack, np.array([1, 0]))
    assert series.shape == (2, 1, 2)
    np.testing.assert_allclose(series[0, 0], [0.5, 1.0], atol=1e-6)
    np.testing.assert_allclose(series[1, 0], [0.0, np.nan], atol=1e-6)
    assert seen_periods(stack).tolist() == [0, 1]


def test_probabilities_by_hand(network: OnnxNetwork) -> None:
    series = np.array([[[0.1, 0.3], [0.3, 0.1]], [[np.nan, 0.2], [0.2, np.nan]]], np.float32)
    scores = np.array([[2.0, 2.0, -2.0], [1.0, 1.0, -1.0]])  # 10 × the mean over two periods, gaps counting 0
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network(series), expected, rtol=1e-5)


def test_a_block_is_classified_where_wanted(network: OnnxNetwork) -> None:
    reflectance = np.array([[0.5, 0.0], [0.0, 0.5], [0.0, 0.2], [0.5, 0.0]])  # pixels, bands
    stack = np.repeat(stored(reflectance.T)[None], 2, axis=0)
    found = predict(network, stack, np.array([True, True, True, False]), [3, 7, 9])
    assert found.classes.tolist() == [3, 7, 7, 255]
    p = np.exp([5.0, 0, -5])
    p /= p.sum()
    assert found.probabilities[:, 0].tolist() == [round(v * 200) for v in p]
    assert (found.probabilities[:, 3] == 255).all()
    assert found.entropy[0] == round(200 * -(p * np.log(p)).sum() / np.log(3))
    assert found.entropy[3] == 255
    assert found.ranked.shape == (0, 4)


def test_only_the_likeliest_classes_are_kept(network: OnnxNetwork) -> None:
    stack = np.repeat(stored(np.array([[0.5], [0.1]]))[None], 2, axis=0)
    found = predict(network, stack, np.array([True]), [3, 7, 9], keep=2)
    assert found.ranked[:, 0].tolist() == [3, 7]
    p = np.exp([5.0, 1, -5])
    assert found.probabilities[:, 0].tolist() == [round(v * 200) for v in (p / p.sum())[:2]]
    none = predict(network, stack, np.array([True]), [3, 7, 9], keep=0)
    assert none.probabilities.shape == (0, 1)
    assert none.classes.tolist() == [3]


def test_nothing_wanted_runs_nothing() -> None:
    def never(series: np.ndarray) -> np.ndarray:
        raise AssertionError("no pixel is wanted")

    found = predict(never, np.zeros((2, 2, 5), np.uint16), np.zeros(5, bool), [0, 1])
    assert (found.classes == 255).all()
    assert found.probabilities.shape == (2, 5)


def test_entropy_is_one_where_nothing_is_known() -> None:
    known = entropy(np.array([[0.25] * 4, [1.0, 0, 0, 0], [0.5, 0.5, 0, 0]], np.float32))
    np.testing.assert_allclose(known, [1.0, 0.0, 0.5], atol=1e-6)
    assert entropy(np.ones((1, 1), np.float32)).tolist() == [0.0]
    assert shares(np.array([0.0, 0.5, 1.0, 0.0024, 0.0026], np.float32)).tolist() == [0, 100, 200, 0, 1]


def test_any_batch_and_any_thread_gives_what_torch_gives(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(5)
    lstm, head = torch.nn.LSTM(9, 16, 2, batch_first=True), torch.nn.Linear(16, 4)
    path = write_lstm(tmp_path / "model.onnx", lstm, head, periods=12)
    series = np.random.default_rng(5).random((300, 12, 9), np.float32)
    with torch.no_grad():
        expected = torch.softmax(head(lstm(torch.from_numpy(series))[0][:, -1]), dim=1).numpy()
    for batch in (1, 64, 256):
        with ThreadPoolExecutor(2) as threads:
            parts = list(threads.map(OnnxNetwork(path, batch), np.array_split(series, 3)))
        np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-6)


def test_a_session_is_made_anew_when_the_file_changes(tmp_path: Path) -> None:
    import os

    path = write_linear(tmp_path / "model.onnx", WEIGHTS, periods=1)
    series = np.full((1, 1, 2), 0.5, np.float32)
    before = OnnxNetwork(path)(series)
    write_linear(path, -WEIGHTS, periods=1)
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000))
    assert OnnxNetwork(path)(series)[0].argmax() == 2
    assert before[0].argmax() == 0
