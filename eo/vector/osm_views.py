"""Views over the tables: what the feature catalogue knows as objects of their own, and OpenStreetMap as properties."""

from collections.abc import Iterator
from dataclasses import dataclass

from eo.vector.osm_rules import CORE_COLUMNS, Geometry, Layer, Rules

RUNWAY_WIDTH_M = 45.0
"""Of a runway that does not say how wide it is."""
_CORE = [name for name in CORE_COLUMNS if name not in ("class", "subclass", "facc", "ffn")]
_CROSSINGS = {"culvert": "AQ065", "bridge": "AQ040", "tunnel": "AQ130", "ford": "BH070"}
_KINDS = tuple(_CROSSINGS)


@dataclass(frozen=True)
class View:
    """A view with the columns of its layer.

    Args:
        source: the table that it is made of.
        classes: values of its column `class`.
        chosen_by: its column that has the classes of its layer.
    """

    name: str
    title: str
    layer: str
    source: str
    geometry: Geometry
    classes: tuple[str, ...]
    chosen_by: str = "class"


VIEWS = (
    View("road_crossings_l", "Bridges, tunnels and fords of roads", "roads", "roads_l", "L", _KINDS, "subclass"),
    View("railway_crossings_l", "Bridges and tunnels of railways", "railways", "railways_l", "L", _KINDS, "subclass"),
    View("runway_areas_a", "Runways as areas", "aviation", "aviation_l", "A", ("runway",)),
)


def create_views(rules: Rules, schema: str) -> Iterator[str]:
    """Yield the statements that make the views."""
    for view in VIEWS:
        layer = rules.layer(view.layer)
        made = _runways if view.geometry == "A" else _crossings
        yield f'CREATE VIEW "{schema}"."{view.name}" AS {made(layer, view.source, schema)}'


def _crossings(layer: Layer, source: str, schema: str) -> str:
    there = {column.name for column in layer.columns}
    tests = {
        kind: "tags->>'tunnel' = 'culvert'" if kind == "culvert" else kind
        for kind in _CROSSINGS
        if kind in there or kind == "culvert"
    }
    cases = " ".join(f"WHEN {test} THEN '{kind}'" for kind, test in tests.items())
    codes = " ".join(f"WHEN {test} THEN '{_CROSSINGS[kind]}'" for kind, test in tests.items())
    return (
        f"SELECT fid, {', '.join(_CORE)}, CASE {cases} END AS class, class AS subclass, CASE {codes} END AS facc, "
        f"NULL::smallint AS ffn, {_own(layer)}, tags, geom, geom_3857 "
        f'FROM "{schema}"."{source}" WHERE {" OR ".join(tests.values())}'
    )


def _runways(layer: Layer, source: str, schema: str) -> str:
    wide = f"ST_Buffer(geom::geography, coalesce(nullif(width, 0), {RUNWAY_WIDTH_M}) / 2, 'endcap=flat join=mitre')"
    rows = f"""SELECT *, ST_Multi({wide}::geometry) AS shape FROM "{schema}"."{source}" WHERE class = 'runway'"""
    return (
        f"SELECT fid, {', '.join(_CORE)}, class, subclass, facc, ffn, {_own(layer)}, tags, shape AS geom, "
        f"ST_Transform(shape, 3857) AS geom_3857 FROM ({rows}) AS wide"
    )


def _own(layer: Layer) -> str:
    return ", ".join(f'"{column.name}"' for column in layer.columns)
