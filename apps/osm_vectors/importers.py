"""The two ways from a file to tables: osm2pgsql with a style made from the rules, or libosmium with the same rules."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from apps.osm_vectors.database import connect, libpq_environment
from apps.osm_vectors.errors import ImportFailed
from eo.io.osm_file import CHANGE_ENDINGS, OsmRow, read_rows, without_contributors
from eo.vector.osm_flex import flex_script
from eo.vector.osm_rules import CORE_COLUMNS, Rules
from eo.vector.osm_tables import create_table

Tell = Callable[[str], None]
CACHE_MB = 800
_PROGRESS = re.compile(r"Node\((\d+)k.*Way\((\d+)k.*Relation\((\d+)")
_ROWS_AT_ONCE = 5_000


def osm2pgsql_version() -> str | None:
    """Return the version of osm2pgsql on this machine, None where there is none."""
    if not shutil.which("osm2pgsql"):
        return None
    done = subprocess.run(["osm2pgsql", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"version (\d[\d.]*)", done.stdout + done.stderr)
    return found[1] if found else "of unknown version"


def by_osm2pgsql(path: Path, rules: Rules, schema: str, tell: Tell, *, updatable: bool) -> None:
    """Fill a new schema; `updatable` keeps what later changes need.

    Raises:
        EoError: the file breaks off.
        ImportFailed: with the last line that osm2pgsql said.
    """
    if not updatable:
        run_osm2pgsql(rules, schema, ["--create", str(path)], tell)
        return
    with nameless(path, tell) as copy:
        run_osm2pgsql(rules, schema, ["--create", *slim(schema), str(copy)], tell)


def append(path: Path, rules: Rules, schema: str, tell: Tell) -> None:
    """Bring a change file into a schema.

    Raises:
        EoError: the file breaks off.
        ImportFailed: with the last line that osm2pgsql said.
    """
    with nameless(path, tell) as copy:
        run_osm2pgsql(rules, schema, ["--append", *slim(schema), str(copy)], tell)


def slim(schema: str) -> list[str]:
    """Return the options that keep, in the schema, what later changes need; 2.x wants its own tables there too."""
    later = (osm2pgsql_version() or "").partition(".")[0] != "1"
    return ["--slim", "--middle-schema", schema, *(["--schema", schema] if later else [])]


@contextmanager
def nameless(path: Path, tell: Tell) -> Iterator[Path]:
    """Lend a copy without contributors: the tables for later changes would keep their names."""
    with tempfile.TemporaryDirectory(prefix="osm-nameless-") as folder:
        tell("leaving out names of contributors")
        ending = ".osc" if path.name.endswith(CHANGE_ENDINGS) else ".osm.pbf"
        yield without_contributors(path, Path(folder) / f"nameless{ending}")


def run_osm2pgsql(rules: Rules, schema: str, options: list[str], tell: Tell) -> None:
    """Run osm2pgsql with the style of the rules.

    Raises:
        ImportFailed: with the last line that osm2pgsql said.
    """
    with tempfile.TemporaryDirectory(prefix="osm-style-") as folder:
        style = Path(folder) / "style.lua"
        style.write_text(flex_script(rules, schema), encoding="utf-8")
        own = ["--output", "flex", "--style", str(style), "--extra-attributes", "--cache", str(CACHE_MB)]
        processes = 1 if "--append" in options else 2  # each opens a connection for every table
        own += ["--number-processes", str(processes), *options]
        run_command(["osm2pgsql", *own], libpq_environment(), tell)


def run_command(command: Sequence[str], environment: dict[str, str], tell: Tell) -> None:
    """Run a program and tell what it says.

    Raises:
        ImportFailed: with its last line.
    """
    pipes: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        try:
            last = _follow(process, tell)
        finally:
            process.kill()
    if process.returncode:
        raise ImportFailed(f"{command[0]} ended with status {process.returncode}: {last}", hint=advice(last))


def _follow(process: subprocess.Popen[str], tell: Tell) -> str:
    """Tell progress out of what it prints; return the last line that speaks of an error, else the last."""
    last = error = ""
    for line in process.stdout or ():
        for part in filter(None, line.rstrip().split("\r")):
            found = _PROGRESS.search(part)
            if found:
                tell(f"{found[1]} thousand nodes, {found[2]} thousand ways, {found[3]} relations")
            last = part
            error = part if "ERROR" in part else error
    process.wait()
    return (error or last).partition("ERROR: ")[2] or error or last


def advice(last: str) -> str:
    """Return what to do about the last words of a program or the database."""
    if "No space left" in last or "could not extend" in last:
        return "Make room on the database's disk, then import again; what was served before still is."
    if "not ordered" in last:
        return "Sort the file first: osmium sort IN -o OUT."
    return "What was served before still is."


def by_libosmium(path: Path, rules: Rules, schema: str, tell: Tell) -> None:
    """Fill a new schema without osm2pgsql; it cannot be updated later."""
    with connect() as database:
        for layer, geometry in rules.tables.values():
            database.execute(create_table(layer, geometry, schema).encode())
        waiting: dict[str, list[OsmRow]] = {table: [] for table in rules.tables}
        written = 0
        for row in read_rows(path, rules):
            waiting[row.table].append(row)
            if len(waiting[row.table]) == _ROWS_AT_ONCE:
                written += _copy(database, rules, schema, row.table, waiting[row.table])
                tell(f"{written} rows")
                waiting[row.table] = []
        for table, rows in waiting.items():
            _copy(database, rules, schema, table, rows)


def _copy(database: psycopg.Connection, rules: Rules, schema: str, table: str, rows: Iterable[OsmRow]) -> int:
    columns = [*CORE_COLUMNS, *(column.name for column in rules.tables[table][0].columns)]
    statement = sql.SQL("COPY {}.{} ({}) FROM STDIN").format(
        sql.Identifier(schema),
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, [*columns, "tags", "geom"])),
    )
    written = 0
    with database.cursor() as cursor, cursor.copy(statement) as copy:
        for written, row in enumerate(rows, 1):  # noqa: B007 (counts)
            copy.write_row([*(_plain(row.values[name]) for name in columns), Jsonb(row.values["tags"]), row.geometry])
    return written


def _plain(value: Any) -> Any:
    """PostgreSQL's text holds no NUL."""
    return value.replace("\0", "") if isinstance(value, str) else value
