"""What a CQL2 filter may hold: operators of the standard, columns of the table; no function of the database.

Source: OGC 21-065r2, Common Query Language (CQL2), Annex B: JSON schema.
"""

from collections.abc import Iterator
from typing import Any

from cql2 import Expr
from fastapi import Request

from apps.osm_vectors.features import columns_of
from eo.vector.osm_rules import rules
from portal.tiles.problems import TileProblem

LONGEST = 20_000
_SPATIAL = ("s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps", "s_crosses", "s_contains")
_TEMPORAL = ("t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_intersects")
_LOGIC = ("and", "or", "not", "=", "<>", "<", ">", "<=", ">=", "like", "between", "in", "isNull")
_ARITHMETIC = ("+", "-", "*", "/", "%", "div", "^", "casei", "accenti")
OPERATORS = frozenset((*_SPATIAL, *_TEMPORAL, *_LOGIC, *_ARITHMETIC))


def known_filter(request: Request) -> None:
    """Refuse a filter that cannot be read, calls a function, or names a column that the collection does not have.

    Raises:
        TileProblem: says what is wrong with it.
    """
    text = request.query_params.get("filter")
    if not text:
        return
    if len(text) > LONGEST:
        raise _refused(f"The filter has {len(text)} characters.", f"At most {LONGEST} are taken.")
    try:
        expression: Any = Expr(text).to_json()
    except Exception as error:  # the parser's errors have no class of their own
        raise _refused(f"The filter cannot be read: {str(error)[:400]}", "Write it as CQL2.") from None
    table = str(request.path_params.get("collectionId", "")).rpartition(".")[2]
    layer, _ = rules().tables.get(table, (None, None))
    columns = {*columns_of(layer), "fid", "tags", "geom", "geom_3857"} if layer else None
    for kind, name in _names(expression):
        if kind == "op" and name not in OPERATORS:
            raise _refused(f"{name} is no operator of CQL2.", f"There are {', '.join(sorted(OPERATORS))}.")
        if kind == "property" and columns is not None and name not in columns:
            raise _refused(f"{table} has no column {name!r}.", f"There are {', '.join(sorted(columns))}.")


def _names(part: Any) -> Iterator[tuple[str, str]]:
    """Yield operators and properties of an expression."""
    if isinstance(part, dict):
        for kind in ("op", "property"):
            if kind in part:
                yield kind, str(part[kind])
        for value in part.values():
            yield from _names(value)
    elif isinstance(part, list):
        for value in part:
            yield from _names(value)


def _refused(message: str, hint: str) -> TileProblem:
    return TileProblem(400, "invalid_filter", message, hint)
