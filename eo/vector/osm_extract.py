"""What an extract takes from the tables, as SQL: which features, which columns, whole or cut to an area."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from eo.vector.osm_rules import CORE_COLUMNS, GEOMETRY_TYPES, Layer, Rules
from eo.vector.osm_tables import LIVE
from eo.vector.osm_views import VIEWS

SHAPE = "ST_GeomFromWKB(%(area)s, 4326)"
CORE_MEANINGS: Mapping[str, str] = {
    "osm_type": "N node, W way, R relation",
    "osm_id": "number of the object in OpenStreetMap",
    "version": "version of the object",
    "osm_ts": "last edit of the object, UTC",
    "name": "name",
    "name_en": "English or international name",
    "class": "class in this layer",
    "subclass": "value of the tag that decided",
    "facc": "feature code (MGCP, or TDS where MGCP has none)",
    "ffn": "MGCP Feature Function",
    "fun": "MGCP Condition of Facility",
    "tags": "all other tags, as JSON",
}
_SELECTED = {"tags": "tags::text", "osm_ts": "(extract(epoch FROM osm_ts) * 1000)::bigint AS osm_ts"}
FieldType = Literal["text", "integer", "number", "boolean", "moment"]
_TYPES: Mapping[str, FieldType] = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "real": "number",
    "boolean": "boolean",
    "timestamptz": "moment",
}


@dataclass(frozen=True)
class Field:
    """A column of an extract."""

    name: str
    type: FieldType
    meaning: str = ""


@dataclass(frozen=True)
class FeatureTable:
    """A layer of an extract: what it is, and the statement that reads it.

    Args:
        geometry: as in Simple Features.
        fields: columns of the statement, in order; the geometry as WKB comes last.
        statement: with its parameters named; moments are milliseconds since 1970, UTC.
        colour: of its layer.
        classes: values of its field `class`, where it has one.
    """

    name: str
    title: str
    geometry: str
    fields: tuple[Field, ...]
    statement: str
    parameters: Mapping[str, Any]
    colour: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What is to be extracted.

    Args:
        area: WKB of a polygon in longitude, latitude (WGS 84).
        layers: ids.
        classes: of these layers, none for all.
        codes: feature codes, none for all.
        clip: cut features at the area's edge.
        tags: with the column `tags`.
    """

    area: bytes
    layers: Sequence[str]
    classes: Sequence[str] = ()
    codes: Sequence[str] = ()
    clip: bool = False
    tags: bool = True
    parameters: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Name what statements refer to."""
        named = {"area": self.area, "classes": list(self.classes), "codes": list(self.codes)}
        object.__setattr__(self, "parameters", named)


def groundwork_tables(rules: Rules, wanted: Wanted) -> Iterator[FeatureTable]:
    """Yield the tables of the wanted layers as they are, and the views made of them."""
    for layer in (rules.layer(name) for name in wanted.layers):
        for geometry in layer.geometries:
            source = Source(layer.table(geometry), layer.title, GEOMETRY_TYPES[geometry], tuple(layer.classes))
            yield _table(layer, source, wanted)
        for view in (v for v in VIEWS if v.layer == layer.id):
            kind = GEOMETRY_TYPES[view.geometry]
            yield _table(layer, Source(view.name, view.title, kind, view.classes, view.chosen_by), wanted)


@dataclass(frozen=True)
class Source:
    """A table or view to read.

    Args:
        chosen_by: its column that has the classes of its layer.
    """

    name: str
    title: str
    geometry: str
    classes: tuple[str, ...]
    chosen_by: str = "class"


def _table(layer: Layer, source: Source, wanted: Wanted) -> FeatureTable:
    columns = {**CORE_COLUMNS, **{c.name: c.type for c in layer.columns}, **({"tags": "jsonb"} if wanted.tags else {})}
    keys = {c.name: f"from {', '.join(c.keys)}" for c in layer.columns}
    meanings = {**keys, **CORE_MEANINGS}
    geometry = source.geometry
    kind = f"Multi{geometry.removeprefix('Multi')}" if wanted.clip and geometry != "Point" else geometry
    condition = where(wanted, source.chosen_by)
    selected = ", ".join(_SELECTED.get(name, f'"{name}"') for name in columns)
    return FeatureTable(
        name=source.name,
        title=source.title,
        geometry=kind,
        fields=tuple(Field(name, _TYPES.get(type, "text"), meanings[name]) for name, type in columns.items()),
        statement=f'SELECT {selected}, {shape_of("geom", kind, wanted)} FROM {LIVE}."{source.name}" WHERE {condition}',
        parameters=wanted.parameters,
        colour=layer.colour,
        classes=source.classes,
    )


def shape_of(column: str, kind: str, wanted: Wanted) -> str:
    """Return the expression of a geometry as WKB, cut where that is wanted."""
    if not wanted.clip or kind == "Point":
        return f"ST_AsBinary({column})"
    cut = f"ST_CollectionExtract(ST_Intersection({column}, {SHAPE}), {3 if 'Polygon' in kind else 2})"
    return f"ST_AsBinary(ST_Multi(CASE WHEN ST_CoveredBy({column}, {SHAPE}) THEN {column} ELSE {cut} END))"


def where(wanted: Wanted, chosen_by: str = "class") -> str:
    """Return the condition that rows of a table fulfil; classes are looked for in the column `chosen_by`."""
    conditions = [f"ST_Intersects(geom, {SHAPE})"]
    if wanted.clip:  # what only touches the edge leaves nothing of itself inside
        conditions.append(f"(ST_Dimension(geom) = 0 OR NOT ST_Touches(geom, {SHAPE}))")
    if wanted.classes:
        conditions.append(f"{chosen_by} = ANY(%(classes)s)")
    if wanted.codes:
        conditions.append("facc = ANY(%(codes)s)")
    return " AND ".join(conditions)
