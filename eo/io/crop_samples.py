"""Samples of crops from looks at tiles: harmonised, put together, ready to train on."""

from collections.abc import Iterable, Sequence

import numpy as np

from eo.errors import NotEnoughData
from eo.io.sample_arrays import SampleMeta, Samples
from eo.learning.card import Periods
from eo.timeseries.crop_looks import TileLooks, first_month_of, harmonise, season_periods
from eo.timeseries.made_crops import LICENCE, SOURCE, make_tile
from eo.timeseries.timesen2crop import BANDS, CLASSES, CROSS_YEAR_TILE, TILES, Part, leave_tiles_out

GAP_LIMIT_DAYS = 62.0


def to_samples(
    tiles: Iterable[TileLooks],
    part: Part,
    first_month: int,
    *,
    gap_limit_days: float = GAP_LIMIT_DAYS,
    period_days: int | None = None,
    source: str = "",
    licence: str = "",
) -> Samples:
    """Return the harmonised series of whole tiles, `groups` counting the tiles.

    Raises:
        NotEnoughData: there is no sample.
    """
    x, y, groups = [], [], []
    for number, looks in enumerate(tiles):
        series, _ = harmonise(looks, season_periods(looks.dates, first_month, period_days), gap_limit_days)
        x.append(series)
        y.append(looks.labels.astype(np.int64))
        groups.append(np.full(len(looks), number, np.int64))
    if not sum(map(len, y)):
        raise NotEnoughData(f"There is no sample for the part {part}.", hint="Choose other tiles, or more samples.")
    series = np.concatenate(x)
    meta = samples_meta(part, series.shape[1], first_month, period_days, bool(np.isnan(series).any()), source, licence)
    return Samples(series, np.concatenate(y), meta, np.concatenate(groups))


def samples_meta(
    part: Part, periods: int, first_month: int, period_days: int | None, gaps: bool, source: str, licence: str
) -> SampleMeta:
    """Return what arrays of samples in the classes and bands of TimeSen2Crop mean."""
    return SampleMeta(
        bands=BANDS,
        classes=CLASSES,
        periods=Periods(count=periods, days=period_days, first_month=first_month),
        source=source,
        licence=licence,
        part=part,
        gaps=gaps,
    )


def made_looks(
    samples_per_tile: int, seed: int, tiles: Sequence[str] = (*TILES, CROSS_YEAR_TILE)
) -> dict[Part, list[TileLooks]]:
    """Return the looks of a made set by part of the split that leaves tiles out."""
    parts: dict[Part, list[TileLooks]] = {}
    for tile, part in leave_tiles_out(tiles).items():
        if part is not None:
            parts.setdefault(part, []).append(make_tile(tile, samples_per_tile, seed))
    return parts


def made_samples(
    samples_per_tile: int, seed: int, tiles: Sequence[str] = (*TILES, CROSS_YEAR_TILE)
) -> dict[Part, Samples]:
    """Return the harmonised samples of a made set by part, without a file; `made_looks` are the looks behind them."""
    looks = made_looks(samples_per_tile, seed, tiles)
    first = first_month_of([one.dates for group in looks.values() for one in group])
    return {part: to_samples(group, part, first, source=SOURCE, licence=LICENCE) for part, group in looks.items()}
