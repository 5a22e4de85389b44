"""What a set of labelled series is like: counts, flags, mean series and spread; gathered piece by piece."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.timeseries.crop_looks import TileLooks
from eo.timeseries.timesen2crop import BANDS, CLASSES, Flag


class SampleStatistics:
    """Sums over samples; NaN counts for nothing.

    Args:
        periods: how many a series has.
    """

    def __init__(self, periods: int) -> None:
        shape = (len(CLASSES), periods, len(BANDS))
        self.counts: dict[str, NDArray[np.int64]] = {}
        self.flags: dict[str, NDArray[np.int64]] = {}
        self.looks: dict[str, int] = {}
        self.clear = np.zeros(periods, np.int64)
        self._number = np.zeros(shape, np.int64)
        self._sum = np.zeros(shape)
        self._square = np.zeros(shape)

    def add(self, looks: TileLooks, series: NDArray[np.float32], clear: NDArray[np.uint8]) -> None:
        """Add samples of one tile.

        Args:
            looks: the samples.
            series: (samples, periods, bands), harmonised.
            clear: (periods, samples) number of clear looks.
        """
        nothing = np.zeros(len(CLASSES), np.int64)
        self.counts[looks.tile] = self.counts.get(looks.tile, nothing) + np.bincount(
            looks.labels, minlength=len(CLASSES)
        )
        flags = np.bincount(looks.flags.ravel(), minlength=len(Flag))
        self.flags[looks.tile] = self.flags.get(looks.tile, np.zeros(len(Flag), np.int64)) + flags
        self.looks[looks.tile] = len(looks.dates)
        self.clear += (clear > 0).sum(axis=1)
        for label in np.unique(looks.labels):
            part = series[looks.labels == label].astype(np.float64)
            self._number[label] += (~np.isnan(part)).sum(axis=0)
            self._sum[label] += np.nansum(part, axis=0)
            self._square[label] += np.nansum(part * part, axis=0)

    def mean(self) -> NDArray[np.float64]:
        """Return (classes, periods, bands) mean reflectance, NaN where there is none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: NDArray[np.float64] = self._sum / self._number
        return mean

    def spread(self) -> NDArray[np.float64]:
        """Return (classes, periods, bands) standard deviation, NaN where there is none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = self._square / self._number - self.mean() ** 2
        return np.sqrt(np.maximum(variance, 0))

    def as_json(self, periods: Sequence[str], parts: Mapping[str, str]) -> dict[str, Any]:
        """Return everything as JSON: `periods` are names, `parts` what each tile is for.

        `counts` is by tile, then class value; `mean` and `spread` by class value: a row per period, a column per band.
        """
        total = sum(self.counts.values(), np.zeros(len(CLASSES), np.int64))
        samples = int(total.sum())
        there = [c for c in CLASSES if total[c.value]]
        return {
            "samples": samples,
            "bands": list(BANDS),
            "periods": list(periods),
            "classes": [{**c.model_dump(), "samples": int(total[c.value])} for c in CLASSES],
            "tiles": {tile: self._tile(tile, parts.get(tile, "")) for tile in sorted(self.counts)},
            "periods_with_a_clear_look": [round(float(n) / max(samples, 1), 4) for n in self.clear],
            "mean": {str(c.value): _rounded(self.mean()[c.value]) for c in there},
            "spread": {str(c.value): _rounded(self.spread()[c.value]) for c in there},
        }

    def _tile(self, tile: str, part: str) -> dict[str, Any]:
        flags = self.flags[tile]
        shares = flags / max(int(flags.sum()), 1)
        return {
            "part": part,
            "looks": self.looks[tile],
            "samples": int(self.counts[tile].sum()),
            "counts": {str(v): int(n) for v, n in enumerate(self.counts[tile]) if n},
            "flags": {flag.name.lower(): round(float(shares[flag]), 4) for flag in Flag},
        }


def _rounded(values: NDArray[np.float64]) -> list[list[float | None]]:
    return [[None if np.isnan(v) else round(float(v), 4) for v in row] for row in values]
