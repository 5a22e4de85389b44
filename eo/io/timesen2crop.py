"""Bring TimeSen2Crop from its 1.2 million small files into one store, and say what is wrong where."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

import numpy as np

from eo.errors import InvalidProduct
from eo.io.timesen2crop_csv import FAULT_TITLES, Fault, parse_dates, parse_samples
from eo.io.timesen2crop_source import Problem, Source, TileFiles
from eo.io.timesen2crop_store import StoreWriter
from eo.timeseries.crop_looks import TileLooks
from eo.timeseries.timesen2crop import LICENCE, SOURCE

BATCH = 4096
"""Samples of a row group: some 5 MB of numbers."""
_AT_ONCE = 256
"""Samples that are read before they are parsed: their text stays in the cache of the processor."""
_EXAMPLES = 3


@dataclass
class ImportReport:
    """What was brought in, and what was not: `problems` name places, `seconds` is the time of reading."""

    samples: int = 0
    files: int = 0
    empty_files: int = 0
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class _Batch:
    tile: TileFiles
    dates: tuple[date, ...]
    rows: slice


def import_set(
    source: Source, store: Path, *, threads: int = 1, progress: Callable[[float], None] = lambda share: None
) -> ImportReport:
    """Read all samples of a set into a store.

    Args:
        source: open.
        store: the Parquet file to write.
        threads: how many batches are read at once.
        progress: told the share of the files that is done.

    Raises:
        InvalidProduct: no sample can be used; says why.
    """
    began = time.perf_counter()
    report = ImportReport(files=source.files(), problems=list(source.problems))
    dates = usable_dates(source, report.problems)
    batches = [
        _Batch(tile, dates[tile.name], slice(start, start + BATCH))
        for tile in source.tiles
        if tile.name in dates
        for start in range(0, len(tile.labels), BATCH)
    ]
    done = 0
    faults: dict[tuple[str, int], Counter[str]] = {}
    with StoreWriter(store, dates, {"source": SOURCE, "licence": LICENCE}) as writer:
        for batch, looks, found in _read_in_order(source, batches, threads):
            writer.write(looks)
            report.samples += len(looks)
            done += len(found)
            _count(faults, batch, found)
            progress(done / max(report.files, 1))
    report.empty_files = sum(sum(c.values()) for (_, fault), c in faults.items() if fault == Fault.EMPTY)
    report.problems += _told(faults)
    report.seconds = time.perf_counter() - began
    if not report.samples:
        said = "; ".join(f"{p.where}: {p.what}" for p in report.problems[:3])
        raise InvalidProduct(f"No sample of {source.path.name} can be used: {said}.", hint="Fetch the set again.")
    return report


def usable_dates(source: Source, problems: list[Problem]) -> dict[str, tuple[date, ...]]:
    """Return the dates of each tile that has good ones and samples; add the others to the problems."""
    usable = {}
    for tile in source.tiles:
        text = source.dates(tile.name)
        found = "there is no dates.csv that can be read" if text is None else parse_dates(text)
        if isinstance(found, str):
            problems.append(Problem(f"{tile.name}/dates.csv", f"{found}; the tile is left out", len(tile.labels)))
        elif not len(tile.labels):
            problems.append(Problem(tile.name, "an empty tile: it has no sample"))
        else:
            usable[tile.name] = found
    return usable


def _read_in_order(
    source: Source, batches: list[_Batch], threads: int
) -> Iterator[tuple[_Batch, TileLooks, "np.ndarray[tuple[int], np.dtype[np.uint8]]"]]:
    """Yield batches as they were asked for, no more than a few ahead of the writer.

    Threads of this process: the archive is mapped here, and unpacking and parsing hold no lock of the interpreter.
    """
    waiting = iter(batches)
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[Future[tuple[_Batch, TileLooks, np.ndarray[tuple[int], np.dtype[np.uint8]]]]] = deque(
            pool.submit(_read, source, batch) for batch in islice(waiting, threads + 1)
        )
        while ahead:
            yield ahead.popleft().result()
            ahead.extend(pool.submit(_read, source, batch) for batch in islice(waiting, 1))


def _read(source: Source, batch: _Batch) -> tuple[_Batch, TileLooks, "np.ndarray[tuple[int], np.dtype[np.uint8]]"]:
    starts = range(batch.rows.start, min(batch.rows.stop, len(batch.tile.labels)), _AT_ONCE)
    pieces = [slice(start, min(start + _AT_ONCE, batch.rows.stop)) for start in starts]
    parsed = [parse_samples(source.read(batch.tile, piece), len(batch.dates)) for piece in pieces]
    values, flags, faults = (np.concatenate(parts) for parts in zip(*parsed, strict=True))
    good = faults == Fault.NONE
    looks = TileLooks(
        batch.tile.name,
        batch.dates,
        batch.tile.labels[batch.rows][good],
        batch.tile.numbers[batch.rows][good],
        values[good] if not good.all() else values,
        flags[good] if not good.all() else flags,
    )
    return batch, looks, faults


def _count(
    counts: dict[tuple[str, int], Counter[str]], batch: _Batch, faults: "np.ndarray[tuple[int], np.dtype[np.uint8]]"
) -> None:
    for index in np.flatnonzero(faults):
        at = batch.rows.start + int(index)
        there = counts.setdefault((batch.tile.name, int(faults[index])), Counter())
        name = f"{batch.tile.labels[at]}/{batch.tile.numbers[at]}.csv"
        there[name if len(there) < _EXAMPLES else ""] += 1


def _told(counts: dict[tuple[str, int], Counter[str]]) -> list[Problem]:
    problems = []
    for (tile, fault), names in counts.items():
        shown = ", ".join(name for name in names if name)
        total = sum(names.values())
        more = f" and {total - sum(1 for name in names if name)} more" if names[""] else ""
        problems.append(Problem(f"{tile}/{shown}{more}", FAULT_TITLES[Fault(fault)], total))
    return problems
