"""Reads: which dataset is served, how old it is."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from apps.osm_vectors.errors import NoData
from apps.osm_vectors.models import Dataset, State
from eo.vector.osm_rules import ATTRIBUTION, ATTRIBUTION_URL, LICENCE


def live_dataset() -> Dataset | None:
    """Return what is served, None where nothing was imported yet."""
    return Dataset.objects.filter(state=State.LIVE).first()


def require_dataset() -> Dataset:
    """Return what is served.

    Raises:
        NoData: nothing was imported yet.
    """
    found = live_dataset()
    if found is None:
        raise NoData(
            "No OpenStreetMap data has been imported yet.",
            hint="The administrator runs: manage.py osm_import FILE.osm.pbf",
        )
    return found


def age_hours(dataset: Dataset, now: datetime | None = None) -> float | None:
    """Return how old the data are, None where that is not known."""
    if dataset.data_timestamp is None:
        return None
    return round(((now or timezone.now()) - dataset.data_timestamp).total_seconds() / 3600, 1)


def is_stale(dataset: Dataset) -> bool:
    """Say whether the data are older than the portal's operator wants them."""
    age = age_hours(dataset)
    return age is not None and age > settings.OSM_STALE_HOURS


def age_headers(dataset: Dataset) -> dict[str, str]:
    """Return the headers that say of when the data are, and whether they are older than they should be."""
    if dataset.data_timestamp is None:
        return {}
    stale = {"X-Data-Stale": "true"} if is_stale(dataset) else {}
    return {"X-Data-Timestamp": dataset.data_timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), **stale}


def dataset_document(dataset: Dataset) -> dict[str, Any]:
    """Return what is said of the data wherever they are served."""
    return {
        "title": "OpenStreetMap human features",
        "file": dataset.source,
        "data_timestamp": dataset.data_timestamp,
        "imported_at": dataset.imported_at,
        "age_hours": age_hours(dataset),
        "stale": is_stale(dataset),
        "data_version": dataset.version,
        "rules_version": dataset.rules_version,
        "attribution": ATTRIBUTION,
        "attribution_url": ATTRIBUTION_URL,
        "licence": LICENCE,
        "bounds": list(dataset.bounds.extent) if dataset.bounds else None,
        "rows": sum(dataset.counts.values()),
    }
