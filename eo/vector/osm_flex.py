"""The rules as a style of osm2pgsql: one Lua script, settings first, then what acts on them.

Source: osm2pgsql manual, The Flex Output (1.8).
"""

from pathlib import Path
from typing import Any

from eo.vector import osm_values
from eo.vector.osm_rules import ANY, Layer, Rule, Rules

ACTS = Path(__file__).with_name("osm_flex.lua")


def flex_script(rules: Rules, schema: str) -> str:
    """Return the script that fills the tables of a schema."""
    settings = {
        "schema": schema,
        "layers": [_layer(layer) for layer in rules.layers],
        "units": osm_values.UNITS,
        "no": _set(osm_values.NO),
        "oneway": osm_values.ONEWAY,
        "paved": {**dict.fromkeys(sorted(osm_values.PAVED), 1), **dict.fromkeys(sorted(osm_values.UNPAVED), 0)},
        "conditions": osm_values.CONDITION_PREFIXES,
        "largest": {**osm_values.LARGEST, "real": osm_values.LARGEST_REAL},
    }
    return f"-- rules {rules.version}\nlocal settings = {_lua(settings)}\n\n{ACTS.read_text(encoding='utf-8')}"


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "geometries": list(layer.geometries),
        "columns": [{"name": c.name, "type": c.type, "keys": list(c.keys), "kind": c.kind} for c in layer.columns],
        "rules": [_rule(rule) for rule in layer.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    first, values = next(iter(rule.when.items()))
    condition = osm_values.condition({}, rule.attributes)
    found = {
        "first": first,
        "first_values": [ANY] if values == ANY else list(values),
        "when": {key: ANY if v == ANY else _set(v) for key, v in rule.when.items()},
        "unless": {key: _set(v) for key, v in rule.unless.items()},
        "geometries": _set(rule.geometries),
        "class": rule.class_name,
        "code": rule.code,
        "decides": rule.decides,
        "closed_as_line": rule.closed_as_line,
        "ffn": rule.function,
        "condition": condition,
    }
    return {key: value for key, value in found.items() if value is not None}


def _set(values: Any) -> dict[str, bool]:
    return dict.fromkeys(sorted(values), True)


def _lua(value: Any) -> str:
    """Write a value as Lua has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "{" + ", ".join(map(_lua, value)) + "}"
    return "{" + ", ".join(f"[{_lua(key)}] = {_lua(v)}" for key, v in value.items()) + "}"
