"""The tables of OpenStreetMap in PostGIS, read as of one moment: what they are, countries, counts, columns."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pyarrow as pa
from psycopg.rows import dict_row

from eo.errors import StoreUnavailable, UnknownCountry
from eo.vector.osm_extract import FeatureTable, FieldType
from eo.vector.osm_tables import ABOUT, LIVE, READING

BATCH_ROWS = 5_000
TIMEOUT_MS = 600_000
COUNTRIES_NAMED = 12
GEOMETRY = "geometry"
_ARROW: Mapping[FieldType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "moment": pa.timestamp("ms", tz="UTC"),
}


@dataclass(frozen=True)
class Facts:
    """What was imported.

    Args:
        source: name of the file.
        data_timestamp: up to when OpenStreetMap is in it.
    """

    source: str
    importer: str
    rules_version: str
    data_version: str
    data_timestamp: datetime | None
    imported_at: datetime


class OsmStore:
    """One connection, one moment: an import or update that ends meanwhile is not seen."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def facts(self) -> Facts:
        """Return what was imported.

        Raises:
            StoreUnavailable: nothing was.
        """
        try:
            with self._connection.cursor(row_factory=dict_row) as cursor:
                row = cursor.execute(f"SELECT * FROM {LIVE}.{ABOUT}".encode()).fetchone()
        except psycopg.Error:
            row = None
        if row is None:
            raise StoreUnavailable(
                "No OpenStreetMap data has been imported yet.",
                hint="The administrator runs: manage.py osm_import FILE.osm.pbf",
            )
        return Facts(**row)

    def country(self, name: str) -> bytes:
        """Return the boundary of a country as WKB, by its two-letter code (ISO 3166-1) or its name.

        Raises:
            UnknownCountry: no boundary of that name was imported.
        """
        said = "lower(%s) IN (lower(iso3166), lower(name), lower(name_en))"
        found = self._one(
            f"SELECT ST_AsBinary(ST_Union(geom)) FROM {LIVE}.admin_a WHERE admin_level = 2 AND {said}", [name]
        )
        if found is None:
            there = self._one(
                f"SELECT string_agg(DISTINCT coalesce(name_en, name), ', ') FROM (SELECT name, name_en "
                f"FROM {LIVE}.admin_a WHERE admin_level = 2 LIMIT {COUNTRIES_NAMED}) AS found"
            )
            raise UnknownCountry(
                f"The boundary of {name!r} is not in the data.",
                hint=f"There are: {there}." if there else "Draw the area: no country's boundary was imported.",
            )
        return bytes(found)

    def count(self, table: FeatureTable) -> int:
        """Return how many features a table would give."""
        return int(self._one(f"SELECT count(*) FROM ({table.statement}) AS found", table.parameters) or 0)

    def read(self, table: FeatureTable) -> pa.RecordBatchReader:
        """Return the features of a table, a few thousand rows at a time: its fields, then `geometry` as WKB."""
        schema = arrow_schema(table)
        return pa.RecordBatchReader.from_batches(schema, self._batches(table, schema))

    def _batches(self, table: FeatureTable, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with self._connection.cursor(name="extract", binary=True) as cursor:
            cursor.execute(table.statement.encode(), table.parameters)
            while rows := cursor.fetchmany(BATCH_ROWS):
                columns = zip(*rows, strict=True)
                arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _one(self, statement: str, parameters: Any = None) -> Any:
        row = self._connection.execute(statement.encode(), parameters).fetchone()
        return row[0] if row else None


def arrow_schema(table: FeatureTable) -> pa.Schema:
    """Return the columns of a table as Arrow has them, whatever rows there are."""
    fields = [pa.field(field.name, _ARROW[field.type]) for field in table.fields]
    return pa.schema([*fields, pa.field(GEOMETRY, pa.binary())])


@contextmanager
def open_store(address: str) -> Iterator[OsmStore]:
    """Open the tables for reading, as of this moment; imports wait with the change of tables until it is closed.

    Args:
        address: libpq connection string or URL.

    Raises:
        StoreUnavailable: the database cannot be reached.
    """
    try:
        connection = psycopg.connect(
            address, connect_timeout=10, application_name="groundwork-extract", autocommit=True
        )
    except psycopg.Error:
        raise StoreUnavailable(
            "The database of OpenStreetMap features cannot be reached.",
            hint="The administrator looks whether it runs, and whether OSM_DATABASE_URL leads to it.",
        ) from None
    with connection:
        connection.execute(f"SET statement_timeout = {TIMEOUT_MS}".encode())
        connection.execute(b"SELECT pg_advisory_lock_shared(%s)", [READING])  # before the moment that is read is fixed
        connection.set_autocommit(False)
        connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        connection.set_read_only(True)
        yield OsmStore(connection)
        connection.rollback()
