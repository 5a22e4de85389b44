"""Enter products into the catalogue: what they say of themselves, and a small picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from apps.accounts.models import User
from apps.catalog.models import Scene
from apps.catalog.thumbnails import make_thumbnail
from eo.errors import EoError
from eo.io.product import ProductSummary
from eo.io.products import describe_product, find_products


@dataclass(frozen=True)
class Entry:
    """What became of one path: `action` is "added", "renewed", "unchanged" or "skipped"; `reason` says why skipped."""

    path: Path
    action: str
    scene: Scene | None = None
    reason: str = ""


def index_paths(paths: list[Path], owner: User | None = None) -> Iterator[Entry]:
    """Enter every product at or below the paths; yield what became of each."""
    for root in paths:
        if not root.exists():
            yield Entry(root, "skipped", reason="There is no such file or folder.")
            continue
        for path in find_products(root.resolve()):
            yield index_product(path, owner)


def index_product(path: Path, owner: User | None = None) -> Entry:
    """Enter one product, or say why it cannot be."""
    try:
        scene, action = enter_product(path, owner)
    except EoError as error:
        return Entry(path, "skipped", reason=f"{error.message} {error.hint}".strip())
    return Entry(path, action, scene)


def enter_product(path: Path, owner: User | None) -> tuple[Scene, str]:
    """Enter one product, or renew its row where the product has changed; return the row and what was done.

    Raises:
        EoError: the product cannot be read, or must not be.
    """
    summary = describe_product(path)
    known = Scene.objects.filter(path=str(path), owner=owner).first()
    if known and known.fingerprint == summary.fingerprint and known.size_bytes == summary.size_bytes:
        if not known.thumbnail_path.is_file():
            make_thumbnail(path, known.thumbnail_path)
        return known, "unchanged"
    scene, made = Scene.objects.update_or_create(path=str(path), owner=owner, defaults=_facts(summary))
    make_thumbnail(path, scene.thumbnail_path)
    return scene, "added" if made else "renewed"


def remove_missing() -> list[str]:
    """Delete the rows of indexed products that are no longer on disk; return their names."""
    gone = [scene for scene in Scene.objects.filter(owner=None) if not Path(scene.path).exists()]
    for scene in gone:
        scene.delete()
    return [scene.name for scene in gone]


def _facts(summary: ProductSummary) -> dict[str, object]:
    return {
        "name": summary.name[:200],
        "platform": summary.platform[:40],
        "product_type": summary.product_type,
        "level": summary.level,
        "tile": (summary.tile or "").removeprefix("T")[:10],
        "datetime": summary.datetime,
        "cloud_cover": summary.cloud_cover,
        "footprint": _multi(summary.footprint),
        "size_bytes": summary.size_bytes,
        "fingerprint": summary.fingerprint,
        "baseline": (summary.baseline or "")[:10],
        "bands": list(summary.bands),
        "mode": summary.mode,
        "orbit_pass": summary.orbit_pass,
        "relative_orbit": summary.relative_orbit,
        "track": summary.track,
    }


def _multi(footprint: BaseGeometry) -> MultiPolygon:
    geometry = GEOSGeometry(footprint.wkt, srid=4326)
    return MultiPolygon(geometry, srid=4326) if isinstance(geometry, Polygon) else cast(MultiPolygon, geometry)
