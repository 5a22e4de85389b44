"""The operators of SNAP that are used here: their parameters in each release.

Source: the parameter annotations in the public sources of SNAP (snap-engine, microwave-toolbox) of releases 10.0.0,
13.0.4 and 14; `operators.json` holds names, kinds, defaults, allowed values and intervals of 14 and how the others
differ (null: not there).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from eo.snap.errors import InvalidGraph, SnapNotFound

Release = Literal["10.0.0", "13.0.4", "14"]
RELEASES: tuple[Release, ...] = get_args(Release)
Kind = Literal["boolean", "integer", "number", "string", "strings", "file", "rectangle", "geometry"]
_TABLE = Path(__file__).with_name("operators.json")


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operator.

    Args:
        default: as written in XML; None where there is none.
        values: the allowed ones; empty where any will do.
        interval: of numbers, as `(1, 100]` or `[1, *)`; None where any will do.
        not_empty: an empty element is refused.
    """

    name: str
    kind: Kind
    default: str | None = None
    values: tuple[str, ...] = ()
    interval: str | None = None
    not_empty: bool = False


@dataclass(frozen=True)
class Operator:
    """An operator, the number of products it takes and its parameters in the order of its declaration."""

    name: str
    sources: Literal["none", "one", "many"]
    parameters: Mapping[str, Parameter]


def release_of(version: str) -> Release:
    """Return the release whose facts serve for a version (`13.0.1`): the newest known that is not of a later major.

    Raises:
        SnapNotFound: a version older than any known, or none.
    """
    found = re.match(r"\s*(\d+)", version)
    if not found or int(found.group(1)) < 10:
        raise SnapNotFound(
            f"SNAP {version.strip()} is too old, or not a version of SNAP; 10 and newer are used.",
            hint="Install SNAP 13 or 14.",
        )
    major = int(found.group(1))
    return "14" if major >= 14 else "13.0.4" if major == 13 else "10.0.0"


@lru_cache
def operator(name: str, release: Release) -> Operator:
    """Return what is known of an operator.

    Raises:
        InvalidGraph: not an operator that is known here.
    """
    table = _table()
    if name not in table:
        raise InvalidGraph(f"There is no operator {name!r}; known are: {', '.join(table)}.")
    known = {n: _in_release(facts, release) for n, facts in table[name]["parameters"].items()}
    parameters = {n: _parameter(n, facts) for n, facts in known.items() if facts is not None}
    return Operator(name, table[name]["sources"], parameters)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(_TABLE.read_text())
    return table


def _in_release(facts: dict[str, Any], release: Release) -> dict[str, Any] | None:
    differences = facts.get("releases", {}).get(release, {})
    return None if differences is None else {**facts, **differences}


def _parameter(name: str, facts: Mapping[str, Any]) -> Parameter:
    values = tuple(facts.get("values", ()))
    return Parameter(
        name, facts["kind"], facts.get("default"), values, facts.get("interval"), facts.get("not_empty", False)
    )
