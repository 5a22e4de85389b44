"""The data dictionary of the OpenStreetMap layers, written from their rules (see `scripts.service_docs`)."""

from collections.abc import Mapping, Sequence

from eo.vector.osm_rules import Layer, Rule, rules
from scripts.places import ROOT

PAGE = ROOT / "docs" / "human_features_dictionary.md"
HEAD = """# Human features: the data dictionary

Written by `make docs` from `eo/vector/osm_rules.json` (rules {version}); a test fails where it is not current.

Geometries: P point, L line, A area. **Codes in italics are our own choice**: no other published table
confirms them, so a GIS specialist should look at them first. Every table also has `fid`, `osm_type`, `osm_id`,
`version`, `osm_ts`, `name`, `name_en`, `class`, `subclass`, `facc` (feature code), `ffn` (MGCP function), `fun` (MGCP
condition: {conditions}), `tags` (what no column holds), `geom` (EPSG:4326) and `geom_3857`.
"""


def page() -> str:
    """Return the whole page."""
    known = rules()
    conditions = ", ".join(f"{value} {name.lower()}" for value, name in known.domains["fun"].items())
    head = HEAD.format(version=known.version, conditions=conditions)
    return "\n".join([head, *(_section(layer) for layer in known.layers)])


def _section(layer: Layer) -> str:
    columns = ", ".join(f"`{column.name}` {column.type}" for column in layer.columns)
    parts = [
        f"## {layer.title}",
        f"Tables {', '.join(f'`{table}`' for table in layer.tables)}. Columns: {columns}.",
        layer.note,
        "| tags | | class | code | from zoom |\n|---|---|---|---|---|\n" + "\n".join(map(_row, layer.rules)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _row(rule: Rule) -> str:
    tags = " and ".join(_tag(key, values) for key, values in rule.when.items())
    tags += "".join(f", not {_tag(key, values)}" for key, values in rule.unless.items())
    code = f"{rule.code} {rule.code_name}".strip() if rule.code else "none"
    code += f", {rule.function} {rule.function_name}" if rule.function is not None else ""
    return (
        f"| {tags} | {''.join(sorted(rule.geometries))} | {rule.class_name} | {_said(code, rule)} | {rule.min_zoom} |"
    )


def _said(code: str, rule: Rule) -> str:
    return code if rule.reviewed or not rule.code else f"*{code}*"


def _tag(key: str, values: Sequence[str] | str | Mapping[str, bool]) -> str:
    return f"`{key}={'any' if values == '*' else ', '.join(values)}`"
