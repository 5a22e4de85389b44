"""Enter a result's folder into the catalogue: rows read off its `item.json`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.utils.dateparse import parse_datetime

from apps.accounts.models import User
from apps.catalog.models import Asset, Result

OWNER_RECORD = ".owner.json"  # for `reindex`; not part of what users get


def publish_result(*, owner: User, job_id: UUID, service_id: str, title: str, folder: Path) -> Result:
    """Make the rows of a result whose folder already lies under RESULTS_ROOT; all of them or none."""
    item = json.loads((folder / "item.json").read_text())
    (folder / OWNER_RECORD).write_text(
        json.dumps({"owner": owner.email, "job": str(job_id), "service": service_id, "title": title})
    )
    return index_folder(owner, job_id, service_id, title, folder, item)


@transaction.atomic
def index_folder(
    owner: User, job_id: UUID | None, service_id: str, title: str, folder: Path, item: Mapping[str, Any]
) -> Result:
    """Make or renew the rows of one folder."""
    start, end = times(item["properties"])
    facts = {
        "owner": owner,
        "job_id": job_id,
        "service_id": service_id,
        "title": title[:200],
        "item": item,
        "geometry": GEOSGeometry(json.dumps(item["geometry"]), srid=4326) if item.get("geometry") else None,
        "start": start,
        "end": end,
        "size_bytes": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
    }
    made = {**facts, "id": _identity(folder.name)}
    result, _ = Result.objects.update_or_create(folder=folder.name, defaults=facts, create_defaults=made)
    result.assets.all().delete()
    Asset.objects.bulk_create(asset_row(result, key, stac) for key, stac in item["assets"].items())
    return result


def _identity(folder: str) -> UUID:
    """Return the id of a result: its folder's name, so that it stays the same when the rows are rebuilt."""
    try:
        return UUID(folder)
    except ValueError:
        return uuid4()


def asset_row(result: Result, key: str, stac: Mapping[str, Any]) -> Asset:
    """Return the row of one asset, not yet saved."""
    return Asset(
        result=result,
        key=key,
        file=Path(stac["href"]).name,
        title=stac.get("title", key)[:200],
        media_type=stac.get("type", "application/octet-stream"),
        role=(stac.get("roles") or ["data"])[0],
        unit=stac.get("groundwork:unit", ""),
        size_bytes=stac["file:size"],
        sha256=stac["file:checksum"][4:],
        stac=dict(stac),
    )


def times(properties: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return start and end of what an item shows."""
    start = properties.get("start_datetime") or properties.get("datetime")
    end = properties.get("end_datetime") or properties.get("datetime")
    return (parse_datetime(start) if start else None, parse_datetime(end) if end else None)
