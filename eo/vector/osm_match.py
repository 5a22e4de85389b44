"""From the tags of an object to the rows it becomes: one at most in each layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eo.vector.osm_rules import ANY, Geometry, Layer, Rule, Rules
from eo.vector.osm_values import Tags, condition, read_value


@dataclass(frozen=True)
class Form:
    """What kind of object it is: a node, a way (closed or not), or a relation that makes an area."""

    is_point: bool = False
    is_closed: bool = False
    is_relation: bool = False


NODE, WAY, CLOSED_WAY, RELATION = Form(is_point=True), Form(), Form(is_closed=True), Form(is_relation=True)


@dataclass(frozen=True)
class Match:
    """An object under a rule of a layer, as one kind of geometry."""

    layer: Layer
    rule: Rule
    geometry: Geometry


class Matcher:
    """Finds the rules of objects; indexed by tag, so that a rule costs nothing where its tag is not there."""

    def __init__(self, rules: Rules) -> None:
        self._layers = rules.layers
        self._by_tag: list[dict[str, dict[str, list[tuple[int, Rule]]]]] = [_index(layer) for layer in rules.layers]
        self.keys = frozenset(key for index in self._by_tag for key in index)

    def matches(self, tags: Tags, form: Form) -> Iterator[Match]:
        """Yield what an object is in each layer that takes it."""
        for layer, index in zip(self._layers, self._by_tag, strict=True):
            candidates: list[tuple[int, Rule]] = []
            for key, value in tags.items():
                if key in index:
                    values = index[key]
                    candidates += values.get(value, [])
                    if value != "no":
                        candidates += values.get(ANY, [])
            for _, rule in sorted(candidates, key=lambda pair: pair[0]):
                geometry = geometry_of(rule, form, tags)
                if geometry and fits(rule, tags):
                    yield Match(layer, rule, geometry)
                    break


def _index(layer: Layer) -> dict[str, dict[str, list[tuple[int, Rule]]]]:
    """Return the rules of a layer by the first of their tags and its values, with their numbers."""
    found: dict[str, dict[str, list[tuple[int, Rule]]]] = {}
    for number, rule in enumerate(layer.rules):
        key, values = next(iter(rule.when.items()))
        for value in [ANY] if values == ANY else values:
            found.setdefault(key, {}).setdefault(value, []).append((number, rule))
    return found


def fits(rule: Rule, tags: Tags) -> bool:
    """Say whether all tags of a rule are there, and none that it excludes."""
    for key, values in rule.when.items():
        value = tags.get(key)
        if value is None or (value == "no" if values == ANY else value not in values):
            return False
    return not any(tags.get(key) in values for key, values in rule.unless.items())


def geometry_of(rule: Rule, form: Form, tags: Tags) -> Geometry | None:
    """Return which geometry an object of a form has under a rule, None where the rule does not take it."""
    if form.is_point:
        return "P" if "P" in rule.geometries else None
    if form.is_relation:
        return "A" if "A" in rule.geometries else None
    area = tags.get("area")
    stays_line = area == "no" or (rule.closed_as_line and area != "yes")
    if form.is_closed and "A" in rule.geometries and not stays_line:
        return "A"
    return "L" if "L" in rule.geometries else None


def attributes(match: Match, tags: Tags) -> dict[str, Any]:
    """Return the columns of a row that come from tags: name to `fun`, the layer's own, and `tags` with what is left."""
    rule = match.rule
    decides = rule.decides if rule.decides in tags else next(iter(rule.when))
    row: dict[str, Any] = {
        "name": tags.get("name"),
        "name_en": tags.get("name:en") or tags.get("int_name"),
        "class": rule.class_name,
        "subclass": tags.get(decides),
        "facc": rule.code,
        "ffn": rule.function,
        "fun": condition(tags, rule.attributes),
    }
    taken = {"name", "name:en"}
    for column in match.layer.columns:
        row[column.name] = read_value(column.kind, column.type, column.keys, tags)
        if column.kind == "text":
            taken.add(next((key for key in column.keys if tags.get(key)), ""))
    row["tags"] = {key: value for key, value in tags.items() if key not in taken}
    return row
