"""What values a raster holds, told from an overview and kept while the file stays the same."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portal.tiles.problems import invalid
from portal.tiles.raster import Source, opened

SAMPLE_PX = 1024
DEFAULT_PERCENTILES = (2.0, 98.0)
DEFAULT_BINS = 48


def read_percentiles(texts: Sequence[str]) -> tuple[float, ...]:
    """Return the percentiles that a query asks for.

    Raises:
        TileProblem: not from 0 to 100.
    """
    return tuple(_percentile(text) for text in texts[:16]) or DEFAULT_PERCENTILES


def read_bins(text: str | None) -> int:
    """Return the number of a histogram's bins.

    Raises:
        TileProblem: not from 2 to 256.
    """
    if text is None:
        return DEFAULT_BINS
    if not (text.isascii() and text.isdigit() and 2 <= int(text[:6]) <= 256):
        raise invalid("histogram_bins", text, "Give a number from 2 to 256.")
    return int(text)


@lru_cache(maxsize=512)
def statistics(source: Source, band: int, percentiles: tuple[float, ...], bins: int) -> dict[str, Any]:
    """Return count, extremes, mean, deviation, percentiles and histogram of the stored numbers of a band.

    All of a small file is looked at, an overview of at most 1024 pixels a side of a large one.
    """
    values, looked_at = _sample(source, band)
    facts = {"count": int(values.size), "valid_percent": round(100.0 * values.size / max(looked_at, 1), 3)}
    if not values.size:
        return {**facts, "min": None, "max": None, "mean": None, "std": None, "histogram": [[], []]}
    counts, edges = np.histogram(values, bins=bins)
    return {
        **facts,
        "min": float(values.min()),
        "max": float(values.max()),
        "mean": float(values.mean(dtype=np.float64)),
        "std": float(values.std(dtype=np.float64)),
        **{f"percentile_{p:g}": float(np.percentile(values, p)) for p in percentiles},
        "histogram": [counts.tolist(), edges.tolist()],
    }


def limits_of(source: Source, bands: Sequence[int]) -> list[tuple[float, float]]:
    """Return the 2nd and 98th percentile of each band; one apart where they are the same."""
    found = [statistics(source, band, DEFAULT_PERCENTILES, DEFAULT_BINS) for band in bands]
    pairs = [(facts.get("percentile_2", 0.0), facts.get("percentile_98", 1.0)) for facts in found]
    return [(low, high if high > low else low + 1.0) for low, high in pairs]


def _percentile(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise invalid("p", text, "Give percentiles from 0 to 100.")
    return value


def _sample(source: Source, band: int) -> tuple[NDArray[Any], int]:
    """Return the valid values of a small copy of a band, and how many pixels were looked at."""
    raster = opened(source)
    step = max(1.0, max(raster.width, raster.height) / SAMPLE_PX)
    shape = (max(1, round(raster.height / step)), max(1, round(raster.width / step)))
    sample = raster.read(band, out_shape=shape, masked=True)
    values: NDArray[Any] = sample.compressed()
    return values[np.isfinite(values)], sample.size
