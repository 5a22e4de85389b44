"""Areas of interest: checked, kept, read from files."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.core.files.uploadedfile import UploadedFile

from apps.accounts.models import User
from apps.catalog.models import AreaOfInterest
from eo.errors import InvalidArea
from eo.io import vectors
from eo.io.aoi import Area, bbox_area, geodesic_area_km2, parse_area

SMALL_KM2 = 0.01
MAX_IMPORTED = 500


def area_of(request: Mapping[str, Any]) -> Area:
    """Return the area of a request that gives `geometry` (GeoJSON), `wkt` or `bbox`.

    Raises:
        InvalidArea: none of these, or one that cannot be used.
    """
    if request.get("geometry"):
        return parse_area(request["geometry"])
    if request.get("wkt"):
        return parse_area(str(request["wkt"]))
    if request.get("bbox") is not None:
        return bbox_area(*request["bbox"])
    raise InvalidArea("The area is empty.", hint="Give geometry (GeoJSON), wkt, or bbox (west, south, east, north).")


def describe_area(area: Area) -> dict[str, Any]:
    """Return an area in all its spellings, its size, and what its user might want to know."""
    return {
        "geometry": json.loads(shapely.to_geojson(area)),
        "wkt": area.wkt,
        "bbox": list(area.bounds),
        "area_km2": geodesic_area_km2(area),
        "warnings": warnings_of(area),
    }


def warnings_of(area: Area) -> list[str]:
    """Return what is odd about a usable area."""
    found = []
    if len(getattr(area, "geoms", [area])) > 1 and area.bounds[0] == -180 and area.bounds[2] == 180:
        found.append("The area crosses the antimeridian; it was split in two at 180°.")
    if geodesic_area_km2(area) < SMALL_KM2:
        found.append("The area is smaller than one hectare.")
    return found


def keep_area(user: User, name: str, area: Area) -> AreaOfInterest:
    """Keep an area under a name."""
    geometry = GEOSGeometry(area.wkt, srid=4326)
    return AreaOfInterest.objects.create(owner=user, name=name, geometry=geometry, area_km2=geodesic_area_km2(area))


def read_areas(file: "UploadedFile[Any]") -> list[dict[str, Any]]:
    """Return the areas of an uploaded vector file, each described; at most the first 500.

    Raises:
        InvalidVector: cannot be read.
        InvalidArea: no polygon in it that can be used; says what is wrong with the first.
    """
    with tempfile.NamedTemporaryFile(prefix="groundwork-area-") as kept:
        for piece in file.chunks():
            kept.write(piece)
        kept.flush()
        geometries = vectors.read_geometries(Path(kept.name))
    polygons = [g for g in geometries if g.geom_type in ("Polygon", "MultiPolygon")]
    if not polygons:
        kinds = ", ".join(sorted({g.geom_type for g in geometries}))
        raise InvalidArea(f"There is no polygon in the file, only {kinds}.", hint="Give a file of polygons.")
    return [describe_area(parse_area(polygon.wkt)) for polygon in polygons[:MAX_IMPORTED]]
