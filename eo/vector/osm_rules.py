"""Layers and rules over OpenStreetMap, read from one versioned file: what is taken, and what it is called.

The first rule of a layer that matches an object's tags gives its class and feature code; an object may be in several
layers. Importers, tables, tiles, legends, exports and the data dictionary are all made from here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

FILE = Path(__file__).with_name("osm_rules.json")
Geometry = Literal["P", "L", "A"]
GEOMETRY_TYPES: Mapping[str, str] = {"P": "Point", "L": "LineString", "A": "MultiPolygon"}
ANY = "*"
ATTRIBUTION = "© OpenStreetMap contributors"
ATTRIBUTION_URL = "https://www.openstreetmap.org/copyright"
LICENCE = "ODbL-1.0"
CORE_COLUMNS: Mapping[str, str] = {
    "osm_type": "char(1)",
    "osm_id": "bigint",
    "version": "integer",
    "osm_ts": "timestamptz",
    "name": "text",
    "name_en": "text",
    "class": "text",
    "subclass": "text",
    "facc": "char(5)",
    "ffn": "smallint",
    "fun": "smallint",
}
"""What every table has before its own columns; `tags` and the geometry come behind those."""


@dataclass(frozen=True)
class Column:
    """An attribute of a layer.

    Args:
        type: of PostgreSQL.
        keys: tags it is read from; the first that there is.
        kind: how a value is read (see `eo.vector.osm_values`).
    """

    name: str
    type: str
    keys: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Rule:
    """Which objects, and what they are.

    Args:
        when: values by tag, all of which must be there; `ANY` takes every value but no.
        unless: values by tag, none of which may be there.
        geometries: of P, L and A, those that are taken.
        closed_as_line: closed ways stay lines, unless tagged area=yes.
        min_zoom: from which on tiles show it.
        code: feature code, of the standard that is named, None where none fits; `code_geometries` are those the
            standard allows, None where it is not in MGCP.
        function: MGCP Feature Function (FFN) code, where the code is that of a building or facility.
        attributes: further MGCP attributes, in words.
        reviewed: False where the code is our own choice, which nobody else's table confirms.
    """

    when: Mapping[str, Sequence[str] | str]
    unless: Mapping[str, Sequence[str]]
    geometries: frozenset[str]
    class_name: str
    subclass_key: str | None
    closed_as_line: bool
    min_zoom: int
    code: str | None
    code_name: str
    standard: str
    code_geometries: str | None
    function: int | None
    function_name: str
    attributes: Mapping[str, str]
    geofabrik_class: str | None
    geofabrik_code: int | None
    reviewed: bool

    @property
    def decides(self) -> str:
        """The tag that decides, whose value is the subclass unless another key is named."""
        return self.subclass_key or next(iter(self.when))


@dataclass(frozen=True)
class Layer:
    """One layer: a table for each kind of geometry."""

    id: str
    title: str
    note: str
    colour: str
    min_zoom: int
    geometries: tuple[Geometry, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]

    def table(self, geometry: str) -> str:
        """Return the name of the table of a kind of geometry."""
        return f"{self.id}_{geometry.lower()}"

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The names of its tables."""
        return tuple(self.table(g) for g in self.geometries)

    @cached_property
    def classes(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules of each class, classes in the order in which they first appear."""
        found: dict[str, tuple[Rule, ...]] = {}
        for rule in self.rules:
            found[rule.class_name] = (*found.get(rule.class_name, ()), rule)
        return found

    def class_min_zoom(self, name: str) -> int:
        """Return from which zoom on tiles show a class."""
        return min(rule.min_zoom for rule in self.classes[name])


@dataclass(frozen=True)
class Rules:
    """All layers.

    Args:
        domains: names by value of coded attributes, as `ffn`.
        derived: what views are made of the tables.
    """

    version: str
    layers: tuple[Layer, ...]
    domains: Mapping[str, Mapping[str, str]]
    derived: Mapping[str, str]
    sources: Mapping[str, str]
    by_id: Mapping[str, Layer] = field(repr=False)

    def layer(self, name: str) -> Layer:
        """Return a layer.

        Raises:
            KeyError: there is none of that name.
        """
        return self.by_id[name]

    @cached_property
    def tables(self) -> Mapping[str, tuple[Layer, Geometry]]:
        """Every table: its layer and its kind of geometry."""
        return {layer.table(g): (layer, g) for layer in self.layers for g in layer.geometries}


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Return the rules that this version of Groundwork has."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    layers = tuple(_layer(entry) for entry in stored["layers"])
    by_id = {layer.id: layer for layer in layers}
    return Rules(stored["version"], layers, stored["domains"], stored["derived"], stored["sources"], by_id)


def _layer(entry: Mapping[str, Any]) -> Layer:
    return Layer(
        id=entry["id"],
        title=entry["title"],
        note=entry.get("note", ""),
        colour=entry["colour"],
        min_zoom=entry["min_zoom"],
        geometries=tuple(entry["geometries"]),
        columns=tuple(_column(name, column) for name, column in entry["columns"].items()),
        rules=tuple(_rule(rule, entry["min_zoom"]) for rule in entry["rules"]),
    )


_KINDS = {"smallint": "integer", "bigint": "integer", "real": "number", "boolean": "yes_no"}


def _column(name: str, entry: Mapping[str, Any]) -> Column:
    kind = entry.get("as") or _KINDS.get(entry["type"], entry["type"])
    return Column(name, entry["type"], tuple(entry.get("from", [name])), kind)


def _rule(entry: Mapping[str, Any], min_zoom: int) -> Rule:
    return Rule(
        when=entry["when"],
        unless=entry.get("unless", {}),
        geometries=frozenset(entry["geometries"]),
        class_name=entry["class"],
        subclass_key=entry.get("subclass_key"),
        closed_as_line=entry.get("closed_as_line", False),
        min_zoom=entry.get("min_zoom", min_zoom),
        code=entry["code"],
        code_name=entry.get("code_name", ""),
        standard=entry.get("standard", ""),
        code_geometries=entry.get("code_geometries"),
        function=entry.get("function"),
        function_name=entry.get("function_name", ""),
        attributes=entry.get("attributes", {}),
        geofabrik_class=entry.get("geofabrik_class"),
        geofabrik_code=entry.get("geofabrik_code"),
        reviewed=entry["reviewed"],
    )
