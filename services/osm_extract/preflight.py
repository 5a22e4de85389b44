"""Checks of an extract before it is run: what there is in the area, of when it is, how long it will take."""

import os
from datetime import UTC, datetime

from eo.io.osm_store import Facts, open_store
from services.core.service import Estimate, Finding, Preflight
from services.core.standing import address_of
from services.osm_extract import ExtractParams
from services.osm_extract.plan import plan

ROWS_PER_S = {"GPKG": 90_000, "FlatGeobuf": 100_000, "GeoParquet": 130_000, "Shapefile": 60_000}
SLOW_ROWS_PER_S = 32_000
BYTES_PER_ROW = {"GPKG": 400, "FlatGeobuf": 450, "GeoParquet": 110, "Shapefile": 120, "KMZ": 100}
MOST_BYTES_PER_ROW = 650
START_S = 1.5
MEMORY_BYTES = 400 << 20
NAMED = 6
STALE_VARIABLE, STALE_HOURS = "OSM_STALE_HOURS", 48.0


def preflight(params: ExtractParams) -> Preflight:
    """Count what would be written."""
    with open_store(address_of("osm")) as store:
        facts = store.facts()
        made = plan(params, store)
        counts = {table.title: 0 for table in made.tables}
        for table in made.tables:
            counts[table.title] += store.count(table)
    total = sum(counts.values())
    findings = (_amount(counts, total), _age(facts))
    speed = ROWS_PER_S.get(params.output_format, SLOW_ROWS_PER_S)
    size = total * BYTES_PER_ROW.get(params.output_format, MOST_BYTES_PER_ROW)
    return Preflight(findings, Estimate(START_S + total / speed, size, 2 * size, MEMORY_BYTES) if total else None)


def _amount(counts: dict[str, int], total: int) -> Finding:
    if not total:
        return Finding(
            "error",
            "no_features",
            "Nothing of these layers lies in the area.",
            "Draw a larger one, or choose further layers.",
            "layers",
        )
    found = sorted(((count, title) for title, count in counts.items() if count), reverse=True)
    named = ", ".join(f"{title} {count:,}" for count, title in found[:NAMED])
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return Finding("ok", "features_found", f"{total:,} features: {named}{more}.")


def _age(facts: Facts) -> Finding:
    if facts.data_timestamp is None:
        return Finding("warning", "data_age", f"{facts.source} does not say of when it is.")
    age = datetime.now(UTC) - facts.data_timestamp
    message = f"Data of {facts.data_timestamp:%Y-%m-%d %H:%M} UTC, {age.days} days old ({facts.source})."
    limit_hours = float(os.environ.get(STALE_VARIABLE) or STALE_HOURS)
    if age.total_seconds() > limit_hours * 3600:
        hint = "The administrator brings them up to date: manage.py osm_update."
        return Finding("warning", "data_age", message, hint)
    return Finding("ok", "data_age", message)
