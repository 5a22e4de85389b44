"""The tables as the MGCP catalogue names them: a layer for each feature code and form, with coded attributes.

What the catalogue allows in another form than OpenStreetMap has it is derived: areas become points on them, lines
become areas as wide as they are or may be thought, points become small circles; the text of each says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from eo.vector.mgcp import FORMS, Catalogue, catalogue
from eo.vector.mgcp_values import expression, unknown
from eo.vector.osm_extract import FeatureTable, Field, FieldType, Wanted, shape_of, where
from eo.vector.osm_rules import ATTRIBUTION, LICENCE, Layer, Rules
from eo.vector.osm_tables import LIVE
from eo.vector.osm_views import VIEWS

NOMINAL_RADIUS_M = 25.0
NOMINAL_WIDTH_M = 20.0
WIDTHS_M = {"GB055": 45.0, "GB045": 45.0, "GB075": 23.0}
VECTOR_DATA = 92
_KINDS: dict[str, FieldType] = {"code": "integer", "integer": "integer", "real": "number", "text": "text"}
_OSM_URL = (
    "'https://www.openstreetmap.org/' || CASE osm_type WHEN 'N' THEN 'node/' WHEN 'W' THEN 'way/' "
    "ELSE 'relation/' END || osm_id"
)


@dataclass(frozen=True)
class Part:
    """A table that gives features of one code, in a form of their own or derived.

    Args:
        own: form of the table's geometries, P, L or A.
        form: that the catalogue wants.
        rank: of two tables with the same object the lower gives it.
    """

    layer: Layer
    table: str
    own: str
    form: str
    code: str
    rank: int


@dataclass(frozen=True)
class LeftOut:
    """A code that the catalogue does not have, or not in any form that can be derived."""

    table: str
    code: str


def mgcp_tables(rules: Rules, wanted: Wanted) -> Iterator[FeatureTable]:
    """Yield a layer for each feature of the catalogue that the wanted layers have, in the order of their codes."""
    book = catalogue()
    by_feature: dict[str, list[Part]] = {}
    for part in parts(rules, wanted, book):
        by_feature.setdefault(f"{part.form}{part.code}", []).append(part)
    for feature in sorted(by_feature, key=lambda name: (name[1:], name)):
        yield _table(book, feature, by_feature[feature], wanted)


def parts(rules: Rules, wanted: Wanted, book: Catalogue) -> Iterator[Part]:
    """Yield what the wanted layers give."""
    for table, layer, own, code in _codes(rules, wanted):
        form = form_of(own, book.forms(code))
        if form:
            yield Part(layer, table, own, form, code, _rank(layer))


def left_out(rules: Rules, wanted: Wanted) -> Iterator[LeftOut]:
    """Yield what the wanted layers have and the catalogue does not."""
    book = catalogue()
    for table, _, own, code in _codes(rules, wanted):
        if not form_of(own, book.forms(code)):
            yield LeftOut(table, code)


def form_of(own: str, allowed: str) -> str | None:
    """Return the form a feature takes: its own where that is allowed, else one that can be derived."""
    if own in allowed:
        return own
    derivable = {"A": "P", "L": "A", "P": "A"}[own]
    return derivable if derivable in allowed else None


def _codes(rules: Rules, wanted: Wanted) -> Iterator[tuple[str, Layer, str, str]]:
    for layer in (rules.layer(name) for name in wanted.layers):
        for own in layer.geometries:
            found = {rule.code for rule in layer.rules if rule.code and own in rule.geometries}
            yield from ((layer.table(own), layer, own, code) for code in sorted(found))
    for view in VIEWS:
        if view.layer in wanted.layers and view.geometry == "L":
            layer = rules.layer(view.layer)
            yield from ((view.name, layer, "L", code) for code in ("AQ040", "AQ130", "BH070"))


def _rank(layer: Layer) -> int:
    """Buildings come last: who knows what a building is for knows more of it."""
    return 1 if layer.id == "buildings" else 0


def _table(book: Catalogue, feature: str, found: list[Part], wanted: Wanted) -> FeatureTable:
    about = book.features[feature]
    attributes = [a for a in about.attributes if any(expression(book, feature, a, p.layer) for p in found)]
    names = ["F_CODE", "UID", *(["NAM"] if "NAM" in about.attributes else []), *attributes, "SDV", "SDP", "SRT", "CCN"]
    names.append("TXT")
    kind = FORMS[feature[0]]
    kind = f"Multi{kind}" if wanted.clip and kind == "LineString" else kind
    rows = " UNION ALL ".join(_rows(book, feature, part, attributes, wanted) for part in found)
    if len(found) > 1:
        rows = f"SELECT DISTINCT ON (fid) * FROM ({rows}) AS every ORDER BY fid, rank"
    selected = ", ".join(f'"{name}"' for name in names)
    return FeatureTable(
        name=feature,
        title=about.name,
        geometry=kind,
        fields=tuple(_field(book, name) for name in names),
        statement=f"SELECT {selected}, shape FROM ({rows}) AS features",
        parameters=wanted.parameters,
        colour=found[0].layer.colour,
    )


def _field(book: Catalogue, name: str) -> Field:
    if name == "F_CODE":
        return Field(name, "text", "feature code")
    about = book.attributes[name]
    unit = f", {about.unit.lower()}" if about.unit else ""
    return Field(name, _KINDS[about.type], f"{about.name}{unit}")


def _rows(book: Catalogue, feature: str, part: Part, attributes: list[str], wanted: Wanted) -> str:
    known = book.features[feature].attributes
    columns = {"F_CODE": f"'{part.code}'", "UID": f"md5('{feature}:' || fid)::uuid::text"}
    if "NAM" in known:
        columns["NAM"] = f"left(name, {book.attributes['NAM'].length})"
    for attribute in attributes:
        told = expression(book, feature, attribute, part.layer)
        columns[attribute] = told or _untold(book, feature, attribute)
    shape, note = _derived(part)
    columns |= {
        "SDV": "to_char(osm_ts AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
        "SDP": "'OpenStreetMap'",
        "SRT": str(VECTOR_DATA),
        "CCN": f"'{ATTRIBUTION}, {LICENCE}'",
        "TXT": f"{_OSM_URL}{note}",
    }
    selected = ", ".join(f'{text} AS "{name}"' for name, text in columns.items())
    kind = "Point" if part.form == "P" else FORMS[part.form]
    chosen_by = next((view.chosen_by for view in VIEWS if view.name == part.table), "class")
    condition = f"facc = '{part.code}' AND {where(wanted, chosen_by)}"
    source = f'SELECT *, {shape} AS derived FROM {LIVE}."{part.table}" WHERE {condition}'
    return (
        f"SELECT fid, {part.rank} AS rank, {selected}, {shape_of('derived', kind, wanted)} AS shape "
        f"FROM ({source}) AS source"
    )


def _untold(book: Catalogue, feature: str, attribute: str) -> str:
    """Return what stands where a table says nothing of an attribute that another table of the same feature has."""
    kind = book.attributes[attribute].type
    if kind == "code":
        return unknown(book.allowed(feature, attribute))
    return {"text": "NULL::text", "integer": "NULL::integer", "real": "NULL::real"}[kind]


def _derived(part: Part) -> tuple[str, str]:
    """Return the geometry of a part as SQL, and what is said of it."""
    if part.own == part.form:
        return "geom", ""
    if part.form == "P":
        return "ST_PointOnSurface(geom)", " || '; derived: a point on the area'"
    if part.own == "P":
        circle = f"ST_Multi(ST_Buffer(geom::geography, {NOMINAL_RADIUS_M})::geometry)"
        return circle, f" || '; derived: a circle of {NOMINAL_RADIUS_M:g} m around a point'"
    wide = WIDTHS_M.get(part.code, NOMINAL_WIDTH_M)
    has_width = any(column.name == "width" for column in part.layer.columns)
    width = f"coalesce(nullif(width, 0), {wide})" if has_width else str(wide)
    strip = f"ST_Multi(ST_Buffer(geom::geography, {width} / 2, 'endcap=flat join=mitre')::geometry)"
    return strip, f" || '; derived: the line, ' || {width} || ' m wide'"
