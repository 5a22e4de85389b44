"""The value of a parameter as text of a graph, checked against what its operator allows."""

import math
import re
from collections.abc import Callable
from os import PathLike, fspath
from typing import Any

from eo.snap.errors import InvalidGraph
from eo.snap.operators import Kind, Parameter

_INTERVAL = re.compile(r"([\[(])\s*(\S+)\s*,\s*(\S+?)\s*([\])])")


def as_text(operator: str, parameter: Parameter, value: Any) -> str:
    """Return a value as it stands in a graph.

    Args:
        value: of the Python type that belongs to the parameter's kind; a choice among texts is always a text ("7x7").

    Raises:
        InvalidGraph: of another type, not among the allowed values, or outside the interval.
    """
    text = _WRITERS[parameter.kind](value)
    where = f"{operator}.{parameter.name}"
    if text is None:
        raise InvalidGraph(f"{where} is {value!r}; it takes {_WORDS[parameter.kind]}.")
    if parameter.values and text not in parameter.values:
        raise InvalidGraph(f"{where} is {text!r}; allowed are: {', '.join(parameter.values)}.")
    if parameter.interval and not _inside(float(value), parameter.interval):
        raise InvalidGraph(f"{where} is {text}; it has to lie in {parameter.interval}.")
    if "${" in text:
        raise InvalidGraph(f"{where} is {text!r}; SNAP would read '${{' as a variable.", hint="Rename the file.")
    if any(not c.isprintable() for c in text):
        raise InvalidGraph(f"{where} is {text!r}; it holds characters that XML cannot.", hint="Rename the file.")
    return text


def _boolean(value: Any) -> str | None:
    return ("true" if value else "false") if isinstance(value, bool) else None


def _integer(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Any) -> str | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return repr(float(value)) if fits else None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _strings(value: Any) -> str | None:
    whole = isinstance(value, tuple | list) and len(value) > 0
    return ",".join(value) if whole and all(_string(v) and "," not in v for v in value) else None


def _file(value: Any) -> str | None:
    return fspath(value) or None if isinstance(value, str | PathLike) else None


def _rectangle(value: Any) -> str | None:
    whole = isinstance(value, tuple) and len(value) == 4 and all(_integer(v) for v in value)
    return ",".join(map(str, value)) if whole else None


_WRITERS: dict[Kind, Callable[[Any], str | None]] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "string": _string,
    "strings": _strings,
    "file": _file,
    "rectangle": _rectangle,
    "geometry": _string,
}
_WORDS: dict[Kind, str] = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "strings": "texts without commas",
    "file": "a path",
    "rectangle": "x, y, width, height in pixels",
    "geometry": "a geometry as WKT",
}


def _inside(value: float, interval: str) -> bool:
    found = _INTERVAL.fullmatch(interval.strip())
    if not found:
        raise ValueError(f"not an interval: {interval}")
    opens, low, high, closes = found.groups()
    above = low == "*" or value > float(low) or (opens == "[" and value == float(low))
    below = high == "*" or value < float(high) or (closes == "]" and value == float(high))
    return above and below
