"""Extracts by the command line, in every format: seconds from start to end, and the peak memory of the process."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import measure
from benchmarks.osm_rows import row

FORMATS = ("GPKG", "GeoJSON", "GeoJSONSeq", "FlatGeobuf", "Shapefile", "KMZ", "GeoParquet")
BANDS = ((47.04, 47.28), (48.39, 48.42), (60.16, 60.18))
"""Latitudes of the three places: an area that were all around them would be over the limit."""
MEMORY_MB = 500


def exports(folder: Path) -> list[dict[str, Any]]:
    """Export some 9,000 and some 350,000 buildings."""
    from apps.osm_vectors.reader import reader_address

    os.environ.update(OSM_DATABASE_URL=reader_address(), OSM_MAX_AREA_KM2="1e9")
    whole, part = _strips(-140.0, -20.5), _strips(-140.0, -137.0)
    rows: list[dict[str, Any]] = []
    memory = 0.0
    for name, area, target in (("9 k", part, 2.0), ("355 k", whole, 12.0)):
        for format in FORMATS:
            output = folder / "export"
            shutil.rmtree(output, ignore_errors=True)
            options = ["--AoI", area, "--layers", "buildings", "--output_format", format, "--output_path", str(output)]
            done = measure([sys.executable, "-m", "services", "run", "osm_extract", *options])
            memory = max(memory, done.peak_bytes / 1e6)
            rows.append(row(f"export of {name} buildings as {format}", done.seconds, "s", target, "the whole command"))
    return [*rows, row("memory of an export", memory, "MB", MEMORY_MB, "the largest of all these")]


def _strips(west: float, east: float) -> str:
    boxes = (f"(({west} {s}, {east} {s}, {east} {n}, {west} {n}, {west} {s}))" for s, n in BANDS)
    return f"MULTIPOLYGON({', '.join(boxes)})"
