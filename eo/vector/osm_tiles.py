"""Vector tiles as SQL: one statement for all layers of a tile, each as a column of its own.

Source: Mapbox Vector Tile Specification 2.1; PostGIS, ST_AsMVT.
"""

from collections.abc import Collection, Mapping, Sequence

from eo.vector.osm_rules import Layer, Rules
from eo.vector.osm_tables import LAST_ZOOM, generalised_tables

LAST_TILE_ZOOM = 16
EXTENT, BUFFER = 4096, 64
ORDER = (
    *("admin", "borders_barriers", "military", "camps", "settlements", "roads", "railways", "aviation", "maritime"),
    *("power", "oil_gas", "telecom", "government", "health", "water_infra", "education", "industry"),
    *("worship_culture", "buildings"),
)
"""Which layers a full tile keeps first."""


def layers_at(rules: Rules, wanted: Collection[str], z: int) -> list[Layer]:
    """Return the wanted layers that show anything at a zoom, those first that a full tile keeps first."""
    shown = [layer for layer in rules.layers if layer.id in wanted and visible_classes(layer, z)]
    return sorted(shown, key=lambda layer: ORDER.index(layer.id))


def visible_classes(layer: Layer, z: int) -> list[str]:
    """Return the classes of a layer that tiles of a zoom show."""
    return [name for name in layer.classes if layer.class_min_zoom(name) <= z]


def tile_statement(
    layers: Sequence[Layer], z: int, schema: str, classes: Collection[str] | None = None
) -> tuple[str, Mapping[str, list[str]]]:
    """Return the statement that makes a tile, and its parameters but z, x and y.

    Args:
        layers: one column of the answer each, an encoded layer of the tile.
        classes: those that are wanted; None for all.
    """
    columns, parameters = [], {}
    for layer in layers:
        shown = [name for name in visible_classes(layer, z) if classes is None or name in classes]
        parameters[layer.id] = shown
        every = len(shown) == len(layer.classes)
        parts = [_table(layer.table(g), z, schema, None if every else layer.id) for g in layer.geometries]
        rows = " UNION ALL ".join(parts)
        encoded = f"ST_AsMVT(tile, '{layer.id}', {EXTENT}, 'geom', 'id')"
        columns.append(f"(SELECT {encoded} FROM ({rows}) AS tile WHERE geom IS NOT NULL)")
    bounds = f"""WITH bounds AS MATERIALIZED (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box,
        ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => {BUFFER / EXTENT}) AS around)"""
    return f"{bounds} SELECT {', '.join(columns)}", parameters


def _table(table: str, z: int, schema: str, classes: str | None) -> str:
    level = next((level for level in generalised_tables(table) if z <= LAST_ZOOM[level]), None)
    source = f'"{schema}"."{table}{f"_{level}" if level else ""}"'
    wanted = f" AND class = ANY(%({classes})s)" if classes else ""
    return (
        f"SELECT ST_AsMVTGeom(geom_3857, box, {EXTENT}, {BUFFER}, true) AS geom, fid, class, subclass, name, facc, "
        "osm_id * 10 + CASE osm_type WHEN 'N' THEN 1 WHEN 'W' THEN 2 ELSE 3 END AS id "
        f"FROM {source}, bounds WHERE geom_3857 && around{wanted}"
    )
