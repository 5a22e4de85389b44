"""Areas of interest: read them from text, GeoJSON or a bounding box, and say plainly what is wrong with one.

Coordinates are longitude, latitude in degrees (WGS 84); a bounding box is west, south, east, north.
"""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
import shapely
from pyproj import CRS, Geod
from pyproj.exceptions import CRSError
from shapely import LinearRing, MultiPolygon, Polygon
from shapely.affinity import translate
from shapely.geometry import box, shape
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity, make_valid

from eo.errors import InvalidArea, InvalidProjection

MAX_AREA_KM2 = 500_000.0
MAX_VERTICES = 20_000
MAX_TEXT = 2_000_000
MAX_DEPTH = 20  # of brackets; GEOS and Python's JSON both recurse, and end where the stack does
MAX_REPAIRED_VERTICES = 60  # crossings grow with the square, and a longer one could not be read anyway
MAX_DISSOLVED_VERTICES = 2_000
_BRACKETS = re.compile(r"[^()\[\]{}]+")
_WGS84 = Geod(ellps="WGS84")
_EWKT = re.compile(r"^\s*SRID\s*=\s*(\d+)\s*;", re.IGNORECASE)

Area: TypeAlias = Polygon | MultiPolygon


def parse_area(value: str | Mapping[str, Any] | Sequence[float]) -> Area:
    """Return a valid area in longitude and latitude.

    Args:
        value: WKT, GeoJSON (text or mapping; a Feature or FeatureCollection is dissolved), or west, south, east, north.

    Raises:
        InvalidArea: garbage, empty, self-crossing, out of range, too large, or not a polygon; says what to do instead.
    """
    with np.errstate(all="ignore"):  # NaN and the like are refused in words
        return check_area(_read(value))


def check_area(geometry: BaseGeometry) -> Area:
    """Return the geometry as a valid area, split at the antimeridian where it reaches across.

    Raises:
        InvalidArea: as for `parse_area`.
    """
    if geometry.is_empty:
        raise InvalidArea("The area is empty.", hint="Draw a polygon or a rectangle.")
    if not isinstance(geometry, Polygon | MultiPolygon):
        raise InvalidArea(
            f"The area is a {geometry.geom_type}; a Polygon or MultiPolygon is needed.",
            hint="Draw a polygon, or buffer the geometry first.",
        )
    if shapely.get_num_coordinates(geometry) > MAX_VERTICES:
        raise InvalidArea(
            f"The area has {shapely.get_num_coordinates(geometry)} vertices; at most {MAX_VERTICES} are allowed.",
            hint="Simplify it first.",
        )
    geometry = shapely.force_2d(geometry)
    _check_range(geometry)
    _check_validity(geometry)
    area = split_at_antimeridian(geometry)
    _check_size(area)
    return area


def geodesic_area_km2(area: BaseGeometry) -> float:
    """Return the area on the WGS 84 ellipsoid in km² (Karney 2013)."""
    return sum(abs(_WGS84.geometry_area_perimeter(p)[0]) for p in _polygons(area)) / 1e6


def bbox_area(west: float, south: float, east: float, north: float) -> Area:
    """Return a bounding box as an area; west greater than east reaches across the antimeridian.

    Raises:
        InvalidArea: south not below north, or without width.
    """
    if not south < north:
        raise InvalidArea(f"South ({south}) must be less than north ({north}).", hint="Swap the two values.")
    if west == east:
        raise InvalidArea(f"West and east are the same ({west}).", hint="Give the area some width.")
    return check_area(box(west, south, east if west < east else east + 360.0, north))


def split_at_antimeridian(geometry: Area) -> Area:
    """Return the part beyond ±180° moved to the other side, as a MultiPolygon (RFC 7946, section 3.1.9)."""
    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180:
        return geometry
    parts: list[Polygon] = []
    for shift in (-360.0, 0.0, 360.0):
        inside = geometry.intersection(box(-180 - shift, -90, 180 - shift, 90))
        parts += [p for p in _polygons(translate(inside, shift)) if p.area > 0]
    return MultiPolygon(parts) if len(parts) > 1 else parts[0]


def check_crs(value: str) -> str:
    """Return the CRS as `EPSG:n`.

    Raises:
        InvalidProjection: not known to the EPSG registry, or neither projected nor geographic.
    """
    text = str(value).strip().upper()
    text = f"EPSG:{text}" if text.isdigit() else text
    if not re.fullmatch(r"EPSG:\d{4,6}", text):
        raise InvalidProjection(f"{value!r} is not of the form EPSG:n.", hint="For example EPSG:32633 or EPSG:4326.")
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        raise InvalidProjection(
            f"{text} is not in the EPSG registry.", hint="Look the code up at epsg.org, for example EPSG:32633."
        ) from None
    if not (crs.is_projected or crs.is_geographic) or len(crs.axis_info) != 2:
        raise InvalidProjection(
            f"{text} ({crs.name}) is not a map projection.", hint="Use a projected or geographic CRS."
        )
    return text


def _read(value: str | Mapping[str, Any] | Sequence[float]) -> BaseGeometry:
    if isinstance(value, Mapping):
        return _from_geojson(value)
    if isinstance(value, str):
        return _from_text(value.strip())
    return _from_numbers(value)


def _from_text(text: str) -> BaseGeometry:
    if not text:
        raise InvalidArea("The area is empty.", hint="Draw a polygon, or paste WKT such as POLYGON((…)).")
    if len(text) > MAX_TEXT:
        raise InvalidArea(
            f"The area has {len(text)} characters; at most {MAX_TEXT} are read.", hint="Simplify it first."
        )
    if max(accumulate((1 if c in "([{" else -1 for c in _BRACKETS.sub("", text)), initial=0)) > MAX_DEPTH:
        raise InvalidArea(
            f"The area nests more than {MAX_DEPTH} brackets.", hint="Give a plain Polygon or MultiPolygon."
        )
    if not text.startswith("{"):
        return _from_wkt(text)
    try:
        return _from_geojson(json.loads(text))
    except json.JSONDecodeError as error:
        raise InvalidArea(f"The area is not valid GeoJSON: {error}.", hint="Check the brackets.") from None


def _from_numbers(value: Any) -> BaseGeometry:
    if not isinstance(value, Sequence):
        raise InvalidArea(
            f"The area is {value!r}, which is none.", hint="Give WKT, GeoJSON or west, south, east, north."
        )
    if len(value) != 4:
        raise InvalidArea(f"A bounding box has 4 numbers, not {len(value)}.", hint="Give west, south, east, north.")
    try:
        return bbox_area(*(float(v) for v in value))
    except (TypeError, ValueError, OverflowError):
        raise InvalidArea("A bounding box has 4 numbers.", hint="Give west, south, east, north.") from None


def _from_wkt(text: str) -> BaseGeometry:
    if srid := _EWKT.match(text):
        if srid.group(1) != "4326":
            raise InvalidArea(f"The area is in EPSG:{srid.group(1)}.", hint="Give longitude and latitude (EPSG:4326).")
        text = text[srid.end() :]
    try:
        return shapely.from_wkt(text)
    except (shapely.errors.ShapelyError, NotImplementedError) as error:
        reason = str(error).removeprefix("ParseException: ")
        raise InvalidArea(
            f"The area is not valid WKT: {reason}.",
            hint="Write POLYGON((lon lat, lon lat, …, lon lat)), first and last point the same.",
        ) from None


def _from_geojson(document: Mapping[str, Any]) -> BaseGeometry:
    kind = document.get("type") if isinstance(document, Mapping) else None
    try:
        if kind == "FeatureCollection":
            return _dissolved([_from_geojson(f) for f in document["features"]])
        if kind == "Feature":
            return _from_geojson(document["geometry"])
        return shape(document)
    except InvalidArea:
        raise
    except (
        shapely.errors.ShapelyError,
        AttributeError,
        ArithmeticError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        raise InvalidArea(
            f"The area is not a GeoJSON geometry (its type is {str(kind)[:40]!r}).",
            hint='Give {"type": "Polygon", "coordinates": [[[lon, lat], …]]}, or a MultiPolygon.',
        ) from None


def _dissolved(parts: list[BaseGeometry]) -> BaseGeometry:
    """Return the union; of many vertices only where the parts do not overlap, since crossings grow with the square."""
    if sum(shapely.get_num_coordinates(part) for part in parts) <= MAX_DISSOLVED_VERTICES:
        return shapely.union_all(parts)
    together = MultiPolygon([polygon for part in parts for polygon in _polygons(part)])
    if not together.is_valid:
        raise InvalidArea(
            f"The features overlap and have more than {MAX_DISSOLVED_VERTICES} vertices together.",
            hint="Dissolve them first, or simplify them.",
        )
    return together


def _check_range(geometry: Area) -> None:
    west, south, east, north = geometry.bounds
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise InvalidArea("The area has a coordinate that is not a number.", hint="Remove NaN and infinite values.")
    if south < -90 or north > 90 or west < -540 or east > 540:
        raise InvalidArea(
            f"The area reaches from {west:g}, {south:g} to {east:g}, {north:g}: outside of longitude and latitude.",
            hint="Give degrees in the order longitude, latitude (EPSG:4326), not metres.",
        )
    widest = max(part.bounds[2] - part.bounds[0] for part in _polygons(geometry))  # parts may lie on both sides of 180°
    if widest > 180:
        raise InvalidArea(
            f"The area spans {widest:g}° of longitude; at most 180° are allowed.",
            hint="To cross the antimeridian write longitudes beyond 180 (179 to 181), or a bbox with west > east.",
        )


def _check_validity(geometry: Area) -> None:
    if geometry.is_valid:
        return
    reason = explain_validity(geometry)
    usable: list[Polygon] = []
    if shapely.get_num_coordinates(geometry) <= MAX_REPAIRED_VERTICES:
        usable = [p for p in _polygons(make_valid(geometry)) if p.area > 0]
    hint = f"A repaired version: {MultiPolygon(usable).wkt[:300]}" if usable else "Draw it again."
    raise InvalidArea(f"The outline of the area crosses itself or is degenerate ({reason}).", hint=hint)


def _check_size(area: Area) -> None:
    size_km2 = geodesic_area_km2(area)
    if size_km2 > MAX_AREA_KM2:
        raise InvalidArea(
            f"The area is {size_km2:,.0f} km²; at most {MAX_AREA_KM2:,.0f} km² are allowed.",
            hint="Draw a smaller area, or split the work into several jobs.",
        )
    if size_km2 == 0:
        raise InvalidArea("The area has no size.", hint="Draw a polygon or a rectangle.")


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    if isinstance(geometry, Polygon):
        return [] if geometry.is_empty else [geometry]
    if isinstance(geometry, LinearRing) or not hasattr(geometry, "geoms"):
        return []
    return [p for part in geometry.geoms for p in _polygons(part)]
