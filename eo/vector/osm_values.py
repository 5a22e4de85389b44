"""What the values of OpenStreetMap tags mean: numbers with their units, yes and no, addresses, conditions.

The same readings stand in `osm_flex.lua`; a test holds the two together on real extracts.
Source: OpenStreetMap Wiki, Map features/Units; Key:oneway; Key:surface; Lifecycle prefix.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Tags = Mapping[str, str]
_NUMBER = re.compile(r"\s*(-?[0-9]+\.?[0-9]*)\s*(.*)", re.DOTALL)
_FEET = re.compile(r"\s*([0-9]+)'\s*([0-9]+)\"\s*")
UNITS: Mapping[str, Mapping[str, float]] = {
    "metres": {
        "": 1,
        "m": 1,
        "metre": 1,
        "metres": 1,
        "meter": 1,
        "meters": 1,
        "km": 1000,
        "cm": 0.01,
        "mm": 0.001,
        "ft": 0.3048,
        "feet": 0.3048,
        "'": 0.3048,
        "mi": 1609.344,
    },
    "millimetres": {"": 1, "mm": 1, "cm": 10, "m": 1000, "in": 25.4, '"': 25.4},
    "kilometres_per_hour": {"": 1, "km/h": 1, "kmh": 1, "kph": 1, "mph": 1.609344, "knots": 1.852},
    "tonnes": {"": 1, "t": 1, "kg": 0.001, "lbs": 0.00045359237, "st": 0.90718474},
    "megawatts": {"": 1e-6, "w": 1e-6, "kw": 1e-3, "mw": 1, "gw": 1e3, "kwp": 1e-3, "mwp": 1},
}
PAVED = frozenset(
    re.findall(
        r"\S+",
        "paved asphalt concrete concrete:plates concrete:lanes paving_stones sett cobblestone unhewn_cobblestone metal "
        "wood chipseal bricks",
    )
)
UNPAVED = frozenset(
    re.findall(
        r"\S+",
        "unpaved compacted fine_gravel gravel pebblestone ground dirt earth grass mud sand rock clay snow ice "
        "grass_paver",
    )
)
NO = frozenset(("no", "false", "0"))
ONEWAY: Mapping[str, int] = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1, "no": 0, "false": 0, "0": 0}
CONDITION_PREFIXES: Mapping[str, int] = {
    "construction": 1,
    "disused": 2,
    "abandoned": 2,
    "ruins": 3,
    "destroyed": 3,
    "demolished": 4,
    "razed": 4,
    "removed": 4,
    "damage": 13,
}
"""MGCP Condition of Facility (FUN) by a tag that says yes, or by the prefix of any tag."""
LARGEST: Mapping[str, int] = {"smallint": 32_767, "integer": 2**31 - 1, "bigint": 2**53}
LARGEST_REAL = 3.4e38


def read_value(kind: str, type: str, keys: Sequence[str], tags: Tags) -> Any:
    """Return the value of an attribute, None where the tags do not say it.

    Args:
        kind: of a column in the rules.
        type: of PostgreSQL; a number that it cannot hold is None.
        keys: tags, the first that is there counts.
    """
    if kind == "address":
        return address(keys, tags)
    text = next((tags[key] for key in keys if tags.get(key)), None)
    if text is None:
        return None
    value = _READERS[kind](text) if kind in _READERS else quantity(text, UNITS[kind])
    if type == "real":
        return value if value is not None and abs(value) < LARGEST_REAL else None
    if type in LARGEST:
        return int(value) if value is not None and abs(value) <= LARGEST[type] else None
    return value


def number(text: str) -> float | None:
    """Return the number a text begins with."""
    found = _NUMBER.match(text)
    return float(found[1]) if found else None


def quantity(text: str, units: Mapping[str, float]) -> float | None:
    """Return a number in the unit whose factor is 1; None where the text has another unit."""
    feet = _FEET.fullmatch(text)
    if feet and "'" in units:
        return (int(feet[1]) + int(feet[2]) / 12) * units["'"]
    found = _NUMBER.match(text)
    factor = units.get(found[2].strip().lower()) if found else None
    return float(found[1]) * factor if found and factor is not None else None


def largest(text: str) -> float | None:
    """Return the largest of several numbers, separated by semicolons."""
    found = [value for part in text.split(";") if (value := number(part)) is not None]
    return max(found) if found else None


def paved(text: str) -> int | None:
    """Return 1 for a paved surface, 0 for an unpaved one."""
    return 1 if text in PAVED else 0 if text in UNPAVED else None


def address(keys: Sequence[str], tags: Tags) -> str | None:
    """Return house number, street, postcode and city, given as four keys, in one line."""
    parts = [tags.get(key, "") for key in keys]
    lines = [" ".join(filter(None, pair)) for pair in (parts[1::-1], parts[2:])]
    return ", ".join(filter(None, lines)) or None


def condition(tags: Tags, attributes: Mapping[str, str]) -> int | None:
    """Return the MGCP condition of a facility (FUN); None where nothing speaks of it.

    Args:
        attributes: of the rule, whose own condition counts first.
    """
    given = attributes.get("FUN", "")[:2].strip()
    if given.isdigit():
        return int(given)
    found = [
        CONDITION_PREFIXES[head]
        for key, value in tags.items()
        if (head := key.partition(":")[0]) in CONDITION_PREFIXES and value not in NO
    ]
    return max(found) if found else None


_READERS: Mapping[str, Callable[[str], Any]] = {
    "text": lambda text: text,
    "number": number,
    "integer": number,
    "largest": largest,
    "yes_no": lambda text: text not in NO,
    "oneway": ONEWAY.get,
    "paved": paved,
}
