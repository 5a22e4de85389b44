"""One row beside the tables: what was imported, when, by which rules; it comes and goes with them."""

from typing import Any

from apps.osm_vectors.models import Dataset
from eo.vector.osm_tables import ABOUT, LIVE


def write_about(database: Any, dataset: Dataset) -> None:
    """Write what is served into its schema, in the transaction of a cursor or a connection."""
    facts = {
        "source": dataset.source,
        "importer": dataset.importer,
        "rules_version": dataset.rules_version,
        "data_version": dataset.version,
        "data_timestamp": dataset.data_timestamp,
        "imported_at": dataset.imported_at,
    }
    database.execute(
        f"CREATE TABLE IF NOT EXISTS {LIVE}.{ABOUT} (source text, importer text, rules_version text, "
        "data_version text, data_timestamp timestamptz, imported_at timestamptz)"
    )
    database.execute(f"DELETE FROM {LIVE}.{ABOUT}")
    names = ", ".join(facts)
    values = ", ".join(f"%({name})s" for name in facts)
    database.execute(f"INSERT INTO {LIVE}.{ABOUT} ({names}) VALUES ({values})", facts)
