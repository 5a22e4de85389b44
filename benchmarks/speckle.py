"""Speckle filters: Mpx per second and core beside scipy's mean and median; what they make of speckle alone."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter
from scipy.stats import gamma

from eo.sar.multilook import equivalent_looks
from eo.sar.speckle.filters import NAMES, Name, SpeckleFilter, filter_speckle

SIDE = 2048
LOOKS = 4.4  # IW GRDH
WINDOW = 7
DAMPING = 2.0
REPEATS = 3
MEAN_KEPT = 0.005
LOOKS_AS_EXPECTED = 0.05
SPEED = {"lee": 70.0, "refined_lee": 12.0}

Image = NDArray[np.float32]
FILTERS: tuple[Name, ...] = tuple(name for name in NAMES if name != "none")


class Expected(NamedTuple):
    """Mean and looks to expect of speckle of mean 1, and whence; `at_most`: there is no formula, but a bound."""

    mean: float
    looks: float
    note: str
    at_most: bool = False


def run() -> list[dict[str, Any]]:
    """Return the rows of the benchmark."""
    speckle = np.random.default_rng(1).gamma(LOOKS, 1 / LOOKS, (SIDE, SIDE)).astype(np.float32)
    for name in FILTERS:  # compiled, or read from the cache, before the clock runs
        _filtered(speckle[:WINDOW, :WINDOW], name)
    scipy_mean = _speed(lambda: uniform_filter(speckle, WINDOW), speckle)
    scipy_median = _speed(lambda: median_filter(speckle, WINDOW), speckle, repeats=1)
    expected = _expected(speckle)
    rows = []
    for name in FILTERS:
        ours = _speed(partial(_filtered, speckle, name), speckle)
        rows.append(_speed_row(name, ours, scipy_median if name == "median" else scipy_mean))
    for name in FILTERS:
        out = _filtered(speckle, name)[WINDOW:-WINDOW, WINDOW:-WINDOW]
        rows.append(_mean_row(name, float(out.mean(dtype=float) / speckle.mean(dtype=float)), expected[name].mean))
        rows.append(_looks_row(name, equivalent_looks(out), expected[name]))
    return rows


def _filtered(values: Image, name: Name) -> Image:
    return filter_speckle(values, SpeckleFilter(name, window=WINDOW, looks=LOOKS, damping=DAMPING))


def _speed(work: Callable[[], Any], values: Image, repeats: int = REPEATS) -> float:
    """Return Mpx per second of processor time, the best of several runs."""
    best = np.inf
    for _ in range(repeats):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return float(values.size / best / 1e6)


def _expected(speckle: Image) -> dict[Name, Expected]:
    law = gamma(LOOKS, scale=1 / LOOKS)
    pixels, median = WINDOW**2, float(law.median())
    down, right = np.mgrid[-(WINDOW // 2) : WINDOW // 2 + 1, -(WINDOW // 2) : WINDOW // 2 + 1]
    weights = np.exp(-DAMPING / LOOKS * np.hypot(down, right))
    lee, gamma_map = (_mean_and_looks(values) for values in _plain_lee_and_gamma_map(speckle))
    median_looks = median**2 * 4 * pixels * float(law.pdf(median)) ** 2
    return {
        "boxcar": Expected(1.0, pixels * LOOKS, "window² · looks"),
        "median": Expected(median, median_looks, "variance 1 / (4 n f²) of a median"),
        "frost": Expected(1.0, LOOKS * weights.sum() ** 2 / (weights**2).sum(), "weights where C² is 1 / looks"),
        "lee": Expected(1.0, lee[1], "the formula in plain numpy"),
        "gamma_map": Expected(*gamma_map, "the formula in plain numpy; the likeliest value lies below the mean"),
        "refined_lee": Expected(1.0, 28 * LOOKS, "at most 28 pixels · looks", at_most=True),
        "lee_sigma": Expected(1.0, pixels * LOOKS, "at most window² · looks", at_most=True),
    }


def _plain_lee_and_gamma_map(speckle: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Lee and gamma MAP from scipy's means, as their formulas stand in the papers."""
    value, noise = speckle.astype(np.float64), 1 / LOOKS
    mean = uniform_filter(value, WINDOW)
    variance = np.maximum(uniform_filter(value**2, WINDOW) - mean**2, 0)
    signal = np.maximum((variance + mean**2) / (1 + noise) - mean**2, 0)
    lee = mean + signal / (mean**2 * noise + signal) * (value - mean)
    varied = np.maximum(variance / mean**2, noise * (1 + 1e-9))
    order = (1 + noise) / (varied - noise)
    slope = (order - LOOKS - 1) * mean
    likeliest = (slope + np.sqrt(slope**2 + 4 * order * LOOKS * value * mean)) / (2 * order)
    likeliest = np.where(varied < 2 * noise, likeliest, value)
    return lee, np.where(variance / mean**2 > noise, likeliest, mean)


def _mean_and_looks(values: NDArray[np.float64]) -> tuple[float, float]:
    inside = values[WINDOW:-WINDOW, WINDOW:-WINDOW]
    return float(inside.mean()), equivalent_looks(inside)


def _speed_row(name: Name, ours: float, scipy: float) -> dict[str, Any]:
    at_least = SPEED.get(name)
    target = {"boxcar": ">= scipy's", "median": ">= scipy's"}.get(name, f">= {at_least:g}" if at_least else None)
    return {
        "name": f"Speckle, {name} {WINDOW} x {WINDOW}",
        "ours": round(ours, 1),
        "comparison": round(scipy, 1),
        "unit": "Mpx/s per core",
        "ratio": round(ours / scipy, 2),
        "target": target,
        "ok": ours >= (at_least or (scipy if target else 0)),
        "note": f"scipy.ndimage.{'median' if name == 'median' else 'uniform'}_filter",
    }


def _mean_row(name: Name, ours: float, expected: float) -> dict[str, Any]:
    return {
        "name": f"Speckle, {name}, mean of {LOOKS:g} looks",
        "ours": round(ours, 4),
        "comparison": round(expected, 4),
        "unit": "of the mean before",
        "ratio": round(ours / expected, 4),
        "target": f"within {MEAN_KEPT:.1%}",
        "ok": abs(ours / expected - 1) <= MEAN_KEPT,
        "note": "" if expected == 1 else "does not keep the mean, by its nature",
    }


def _looks_row(name: Name, ours: float, expected: Expected) -> dict[str, Any]:
    ratio = ours / expected.looks
    return {
        "name": f"Speckle, {name}, looks out of {LOOKS:g}",
        "ours": round(ours, 1),
        "comparison": round(expected.looks, 1),
        "unit": "looks",
        "ratio": round(ratio, 3),
        "target": "below" if expected.at_most else f"within {LOOKS_AS_EXPECTED:.0%}",
        "ok": bool(ratio < 1 if expected.at_most else abs(ratio - 1) <= LOOKS_AS_EXPECTED),
        "note": expected.note,
    }
