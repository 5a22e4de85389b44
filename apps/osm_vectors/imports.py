"""An import from a file to what is served: into a schema of its own, completed, checked, then swapped in at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.contrib.gis.geos import Polygon
from django.db import connection, transaction
from django.utils import timezone

from apps.osm_vectors import tile_cache
from apps.osm_vectors.about import write_about
from apps.osm_vectors.database import NEW, OLD, drop, has, no_reader, only_one, run_all
from apps.osm_vectors.errors import ImportFailed, ImportRefused, InvalidExtract
from apps.osm_vectors.importers import advice, by_libosmium, by_osm2pgsql, osm2pgsql_version
from apps.osm_vectors.models import Dataset, State
from apps.osm_vectors.reader import allow_reading
from eo.errors import EoError
from eo.io.osm_file import stated_timestamp
from eo.vector.osm_rules import Rules, rules
from eo.vector.osm_tables import (
    LIVE,
    complete_table,
    create_generalised,
    drop_invalid,
    generalised_tables,
    note_changes,
)
from eo.vector.osm_views import create_views

Tell = Callable[[str], None]
FEWER_ROWS = 0.5
ENOUGH_ROWS = 100


def import_file(
    path: Path,
    *,
    updatable: bool = False,
    importer: str = "auto",
    force: bool = False,
    tell: Tell = lambda text: None,
) -> Dataset:
    """Import a file and serve it; whatever goes wrong, what was served before still is.

    Args:
        updatable: keep what later changes need (osm2pgsql only).
        importer: osm2pgsql, libosmium, or auto: osm2pgsql where it is.
        force: serve it even if a layer has far fewer rows than before.

    Raises:
        InvalidExtract, ImportRefused, ImportRunning, ImportFailed: says why.
    """
    with only_one() as database:
        clear_leftovers(database)
        stated = _check_file(path)
        version = osm2pgsql_version()
        by_hand = version is None or importer == "libosmium"
        if by_hand and (updatable or importer == "osm2pgsql"):
            raise ImportRefused(
                "osm2pgsql is not on this machine." if version is None else "libosmium makes no updatable import.",
                hint="apt-get install osm2pgsql, or import without --updatable.",
            )
        by = "libosmium" if by_hand else f"osm2pgsql {version}"
        dataset = Dataset.objects.create(
            source=path.name, importer=by, rules_version=rules().version, updatable=updatable
        )
        try:
            _fill(database, path, dataset, tell)
            _check(database, dataset, force)
            dataset.data_timestamp = stated or _latest_edit(database, NEW)
            tell("putting it in place")
            with no_reader(database):
                _swap(dataset)
        except BaseException as error:
            _give_up(database, dataset, error)
            if isinstance(error, psycopg.Error):
                message = f"The database refused: {str(error).partition(chr(10))[0]}"
                raise ImportFailed(message, hint=advice(message)) from error
            raise
        drop(database, OLD)
        tile_cache.forget_others(dataset.tiles_version)
    return dataset


def clear_leftovers(database: psycopg.Connection) -> None:
    """Remove what an import that was killed left behind."""
    for schema in (NEW, OLD):
        drop(database, schema)
    Dataset.objects.filter(state=State.IMPORTING).update(state=State.FAILED, error="It was interrupted.")


def _check_file(path: Path) -> datetime | None:
    """Return up to when the file says that it knows OpenStreetMap."""
    if not path.is_file():
        raise InvalidExtract(f"There is no file {path}.", hint="Name a file of OpenStreetMap, as country.osm.pbf.")
    try:
        return stated_timestamp(path)
    except EoError as error:
        raise InvalidExtract(error.message, hint=error.hint) from None


def _fill(database: psycopg.Connection, path: Path, dataset: Dataset, tell: Tell) -> None:
    known = rules()
    database.execute(f"CREATE SCHEMA {NEW}")
    database.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    try:
        if dataset.importer == "libosmium":
            by_libosmium(path, known, NEW, tell)
        else:
            by_osm2pgsql(path, known, NEW, tell, updatable=dataset.updatable)
    except EoError as error:
        raise InvalidExtract(error.message, hint=error.hint) from None
    tell("leaving out invalid geometries")
    dataset.invalid = sum(
        database.execute(drop_invalid(table, NEW).encode()).rowcount
        for table, (_, geometry) in known.tables.items()
        if geometry != "P"
    )
    tell("keys, indexes, generalised tables")
    run_all(_completions(known))
    for statement in create_views(known, NEW):
        database.execute(statement.encode())
    if dataset.updatable:
        for statement in note_changes(known, NEW):
            database.execute(statement.encode())
        tell("making ready for updates")
        _settle_middle(database)


def _completions(known: Rules) -> Iterator[list[str]]:
    """Yield for each table what completes it; the largest first, so that no one waits for them in the end."""
    order = sorted(known.tables, key=lambda table: table not in ("buildings_a", "roads_l"))
    for table in order:
        statements = list(complete_table(table, known.tables[table][1], NEW))
        for level in generalised_tables(table):
            statements += create_generalised(table, level, NEW)
        yield statements


def _check(database: psycopg.Connection, dataset: Dataset, force: bool) -> None:
    """Refuse what must not be served.

    Raises:
        InvalidExtract: there is nothing in it, or it lies nowhere on Earth.
        ImportRefused: it lies elsewhere than what is served, a layer lost more than half of its rows, or has codes
            that no rule has.
    """
    dataset.counts = counts_of(database, NEW)
    if not any(dataset.counts.values()):
        raise InvalidExtract(f"{dataset.source} holds no human feature.", hint="Choose a larger extract.")
    box = _extent(database, NEW)
    if box[0] < -180 or box[1] < -90 or box[2] > 180 or box[3] > 90:
        raise InvalidExtract(f"{dataset.source} reaches beyond the Earth: {box}.", hint="Fetch it again.")
    dataset.bounds = Polygon.from_bbox(box)
    strange = _codes(database, NEW) - {rule.code for layer in rules().layers for rule in layer.rules}
    if strange:
        raise ImportRefused(
            f"Feature codes that no rule has: {', '.join(sorted(map(str, strange)))}.",
            hint="The style that was imported by is not that of these rules: import again.",
        )
    before = Dataset.objects.filter(state=State.LIVE).first()
    if before and not force:
        _compare(before, dataset)


def _compare(before: Dataset, dataset: Dataset) -> None:
    """Refuse what seems to be no later state of what is served.

    Raises:
        ImportRefused: says why.
    """
    here, there = dataset.bounds, before.bounds
    if not here or not there:
        return
    if not here.intersects(there):
        raise ImportRefused(
            f"{dataset.source} ({_corners(here)}) lies outside of what is served, {before.source} ({_corners(there)}).",
            hint="Look whether it is the right extract; --force serves it in the other's place.",
        )
    lost = fewer_rows(before.counts, dataset.counts) if here.contains(there.centroid) else []
    if lost:
        raise ImportRefused(
            f"Far fewer objects than are served now: {', '.join(lost)}.",
            hint="Look whether the extract is complete; --force serves it all the same.",
        )


def _corners(bounds: Polygon) -> str:
    west, south, east, north = bounds.extent
    return f"longitude {west:.2f} to {east:.2f}, latitude {south:.2f} to {north:.2f}"


def fewer_rows(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Return the tables that lost more than half of their rows, in words."""
    return [
        f"{table} {after.get(table, 0)} instead of {count}"
        for table, count in before.items()
        if count >= ENOUGH_ROWS and after.get(table, 0) < FEWER_ROWS * count
    ]


def _settle_middle(database: psycopg.Connection) -> None:
    """Do now what the server would do by itself while the first update runs: osm2pgsql leaves its tables as filled."""
    found = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [NEW]).fetchall()
    for (table,) in found:
        if table.startswith("planet_osm_"):
            database.execute(f'VACUUM (ANALYZE) {NEW}."{table}"'.encode())


def counts_of(database: psycopg.Connection, schema: str, tables: Iterable[str] | None = None) -> dict[str, int]:
    """Return the rows of some tables, of every one if none are named."""
    wanted = rules().tables if tables is None else tables
    parts = [f"SELECT '{table}', count(*) FROM {schema}.\"{table}\"" for table in wanted]
    if not parts:
        return {}
    return dict(database.execute(" UNION ALL ".join(parts).encode()).fetchall())


def _codes(database: psycopg.Connection, schema: str) -> set[str]:
    parts = [f'SELECT DISTINCT facc FROM {schema}."{table}" WHERE facc IS NOT NULL' for table in rules().tables]
    return {row[0] for row in database.execute(" UNION ".join(parts).encode())}


def _extent(database: psycopg.Connection, schema: str) -> tuple[float, float, float, float]:
    parts = [f'SELECT ST_Extent(geom)::box3d AS box FROM {schema}."{table}"' for table in rules().tables]
    union = " UNION ALL ".join(parts)
    edges = "min(ST_XMin(box)), min(ST_YMin(box)), max(ST_XMax(box)), max(ST_YMax(box))"
    row = database.execute(f"SELECT {edges} FROM ({union}) AS boxes".encode()).fetchone()
    return tuple(map(float, row))  # type: ignore[return-value,arg-type]


def _latest_edit(database: psycopg.Connection, schema: str) -> datetime | None:
    parts = [f'SELECT max(osm_ts) AS latest FROM {schema}."{table}"' for table in rules().tables]
    row = database.execute(f"SELECT max(latest) FROM ({' UNION ALL '.join(parts)}) AS found".encode()).fetchone()
    return row[0].astimezone(UTC) if row and row[0] else None


def _swap(dataset: Dataset) -> None:
    """Put the new schema into the place of the served one, and say so in the same transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        if has(connection.connection, LIVE):
            cursor.execute(f"ALTER SCHEMA {LIVE} RENAME TO {OLD}")
        cursor.execute(f"ALTER SCHEMA {NEW} RENAME TO {LIVE}")
        dataset.state, dataset.imported_at = State.LIVE, timezone.now()
        write_about(cursor, dataset)
        allow_reading(cursor)
        Dataset.objects.filter(state=State.LIVE).update(state=State.REPLACED)
        dataset.save()


def _give_up(database: psycopg.Connection, dataset: Dataset, error: BaseException) -> None:
    drop(database, NEW)
    dataset.state, dataset.error = State.FAILED, str(error) or type(error).__name__
    dataset.save()
