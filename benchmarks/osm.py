"""OpenStreetMap at the size of a country: import, update, tiles and pages in a database made for it."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.osm_extracts import SHARED, made_changes, made_extract

TILES, PAGES = 210, 60
WORLD_M = 40_075_016.7
ZOOMS = range(10, 17)


def run() -> list[dict[str, Any]]:
    """Return the rows of the benchmark; none where there are no real extracts to copy."""
    if not SHARED.exists():
        return []
    extract = made_extract()
    changes = made_changes(extract)
    with tempfile.TemporaryDirectory(prefix="groundwork-bench-") as folder, _database(Path(folder)):
        return [*_imports(extract, changes), *_tiles(), *_pages()]


def _imports(extract: Path, changes: Path) -> list[dict[str, Any]]:
    from apps.osm_vectors.database import libpq_environment
    from apps.osm_vectors.imports import import_file
    from apps.osm_vectors.updates import apply_files

    began = time.perf_counter()
    command = ["osm2pgsql", "--create", "--slim", "--cache", "800", "--number-processes", "2", str(extract)]
    subprocess.run(command, env=libpq_environment(), check=True, capture_output=True)
    peer_s = time.perf_counter() - began
    began = time.perf_counter()
    dataset = import_file(extract, updatable=True)
    ours_s = time.perf_counter() - began
    rows = f"{sum(dataset.counts.values())} rows; beside it osm2pgsql with its default style, slim"
    began = time.perf_counter()
    update = apply_files([changes])
    update_s = time.perf_counter() - began
    return [
        _row("import, updatable", ours_s, "s", 90, rows, peer_s),
        _row("update of 4,000 changes", update_s, "s", 6, f"{update.objects} rows came or went"),
    ]


def _tiles() -> list[dict[str, Any]]:
    """Tiles of all layers over objects taken at random, so that dense places come more often."""
    from apps.osm_vectors.tiles import Selection, make_tile
    from eo.vector.osm_rules import rules

    everything = Selection(tuple(rules().by_id), None)
    places = _places(TILES // len(ZOOMS))
    times_ms, sizes = [], []
    for z in ZOOMS:
        for x, y in places:
            column, row = int(x * 2**z), int(y * 2**z)
            began = time.perf_counter()
            content, _ = make_tile(everything, z, column, row)
            times_ms.append((time.perf_counter() - began) * 1000)
            sizes.append(len(content) / 1000)
    return [
        _row("19-layer tile in SQL, p50", _percentile(times_ms, 50), "ms", 8, f"{len(times_ms)} tiles, zoom 10 to 16"),
        _row("19-layer tile in SQL, p95", _percentile(times_ms, 95), "ms", 20, ""),
        _row("size of a tile, p95", _percentile(sizes, 95), "kB", 150, f"largest {max(sizes):.0f} kB, not compressed"),
    ]


def _pages() -> list[dict[str, Any]]:
    from apps.osm_vectors.features import Wanted, page
    from eo.io.aoi import bbox_area
    from eo.vector.osm_rules import rules

    layer = rules().layer("buildings")
    times_ms = []
    for west, south in _points(PAGES, "geom"):
        area = bbox_area(west - 0.014, south - 0.009, west + 0.014, south + 0.009)
        began = time.perf_counter()
        page(Wanted(layer, area), 1000)
        times_ms.append((time.perf_counter() - began) * 1000)
    note = f"buildings in {PAGES} boxes of 2 by 2 km, without HTTP"
    return [
        _row("page of 1,000 items, p50", _percentile(times_ms, 50), "ms", 20, note),
        _row("page of 1,000 items, p95", _percentile(times_ms, 95), "ms", 45, ""),
    ]


def _places(count: int) -> list[tuple[float, float]]:
    """Return places as shares of the world's square, from its upper left."""
    return [(x / WORLD_M + 0.5, 0.5 - y / WORLD_M) for x, y in _points(count, "geom_3857")]


def _points(count: int, column: str) -> list[tuple[float, float]]:
    """Return the middles of buildings and roads taken at random."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Centroid({column}) AS p, fid FROM osm.buildings_a "
            f"UNION ALL SELECT ST_Centroid({column}), fid FROM osm.roads_l) AS found ORDER BY md5(fid) LIMIT %s",
            [count],
        )
        return list(cursor.fetchall())


def _percentile(values: list[float], share: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share / 100 * (len(ordered) - 1)))]


def _row(
    name: str, ours: float, unit: str, target: float, note: str, comparison: float | None = None
) -> dict[str, Any]:
    return {
        "name": f"OSM: {name}",
        "ours": round(ours, 1),
        "comparison": round(comparison, 1) if comparison else None,
        "unit": unit,
        "ratio": round(ours / comparison, 2) if comparison else None,
        "target": f"<= {target:g} {unit}",
        "ok": ours <= target,
        "note": note,
    }


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    """Make a database that is dropped in the end."""
    os.environ.update(
        SECRET_KEY="only-for-the-benchmark-" + "0" * 30,
        DJANGO_SETTINGS_MODULE="portal.settings",
        CACHE_ROOT=str(folder / "cache"),
        LOG_LEVEL="WARNING",
    )
    import django

    django.setup()
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment()
    old = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)
