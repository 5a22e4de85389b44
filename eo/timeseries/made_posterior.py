"""Bayes' rule for the made crops: the exact posterior of a sample's class, and so the best accuracy there can be."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.kernel import fast_kernel
from eo.timeseries.crop_looks import TileLooks, clear_looks
from eo.timeseries.made_crops import season_start
from eo.timeseries.made_model import SHARES, channels, loadings_at, mean_at, residual_memory
from eo.timeseries.timesen2crop import SCALE

Array = NDArray[np.float64]
_BLOCK = 256


def bayes_posteriors(looks: TileLooks, *, shares: Array = SHARES, threads: int = 1) -> Array:
    """Return (samples, 16) the exact posterior of each class, given a sample's own clear looks and nothing else.

    The most probable class is right as often as any rule can be that sees one sample at a time; its rate on samples is
    the Bayes rate that networks are measured against. Clouds, shadows and snow tell nothing of the class.

    The residual is a Markov process, so that a Kalman filter makes the clear looks independent of one another, channel
    by channel; what the factors add has few dimensions (Woodbury's identity, the determinant lemma).

    Args:
        looks: made by `made_crops.make_tile`.
        shares: those it was made with.
    """
    first = season_start(looks.tile)
    days = np.array([(d - first).days for d in looks.dates], np.float64)
    mixing, _ = channels()
    known = [
        np.concatenate([mean_at(p, days)[..., None], loadings_at(p, days, looks.tile)], axis=2)
        for p in range(len(shares))
    ]
    by_channel = [np.ascontiguousarray(np.einsum("kb,tbf->ktf", mixing, one)) for one in known]
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(looks), _BLOCK)]
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(partial(_log_densities, looks, by_channel, days), blocks))
    with np.errstate(divide="ignore"):
        out: Array = np.concatenate(parts) + np.log(shares)
    out -= out.max(axis=1, keepdims=True)
    np.exp(out, out=out)
    out /= out.sum(axis=1, keepdims=True)
    return out


def _log_densities(looks: TileLooks, known: list[Array], days: Array, block: slice) -> Array:
    """Return (samples, classes) logarithms of Gaussian densities, but for what is the same for all classes.

    Args:
        known: of each class (channels, looks, 1 + factors): the mean, and what the factors add.
    """
    mixing, variances = channels()
    values = np.ascontiguousarray((looks.values[block] / SCALE @ mixing.T).transpose(0, 2, 1))
    clear = clear_looks(looks.values[block], looks.flags[block])
    out = np.empty((len(values), len(known)))
    for position, one in enumerate(known):
        products = np.zeros((len(values), one.shape[2], one.shape[2]))
        _whitened_products(values, clear, one, variances, residual_memory(days), products)
        square, projected = products[:, 0, 0], products[:, 0, 1:]
        capacity = products[:, 1:, 1:] + np.eye(one.shape[2] - 1)
        solved = np.linalg.solve(capacity, projected[..., None])[..., 0]
        out[:, position] = -0.5 * (square - (projected * solved).sum(axis=-1) + np.linalg.slogdet(capacity)[1])
    return out


@fast_kernel
def _whitened_products(values: Any, clear: Any, known: Any, variances: Any, memory: Any, out: Any) -> None:
    """Sum the products of what a sample departs by and of the factors, after the filter has made looks independent."""
    samples, channels, looks = values.shape
    columns = known.shape[2]
    column = np.empty(columns)
    state = np.empty(columns)
    for sample in range(samples):
        total = out[sample]
        for channel in range(channels):
            variance = variances[channel]
            spread = variance
            state[:] = 0.0
            for look in range(looks):
                kept = memory[look]
                spread = kept * kept * spread + (1.0 - kept * kept) * variance
                for j in range(columns):
                    state[j] *= kept
                if not clear[sample, look]:
                    continue
                gain = spread / (spread + 1.0)
                scale = 1.0 / np.sqrt(spread + 1.0)
                spread *= 1.0 - gain
                row = known[channel, look]
                for j in range(columns):
                    column[j] = row[j] - state[j]
                column[0] = values[sample, channel, look] - row[0] - state[0]
                for j in range(columns):
                    state[j] += gain * column[j]
                    column[j] *= scale
                for i in range(columns):
                    for j in range(i + 1):
                        total[i, j] += column[i] * column[j]
        for i in range(columns):
            for j in range(i):
                total[j, i] = total[i, j]
