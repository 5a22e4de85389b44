"""The tables as SQL: made, completed, generalised, kept true; from the rules alone.

Every statement names its schema, so that an import is made beside what is served and takes its place at once.
"""

from collections.abc import Iterator

from eo.vector.osm_rules import CORE_COLUMNS, GEOMETRY_TYPES, Geometry, Layer, Rules

LIVE = "osm"
"""The schema that is served."""
ABOUT = "about"
"""Its table of one row: what was imported, when, by which rules."""
READING = 0x6F736E
"""Advisory lock: shared by whoever reads several tables as of one moment, held alone by who changes them."""
GENERALISED = {
    "g10": {"roads_l", "railways_l", "power_l", "oil_gas_l", "admin_l", "admin_a", "settlements_a", "industry_a"}
    | {"water_infra_l", "water_infra_a", "maritime_l", "military_a", "aviation_a"},
    "g12": {"roads_l", "railways_l", "power_l", "oil_gas_l", "admin_l", "admin_a", "settlements_a", "industry_a"}
    | {"water_infra_l", "water_infra_a", "maritime_l", "military_a", "aviation_a", "telecom_l"},
    "g13": {"buildings_a"},
}
TOLERANCE_M = {"g10": 60.0, "g12": 15.0, "g13": 4.0}
"""In metres of EPSG:3857: about half a pixel of the coarsest zoom that shows them."""
SHORTEST_M = {"g10": 150.0, "g12": 40.0, "g13": 0.0}
SMALLEST_M2 = {"g10": 20_000.0, "g12": 1_500.0, "g13": 60.0}
LAST_ZOOM = {"g10": 10, "g12": 12, "g13": 13}
"""Up to which zoom a generalised table stands for the whole one."""
KEPT_COLUMNS = ("class", "subclass", "name", "facc")
CHANGED = "changed"


def create_table(layer: Layer, geometry: Geometry, schema: str) -> str:
    """Return the statement that makes one empty table, as osm2pgsql makes it."""
    columns = [f'"{name}" {type}' for name, type in CORE_COLUMNS.items()]
    columns += [f'"{column.name}" {column.type}' for column in layer.columns]
    columns += ["tags jsonb", f"geom geometry({GEOMETRY_TYPES[geometry]}, 4326) NOT NULL"]
    return f'CREATE TABLE "{schema}"."{layer.table(geometry)}" ({", ".join(columns)})'


def drop_invalid(table: str, schema: str) -> str:
    """Return the statement that deletes geometries that are not valid."""
    return f'DELETE FROM "{schema}"."{table}" WHERE NOT ST_IsValid(geom)'


def complete_table(table: str, geometry: Geometry, schema: str) -> Iterator[str]:
    """Yield what gives a filled table its key, its geometry for tiles and its indexes."""
    name = f'"{schema}"."{table}"'
    yield (
        f"ALTER TABLE {name} "
        "ADD COLUMN fid text GENERATED ALWAYS AS (osm_type || osm_id::text) STORED PRIMARY KEY, "
        f"ADD COLUMN geom_3857 geometry({GEOMETRY_TYPES[geometry]}, 3857) "
        "GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED"
    )
    yield f'CREATE INDEX IF NOT EXISTS "{table}_geom_idx" ON {name} USING gist (geom)'
    yield f'CREATE INDEX "{table}_3857_idx" ON {name} USING gist (geom_3857)'
    if geometry == "A":  # osm2pgsql's own begins with the type, which it compares as another type of text
        yield f'CREATE INDEX "{table}_number_idx" ON {name} (osm_id)'
    yield f'CREATE INDEX "{table}_class_idx" ON {name} (class)'
    yield f'CREATE INDEX "{table}_name_idx" ON {name} USING gin (name gin_trgm_ops) WHERE name IS NOT NULL'
    yield f"VACUUM (ANALYZE) {name}"


def generalised_tables(table: str) -> tuple[str, ...]:
    """Return the levels a table is generalised to."""
    return tuple(level for level, tables in GENERALISED.items() if table in tables)


def create_generalised(table: str, level: str, schema: str) -> Iterator[str]:
    """Yield what makes a generalised copy of a complete table."""
    name = f'"{schema}"."{table}_{level}"'
    yield f"CREATE TABLE {name} AS {_generalise(table, level, schema)}"
    yield f"ALTER TABLE {name} ADD PRIMARY KEY (fid)"
    yield f'CREATE INDEX "{table}_{level}_idx" ON {name} USING gist (geom_3857)'
    yield f"VACUUM (ANALYZE) {name}"


def refresh_generalised(table: str, level: str, schema: str) -> Iterator[str]:
    """Yield what brings a generalised copy up to date with the objects noted as changed."""
    changed = f"SELECT fid FROM \"{schema}\".{CHANGED} WHERE table_name = '{table}'"
    among = f"fid = ANY(ARRAY({changed}))"  # an array is looked up in the key; IN would read the whole table
    yield f'DELETE FROM "{schema}"."{table}_{level}" WHERE {among}'
    yield f'INSERT INTO "{schema}"."{table}_{level}" {_generalise(table, level, schema)} AND {among}'


def changed_rows(schema: str) -> str:
    """Return the statement that tells by table how many rows came, less those that went."""
    return f'SELECT table_name, sum(came)::bigint FROM "{schema}".{CHANGED} GROUP BY table_name'


def _generalise(table: str, level: str, schema: str) -> str:
    kept = ", ".join(KEPT_COLUMNS)
    if table.endswith("_l"):
        shape, large = (
            f"ST_Simplify(geom_3857, {TOLERANCE_M[level]}, true)",
            f"ST_Length(geom_3857) >= {SHORTEST_M[level]}",
        )
    else:
        shape = f"ST_Multi(ST_Simplify(geom_3857, {TOLERANCE_M[level]}, true))"
        large = f"ST_Area(geom_3857) >= {SMALLEST_M2[level]}"
    return f'SELECT fid, osm_type, osm_id, {kept}, {shape} AS geom_3857 FROM "{schema}"."{table}" WHERE {large}'


def note_changes(rules: Rules, schema: str) -> Iterator[str]:
    """Yield what makes every table note the objects that come and go, and refuse invalid geometries.

    By row: osm2pgsql deletes each object that changed from every table, and most of these statements find none.
    """
    changed = f'"{schema}".{CHANGED}'
    yield f"CREATE TABLE {changed} (table_name text NOT NULL, came smallint NOT NULL, fid text NOT NULL, box box3d)"
    yield (
        f'CREATE FUNCTION "{schema}".note_change() RETURNS trigger LANGUAGE plpgsql AS $$ '
        "DECLARE touched record := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; "
        f"BEGIN INSERT INTO {LIVE}.{CHANGED} VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END, "
        "touched.fid, touched.geom_3857::box3d); RETURN NULL; END $$"
    )
    yield (
        f'CREATE FUNCTION "{schema}".refuse_invalid() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        "IF ST_IsValid(NEW.geom) THEN RETURN NEW; END IF; RETURN NULL; END $$"
    )
    for table, (_, geometry) in rules.tables.items():
        name = f'"{schema}"."{table}"'
        yield (
            f"CREATE TRIGGER note_change AFTER INSERT OR DELETE ON {name} "
            f'FOR EACH ROW EXECUTE FUNCTION "{schema}".note_change()'
        )
        if geometry != "P":
            yield (
                f"CREATE TRIGGER refuse_invalid BEFORE INSERT ON {name} "
                f'FOR EACH ROW EXECUTE FUNCTION "{schema}".refuse_invalid()'
            )
