"""Objects of a layer as little more than where they are: for those who compute with them."""

from dataclasses import dataclass

from apps.osm_vectors.reading import reading
from eo.vector.osm_rules import Layer
from eo.vector.osm_tables import LIVE

_WITHIN = "ST_Intersects(geom, ST_GeomFromText(%s, 4326))"


@dataclass(frozen=True)
class Place:
    """An object: its key in the layer, its class, its geometry as WKB in longitude, latitude."""

    fid: str
    class_name: str
    wkb: bytes


def places_in(layer: Layer, area_wkt: str) -> list[Place]:
    """Return the objects of a layer that touch an area."""
    parts = [f'SELECT fid, class, ST_AsBinary(geom) FROM {LIVE}."{table}" WHERE {_WITHIN}' for table in layer.tables]
    with reading() as cursor:
        cursor.execute(" UNION ALL ".join(parts).encode(), [area_wkt] * len(parts))
        return [Place(fid, name, bytes(wkb)) for fid, name, wkb in cursor]


def count_in(layer: Layer, area_wkt: str) -> int:
    """Return how many objects of a layer touch an area."""
    parts = [f'SELECT 1 FROM {LIVE}."{table}" WHERE {_WITHIN}' for table in layer.tables]
    with reading() as cursor:
        statement = f"SELECT count(*) FROM ({' UNION ALL '.join(parts)}) AS found"
        cursor.execute(statement.encode(), [area_wkt] * len(parts))
        row = cursor.fetchone()
    return int(row[0]) if row else 0
