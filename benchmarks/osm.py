"""OpenStreetMap at the size of a country: import, update, tiles and pages in a database made for it."""

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.osm_exports import exports
from benchmarks.osm_extracts import SHARED, made_changes, made_extract
from benchmarks.osm_rows import percentile, row
from benchmarks.osm_serving import served
from benchmarks.portal_database import portal_database

TILES, PAGES = 210, 60
WORLD_M = 40_075_016.7
ZOOMS = range(10, 17)


def run() -> list[dict[str, Any]]:
    """Return the rows of the benchmark; none where there are no real extracts to copy."""
    if not SHARED.exists():
        return []
    extract = made_extract()
    changes = made_changes(extract)
    with tempfile.TemporaryDirectory(prefix="groundwork-bench-") as folder, portal_database(Path(folder)) as address:
        from apps.osm_vectors.reading import close_pools

        try:
            return [
                *_imports(extract, changes),
                *_quality(),
                *_tiles(),
                *_pages(),
                *served(address, _places(TILES // len(ZOOMS)), _points(PAGES, "geom")),
                *exports(Path(folder)),
            ]
        finally:
            close_pools()


def _imports(extract: Path, changes: Path) -> list[dict[str, Any]]:
    from apps.osm_vectors.database import libpq_environment
    from apps.osm_vectors.imports import import_file
    from apps.osm_vectors.updates import apply_files

    def peer(*what: str) -> float:
        """Return the time of osm2pgsql with its own style of four tables."""
        began = time.perf_counter()
        command = ["osm2pgsql", "--slim", "--cache", "800", "--number-processes", "2", *what]
        subprocess.run(command, env=libpq_environment(), check=True, capture_output=True)
        return time.perf_counter() - began

    peer_import_s, peer_update_s = peer("--create", str(extract)), peer("--append", str(changes))
    began = time.perf_counter()
    dataset = import_file(extract, updatable=True)
    import_s = time.perf_counter() - began
    began = time.perf_counter()
    update = apply_files([changes])
    update_s = time.perf_counter() - began
    beside = "beside it osm2pgsql with its default style, slim"
    rows = f"{sum(dataset.counts.values())} rows; {beside}"
    changed = f"{update.objects} rows came or went; {beside}"
    return [
        row("import, updatable", import_s, "s", 90, rows, peer_import_s),
        row("update of 4,000 changes", update_s, "s", 6, changed, peer_update_s),
    ]


def _quality() -> list[dict[str, Any]]:
    """Rows with a code, invalid geometries, closed roads, rails and fences that became areas."""
    from django.db import connection

    from eo.vector.osm_rules import rules

    tables = rules().tables
    coded = " UNION ALL ".join(f'SELECT count(*) AS n, count(facc) AS coded FROM osm."{table}"' for table in tables)
    shapes = [table for table, (_, geometry) in tables.items() if geometry != "P"]
    invalid = " + ".join(f'(SELECT count(*) FROM osm."{table}" WHERE NOT ST_IsValid(geom))' for table in shapes)
    lines = (("railways_a", "'rail', 'urban', 'sidetrack'"), ("borders_barriers_a", "'fence', 'wall'"))
    closed = " + ".join(
        f"(SELECT count(*) FROM osm.{table} WHERE osm_type = 'W' AND class IN ({classes}) "
        "AND tags->>'area' IS DISTINCT FROM 'yes')"
        for table, classes in lines
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sum(n)::float, sum(coded)::float, ({invalid})::float, ({closed})::float FROM ({coded}) AS c"
        )
        count, with_code, broken, areas = cursor.fetchone()
    share = 100 * with_code / count
    return [
        row("rows with a feature code", share, "%", 99.5, f"{with_code:.0f} of {count:.0f}", at_least=True),
        row("invalid geometries", broken, "", 0, ""),
        row("closed rails, fences and walls as areas", areas, "", 0, "roads have no table of areas at all"),
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
            began = time.perf_counter()
            content, _ = make_tile(everything, z, int(x * 2**z), int(y * 2**z))
            times_ms.append((time.perf_counter() - began) * 1000)
            sizes.append(len(content) / 1000)
    return [
        row("19-layer tile in SQL, p50", percentile(times_ms, 50), "ms", 8, f"{len(times_ms)} tiles, zoom 10 to 16"),
        row("19-layer tile in SQL, p95", percentile(times_ms, 95), "ms", 20, ""),
        row("size of a tile, p95", percentile(sizes, 95), "kB", 150, f"largest {max(sizes):.0f} kB, not compressed"),
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
        row("page of 1,000 items, p50", percentile(times_ms, 50), "ms", 20, note),
        row("page of 1,000 items, p95", percentile(times_ms, 95), "ms", 45, ""),
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
