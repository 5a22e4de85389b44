"""Features as GeoJSON, made by PostgreSQL: pages by key, single ones, counts and sizes in an area, names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from apps.osm_vectors.errors import AreaTooLarge, UnknownLayer
from apps.osm_vectors.models import Dataset
from apps.osm_vectors.reading import reading
from eo.io.aoi import Area, geodesic_area_km2
from eo.vector.osm_rules import CORE_COLUMNS, Layer, rules
from eo.vector.osm_tables import LIVE
from eo.vector.qgis_project import shades

OSM_KINDS = {"N": "node", "W": "way", "R": "relation"}
FILTERABLE = ("subclass", "name", "ffn", "fun", "osm_type")
_URL = "'https://www.openstreetmap.org/' || CASE osm_type WHEN 'N' THEN 'node' WHEN 'W' THEN 'way' ELSE 'relation' END"
_STREAM_ROWS = 2_000


@dataclass(frozen=True)
class Wanted:
    """Which features of a layer.

    Args:
        columns: values by column that is filtered on.
        after: the last feature that was seen.
    """

    layer: Layer
    area: Area | None = None
    classes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    after: str = ""


def columns_of(layer: Layer) -> dict[str, str]:
    """Return the columns of a layer that features show, with their types."""
    return {**CORE_COLUMNS, **{column.name: column.type for column in layer.columns}}


def check_columns(layer: Layer, names: Mapping[str, str]) -> None:
    """Refuse a column that the layer does not have.

    Raises:
        UnknownLayer: names it, and what there is.
    """
    there = [*FILTERABLE, *(column.name for column in layer.columns)]
    unknown = [name for name in names if name not in there]
    if unknown:
        raise UnknownLayer(f"{layer.title} has no column {unknown[0]!r} to filter by; there are {', '.join(there)}.")


def check_area(area: Area | None) -> None:
    """Refuse an area beyond the limit.

    Raises:
        AreaTooLarge: names both.
    """
    size = geodesic_area_km2(area) if area is not None else 0.0
    if size > settings.OSM_MAX_AREA_KM2:
        raise AreaTooLarge(
            f"The area has {size:,.0f} km²; at most {settings.OSM_MAX_AREA_KM2:,.0f} km² may be asked for at once.",
            hint="Draw a smaller one, or ask for it in parts.",
        )


def page(wanted: Wanted, limit: int) -> tuple[list[str], str | None]:
    """Return features as GeoJSON texts, and the key that the next page begins after; None on the last."""
    statement, parameters = _statement(wanted)
    with reading() as cursor:
        cursor.execute(f"{statement} ORDER BY fid LIMIT %(limit)s", {**parameters, "limit": limit + 1})
        rows = cursor.fetchall()
    return [row[1] for row in rows[:limit]], rows[limit - 1][0] if len(rows) > limit else None


def stream(wanted: Wanted) -> Iterator[str]:
    """Yield all features as GeoJSON texts, a page at a time."""
    after: str | None = wanted.after
    while after is not None:
        rows, after = page(Wanted(**{**wanted.__dict__, "after": after}), _STREAM_ROWS)
        yield from rows


def single(layer: Layer, fid: str) -> str | None:
    """Return one feature, None where there is none."""
    rows = " UNION ALL ".join(_rows(layer, table, " WHERE fid = %(fid)s") for table in layer.tables)
    with reading() as cursor:
        cursor.execute(f"SELECT fid, {_feature(layer)} FROM ({rows}) AS found", {"fid": fid})
        row = cursor.fetchone()
    return row[1] if row else None


def several(layer: Layer, fids: Sequence[str]) -> list[str]:
    """Return the features of some keys as GeoJSON texts, in no order."""
    rows = " UNION ALL ".join(_rows(layer, table, " WHERE fid = ANY(%(fids)s)") for table in layer.tables)
    with reading() as cursor:
        cursor.execute(f"SELECT {_feature(layer)} FROM ({rows}) AS found", {"fids": list(fids)})
        return [row[0] for row in cursor]


def statistics(layer: Layer, area: Area | None) -> list[dict[str, Any]]:
    """Return, for each class, how many there are, how long (km) and how large (km²), on the ellipsoid.

    Lines and areas are cut to the area.
    """
    parameters: dict[str, Any] = {"area": area.wkt} if area is not None else {}
    parts = []
    for geometry in layer.geometries:
        shape = "geom" if area is None or geometry == "P" else "ST_Intersection(geom, within)"
        source = f'{LIVE}."{layer.table(geometry)}"'
        length = f"ST_Length(({shape})::geography) / 1000" if geometry == "L" else "0"
        size = f"ST_Area(({shape})::geography) / 1e6" if geometry == "A" else "0"
        where = ", bounds WHERE ST_Intersects(geom, within)" if area is not None else ""
        parts.append(f"SELECT class, {length} AS km, {size} AS km2 FROM {source}{where}")
    bounds = "WITH bounds AS (SELECT ST_GeomFromText(%(area)s, 4326) AS within) " if area is not None else ""
    with reading() as cursor:
        cursor.execute(
            f"{bounds}SELECT class, count(*), sum(km), sum(km2) FROM ({' UNION ALL '.join(parts)}) AS parts "
            "GROUP BY class ORDER BY count(*) DESC, class",
            parameters,
        )
        return [
            {"class": name, "count": count, "length_km": round(float(km), 3), "area_km2": round(float(km2), 4)}
            for name, count, km, km2 in cursor.fetchall()
        ]


def search(text: str, limit: int) -> list[dict[str, Any]]:
    """Return features whose name holds a text, those first whose name is it."""
    parts = [
        f"SELECT '{layer.id}' AS layer, fid, name, class, ST_X(p) AS x, ST_Y(p) AS y FROM "
        f'(SELECT *, ST_PointOnSurface(geom) AS p FROM {LIVE}."{table}" WHERE name ILIKE %(like)s LIMIT 200) AS t'
        for table, (layer, _) in rules().tables.items()
        if layer.id != "buildings"
    ]
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with reading() as cursor:
        cursor.execute(
            f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS found "
            "ORDER BY lower(name) <> lower(%(text)s), length(name), name, fid LIMIT %(limit)s",
            {"like": f"%{escaped}%", "text": text, "limit": limit},
        )
        names = ("layer", "id", "name", "class", "longitude", "latitude")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def layer_document(layer: Layer, dataset: Dataset, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return what is said of a layer: its columns, its classes with their codes and counts."""
    colours = dict(zip(layer.classes, shades(layer.colour, len(layer.classes)), strict=True))
    return {
        "id": layer.id,
        "title": layer.title,
        "description": layer.note,
        "colour": layer.colour,
        "min_zoom": min(layer.class_min_zoom(name) for name in layer.classes),
        "geometries": list(layer.geometries),
        "tables": list(layer.tables),
        "columns": [{"name": name, "type": type} for name, type in columns_of(layer).items()],
        "count": sum(dataset.counts.get(table, 0) for table in layer.tables),
        "classes": [
            {
                "id": name,
                "colour": colours[name],
                "min_zoom": layer.class_min_zoom(name),
                "codes": sorted({rule.code for rule in found if rule.code}),
                "reviewed": all(rule.reviewed for rule in found),
                "count": counts.get(f"{layer.id}.{name}", 0),
            }
            for name, found in layer.classes.items()
        ],
    }


def class_counts() -> dict[str, int]:
    """Return how many rows each class has, by `layer.class`."""
    parts = [
        f"SELECT '{layer.id}.' || class AS name, count(*) AS rows FROM {LIVE}.\"{table}\" GROUP BY class"
        for table, (layer, _) in rules().tables.items()
    ]
    with reading() as cursor:
        cursor.execute(f"SELECT name, sum(rows)::bigint FROM ({' UNION ALL '.join(parts)}) AS parts GROUP BY name")
        return dict(cursor.fetchall())


def _statement(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    conditions, parameters = ["fid > %(after)s"], {"after": wanted.after}
    if wanted.area is not None:
        conditions.append("ST_Intersects(geom, ST_GeomFromText(%(area)s, 4326))")
        parameters["area"] = wanted.area.wkt
    for name, values in (("class", wanted.classes), ("facc", wanted.codes)):
        if values:
            conditions.append(f"{name} = ANY(%({name})s)")
            parameters[name] = list(values)  # type: ignore[assignment]
    for column, value in wanted.columns.items():
        conditions.append(f'"{column}"::text = %(column_{column})s')
        parameters[f"column_{column}"] = value
    where = f" WHERE {' AND '.join(conditions)} ORDER BY fid LIMIT %(limit)s"
    rows = " UNION ALL ".join(f"({_rows(wanted.layer, table, where)})" for table in wanted.layer.tables)
    return f"SELECT fid, {_feature(wanted.layer)} FROM ({rows}) AS found", parameters


def _rows(layer: Layer, table: str, where: str) -> str:
    columns = ", ".join(f'"{name}"' for name in columns_of(layer))
    return f'SELECT fid, {columns}, tags, ST_AsGeoJSON(geom, 7) AS shape FROM {LIVE}."{table}"{where}'


def _feature(layer: Layer) -> str:
    """Return the expression that writes one row as a GeoJSON feature."""
    pairs = ", ".join(f"'{name}', \"{name}\"" for name in columns_of(layer))
    properties = f"jsonb_build_object({pairs}, 'tags', tags, 'osm_url', {_URL} || '/' || osm_id)"
    return (
        """'{"type":"Feature","id":"' || fid || '","geometry":' || shape || ',"properties":' || """
        f"{properties}::text || '}}'"
    )
