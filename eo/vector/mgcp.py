"""The catalogue of the Multinational Geospatial Co-production Program: which features, forms and attributes it knows.

Source: MGCP Feature and Attribute Catalogue TRD4 v4.6, 2021-01-29; `mgcp.json` holds of it what the rules use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("mgcp.json")
AttributeType = Literal["code", "text", "integer", "real"]
FORMS: Mapping[str, str] = {"P": "Point", "L": "LineString", "A": "MultiPolygon"}


@dataclass(frozen=True)
class Attribute:
    """An attribute of the catalogue.

    Args:
        values: names by code, empty unless it is a code.
        length: characters that a text may have.
    """

    code: str
    name: str
    type: AttributeType
    unit: str
    length: int
    values: Mapping[int, str]


@dataclass(frozen=True)
class Feature:
    """A feature of the catalogue in one form: `AAL015`, the area of a general building.

    Args:
        attributes: by code; None where every value of the attribute is allowed, else those that are.
    """

    name: str
    attributes: Mapping[str, tuple[int, ...] | None]


@dataclass(frozen=True)
class Catalogue:
    """What the catalogue says of the codes that the rules use."""

    title: str
    attributes: Mapping[str, Attribute]
    features: Mapping[str, Feature]

    def forms(self, code: str) -> str:
        """Return the forms, of A, L and P, that a feature code may have; empty for one of another standard."""
        return "".join(form for form in "ALP" if f"{form}{code}" in self.features)

    def allowed(self, feature: str, attribute: str) -> tuple[int, ...]:
        """Return the codes that an attribute of a feature may have."""
        own = self.features[feature].attributes.get(attribute)
        return own if own is not None else tuple(self.attributes[attribute].values)


@cache
def catalogue() -> Catalogue:
    """Return the catalogue."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    attributes = {
        code: Attribute(
            code=code,
            name=entry["name"],
            type=entry["type"],
            unit=entry.get("unit", ""),
            length=entry.get("length", 0),
            values={int(value): name for value, name in entry.get("values", {}).items()},
        )
        for code, entry in stored["attributes"].items()
    }
    features = {
        key: Feature(entry["name"], {a: tuple(v) if v else None for a, v in entry["attributes"].items()})
        for key, entry in stored["features"].items()
    }
    return Catalogue(stored["catalogue"], attributes, features)
