"""TimeSen2Crop: store, harmonise, split, tell what it is like."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from eo.errors import InvalidOption
from eo.io.crop_samples import samples_meta
from eo.io.sample_writer import SampleWriter
from eo.io.timesen2crop import ImportReport
from eo.io.timesen2crop_store import Store, open_store
from eo.timeseries.crop_looks import TileLooks, first_month_of, harmonise, season_periods
from eo.timeseries.mgrs import footprint_of
from eo.timeseries.periods import Period
from eo.timeseries.sample_statistics import SampleStatistics
from eo.timeseries.timesen2crop import PARTS, Part
from services.core.context import Context
from services.timesen2crop import TimeSen2CropParams
from services.timesen2crop.data import Origin, fill_store, origin_of, problem_as_json, published
from services.timesen2crop.pictures import draw_counts, draw_flags, draw_map, draw_series
from services.timesen2crop.splitting import Split, split

_STORED, _HARMONISED = 0.55, 0.92


def run(params: TimeSen2CropParams, context: Context) -> None:
    """Write the store, the arrays, the statistics and the pictures.

    Raises:
        EoError: nothing can be read, or not split as wanted; says why.
    """
    path = context.target("store", ".parquet")
    report = fill_store(
        params, path, context.threads, lambda share: context.progress(0.01 + _STORED * share, "reading samples")
    )
    _note_input(params, context)
    store = open_store(path)
    parts = split(params, *store.labels())
    month = params.first_month or first_month_of([d for t, d in store.dates.items() if parts.tiles.get(t)])
    periods = {tile: season_periods(days, month, params.period_days) for tile, days in store.dates.items()}
    statistics = _harmonise(params, context, store, parts, periods)
    _tell(params, context, report, store, parts, periods, statistics)


def _note_input(params: TimeSen2CropParams, context: Context) -> None:
    if params.source == "made":
        return
    path = published(params) if params.source == "file" else Path(str(params.input))
    if path.is_file():
        context.read("input", path.name, path)
    else:
        listing = "\n".join(sorted(p.name for p in path.iterdir()))
        context.read("input", path.name, listing.encode())


def _harmonise(
    params: TimeSen2CropParams, context: Context, store: Store, parts: Split, periods: Mapping[str, list[Period]]
) -> SampleStatistics:
    """Go through the store once: series into the arrays of their parts, sums into the statistics."""
    count = len(next(iter(periods.values())))
    statistics = SampleStatistics(count)
    first = next(iter(periods.values()))[0].start.month
    writers = _writers(params, context, parts, count, first) if params.npy else {}
    groups = {tile: number for number, tile in enumerate(sorted(store.dates))}
    done = 0
    for looks in store.read():
        series, clear = harmonise(looks, periods[looks.tile], params.gap_limit_days)
        statistics.add(looks, series, clear)
        _share_out(looks, series, parts.part[done : done + len(looks)], writers, groups[looks.tile])
        done += len(looks)
        share = done / max(store.samples, 1)
        context.progress(0.01 + _STORED + (_HARMONISED - _STORED) * share, "harmonising")
    for part, writer in writers.items():
        writer.close()
        context.add(f"samples_{part}", context.target(f"samples_{part}", ""), properties=_shape(part, parts, count))
    return statistics


def _writers(
    params: TimeSen2CropParams, context: Context, parts: Split, periods: int, first_month: int
) -> dict[Part, SampleWriter]:
    counts = {part: parts.count(part) for part in PARTS}
    if not counts["train"]:
        raise InvalidOption("No sample is left to train on.", hint="Leave fewer tiles out, or take more samples.")
    origin = origin_of(params)
    return {
        part: SampleWriter(
            context.target(f"samples_{part}", ""),
            count,
            samples_meta(part, periods, first_month, params.period_days, False, origin.source, origin.licence),
        )
        for part, count in counts.items()
        if count
    }


def _share_out(
    looks: TileLooks,
    series: NDArray[np.float32],
    part: NDArray[np.int8],
    writers: Mapping[Part, SampleWriter],
    group: int,
) -> None:
    for name, writer in writers.items():
        mine = part == PARTS.index(name)
        if mine.any():
            writer.write(series[mine], looks.labels[mine], group)


def _shape(part: Part, parts: Split, periods: int) -> dict[str, Any]:
    return {"groundwork:samples": parts.count(part), "groundwork:periods": periods}


def _tell(
    params: TimeSen2CropParams,
    context: Context,
    report: ImportReport,
    store: Store,
    parts: Split,
    periods: Mapping[str, list[Period]],
    statistics: SampleStatistics,
) -> None:
    context.progress(_HARMONISED, "drawing")
    context.add("store", store.path, properties={"groundwork:samples": store.samples})
    first = periods[min(store.dates, key=lambda tile: store.dates[tile][0])]
    origin = origin_of(params)
    told = {
        "source": origin.source,
        "licence": origin.licence,
        **statistics.as_json([p.label for p in first], parts.tiles),
        "parts": {part: parts.count(part) for part in PARTS},
        "checks": _checks(report),
    }
    outlines = _outlines(told["tiles"])
    _write_json(context, "statistics", ".json", told)
    _write_json(context, "tiles", ".geojson", outlines)
    for name, draw in {"counts": draw_counts, "series": draw_series, "flags": draw_flags}.items():
        draw(told, context.target(name, ".png"))
        context.add(name, context.target(name, ".png"))
    draw_map(outlines, context.target("map", ".png"))
    context.add("map", context.target("map", ".png"))
    _describe(context, store, told, outlines, origin)


def _checks(report: ImportReport) -> dict[str, Any]:
    return {
        "files": report.files,
        "samples": report.samples,
        "empty_files": report.empty_files,
        "problems": [problem_as_json(p) for p in report.problems],
    }


def _outlines(tiles: Mapping[str, Any]) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "geometry": footprint_of(tile),
            "properties": {"tile": tile, "part": told["part"], "samples": told["samples"]},
        }
        for tile, told in tiles.items()
    ]
    return {"type": "FeatureCollection", "features": features}


def _write_json(context: Context, name: str, extension: str, content: Mapping[str, Any]) -> None:
    path = context.target(name, extension)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    context.add(name, path)


def _describe(
    context: Context, store: Store, told: Mapping[str, Any], outlines: Mapping[str, Any], origin: Origin
) -> None:
    context.covers(shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in outlines["features"]]).envelope)
    days = [day for dates in store.dates.values() for day in dates]
    context.acquired(*(datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (min(days), max(days))))
    context.properties.update(
        {
            "groundwork:samples": told["samples"],
            "groundwork:parts": told["parts"],
            "groundwork:source": origin.source,
            "groundwork:problems": len(told["checks"]["problems"]),
        }
    )
