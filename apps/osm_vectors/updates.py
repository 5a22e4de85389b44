"""Change files brought into what is served; generalised tables and tiles follow the objects that changed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from django.utils import timezone

from apps.osm_vectors import tile_cache
from apps.osm_vectors.about import write_about
from apps.osm_vectors.database import no_reader, only_one, run_all
from apps.osm_vectors.errors import ImportFailed, ImportRefused, ImportRunning, InvalidExtract
from apps.osm_vectors.importers import append
from apps.osm_vectors.models import Dataset
from apps.osm_vectors.queries import live_dataset
from eo.errors import EoError
from eo.io.osm_file import CHANGE_ENDINGS, latest_change
from eo.io.osm_replication import Changes, changes_since
from eo.vector.osm_rules import rules
from eo.vector.osm_tables import CHANGED, LIVE, changed_rows, generalised_tables, refresh_generalised

Tell = Callable[[str], None]
Box = tuple[float, float, float, float]
DONE_FOLDER, REFUSED_FOLDER = "done", "refused"


@dataclass(frozen=True)
class Update:
    """What an update did.

    Args:
        objects: rows that came or went.
        tiles: that were dropped from the cache.
    """

    objects: int
    tiles: int
    timestamp: datetime | None


def apply_files(paths: Sequence[Path], tell: Tell = lambda text: None) -> Update:
    """Bring change files, in the order of time, into what is served.

    Raises:
        ImportRefused: what is served cannot be updated, or a file is older than it.
        InvalidExtract, ImportRunning, ImportFailed: says why.
    """
    with only_one() as database, no_reader(database):
        dataset = _updatable()
        latest = [_check_file(path, dataset) for path in paths]
        for path in paths:
            tell(f"bringing in {path.name}")
            _append(path, tell)
        return _follow(database, dataset, max(latest, default=None), tell)


def apply_replication(url: str, tell: Tell = lambda text: None) -> Update:
    """Bring in what a replication server has that is newer than what is served.

    Where it broke off is told by the time of the data alone: what was updated from files goes on from a server.

    Raises:
        ImportRefused, ImportRunning, ImportFailed: says why.
    """
    with only_one() as database, no_reader(database), TemporaryDirectory(prefix="osm-changes-") as folder:
        dataset = _updatable()
        if dataset.data_timestamp is None:
            raise ImportRefused(
                f"{dataset.source} does not say of when it is.", hint="Import a file whose header tells its time."
            )
        done = Update(0, 0, dataset.data_timestamp)
        while found := _fetched(url, done.timestamp or dataset.data_timestamp, Path(folder) / "changes.osc.gz"):
            tell(f"changes until {found.until:%Y-%m-%d %H:%M} UTC")
            if found.path:
                _append(found.path, tell)
            update = _follow(database, dataset, found.until, tell)
            done = Update(done.objects + update.objects, done.tiles + update.tiles, update.timestamp)
            if not found.more:
                break
        return done


def _fetched(url: str, since: datetime, path: Path) -> Changes | None:
    try:
        return changes_since(url, since, path)
    except EoError as error:
        raise ImportFailed(error.message, hint=error.hint) from None


def watch(folder: Path, *, every_s: float = 30.0, tell: Tell = lambda text: None) -> Iterator[Update]:
    """Bring in every change file that is put into a folder, oldest name first; yield each update, for ever.

    Files go to `done` or, with the reason beside them, to `refused`. One that still grows is left until it does not.
    """
    before: dict[Path, int] = {}
    while True:
        found = {path: path.stat().st_size for path in sorted(folder.iterdir()) if path.name.endswith(CHANGE_ENDINGS)}
        for path in found:
            if before.get(path) != found[path]:
                break  # what comes after it waits too
            try:
                update = apply_files([path], tell)
            except ImportRunning as error:
                tell(error.message)
                break
            except (ImportRefused, InvalidExtract, ImportFailed) as error:
                tell(f"{path.name} refused: {error.message}")
                _put_away(path, REFUSED_FOLDER).with_suffix(".txt").write_text(f"{error.message} {error.hint}\n")
                continue
            _put_away(path, DONE_FOLDER)
            yield update
        before = found
        time.sleep(every_s)


def _append(path: Path, tell: Tell) -> None:
    try:
        append(path, rules(), LIVE, tell)
    except EoError as error:
        raise InvalidExtract(error.message, hint=error.hint) from None


def _put_away(path: Path, name: str) -> Path:
    folder = path.parent / name
    folder.mkdir(exist_ok=True)
    return path.rename(folder / path.name)


def _updatable() -> Dataset:
    dataset = live_dataset()
    if dataset is None or not dataset.updatable:
        raise ImportRefused(
            "There is nothing that can be updated." if dataset is None else f"{dataset.source} was not made updatable.",
            hint="Import with --updatable first: manage.py osm_import FILE --updatable.",
        )
    if dataset.rules_version != rules().version:
        raise ImportRefused(
            f"The rules are {rules().version} now; what is served was made by {dataset.rules_version}.",
            hint="Import again: manage.py osm_import FILE --updatable.",
        )
    return dataset


def _check_file(path: Path, dataset: Dataset) -> datetime:
    if not path.is_file() or not path.name.endswith(CHANGE_ENDINGS):
        raise InvalidExtract(f"{path.name} is no change file.", hint=f"Name one of {', '.join(CHANGE_ENDINGS)}.")
    try:
        latest = latest_change(path)
    except EoError as error:
        raise InvalidExtract(error.message, hint=error.hint) from None
    if dataset.data_timestamp and latest < dataset.data_timestamp:
        raise ImportRefused(
            f"{path.name} ends {latest:%Y-%m-%d %H:%M} UTC; what is served is of "
            f"{dataset.data_timestamp:%Y-%m-%d %H:%M} UTC already.",
            hint="Name the change files that follow.",
        )
    return latest


def _follow(database: psycopg.Connection, dataset: Dataset, latest: datetime | None, tell: Tell) -> Update:
    """Let generalised tables, tiles and the record follow the objects that were noted as changed."""
    changed = f"{LIVE}.{CHANGED}"
    more: dict[str, int] = dict(database.execute(changed_rows(LIVE).encode()).fetchall())
    tell("generalised tables")
    run_all([*refresh_generalised(table, level, LIVE)] for table in more for level in generalised_tables(table))
    boxes = database.execute(
        f"SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) FROM {changed}".encode()
    ).fetchall()
    before = dataset.tiles_version
    dataset.changes += 1
    dataset.imported_at = timezone.now()
    dataset.counts = {table: count + more.get(table, 0) for table, count in dataset.counts.items()}
    dataset.data_timestamp = max(filter(None, (latest, dataset.data_timestamp)), default=None)
    dataset.save()
    write_about(database, dataset)
    tiles = tile_cache.carry_over(before, dataset.tiles_version, boxes)
    tile_cache.forget_others(dataset.tiles_version)
    database.execute(f"TRUNCATE {changed}".encode())
    return Update(len(boxes), tiles, dataset.data_timestamp)
