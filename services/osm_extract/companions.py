"""What goes along with the features: the meaning of their columns, and the terms they are under."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import eo
from eo.io.feature_files import short_names
from eo.vector.mgcp import catalogue
from eo.vector.osm_extract import FeatureTable
from eo.vector.osm_rules import rules

ODBL = Path(eo.__file__).parent / "data" / "odbl-1.0.txt"
COLUMNS = ("table", "title", "column", "short_name", "type", "meaning", "values")


def dictionary(tables: Sequence[FeatureTable], *, short: bool) -> str:
    """Return the meaning of every column as CSV.

    Args:
        short: with the names that shapefiles have; they have no `tags`.
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for table in tables:
        names = short_names(field.name for field in table.fields) if short else {}
        for field in table.fields:
            if short and field.name == "tags":
                continue
            meaning, values = field.meaning, _values(table, field.name)
            rows.writerow((table.name, table.title, field.name, names.get(field.name, ""), field.type, meaning, values))
    return text.getvalue()


def _values(table: FeatureTable, column: str) -> str:
    if column in ("ffn", "fun"):
        return "; ".join(f"{code} {name}" for code, name in rules().domains[column].items())
    book = catalogue()
    if table.name in book.features and column in book.features[table.name].attributes:
        names = book.attributes[column].values
        return "; ".join(f"{code} {names[code]}" for code in book.allowed(table.name, column))
    return "; ".join(table.classes) if column == "class" else ""


def licence_text(about: Mapping[str, str]) -> str:
    """Return whose data these are, of when, and the licence they are under."""
    told = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in about.items())
    return (
        f"{told}\n\nWhat you make of these data and make public stays under the Open Database License, and says\n"
        f"{about['attribution']}.\n\n{'=' * 78}\n\n{ODBL.read_text(encoding='utf-8')}"
    )
