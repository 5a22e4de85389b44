"""Columns of the tables as attributes of the MGCP catalogue: expressions in SQL, whose codes are the catalogue's.

Source: MGCP Feature and Attribute Catalogue TRD4 v4.6; OpenStreetMap Wiki for the values of tags.
"""

from collections.abc import Mapping, Sequence

from eo.vector.mgcp import Catalogue
from eo.vector.osm_rules import Layer
from eo.vector.osm_values import PAVED, UNPAVED

STANDARD_GAUGE_MM = 1435


def _cases(column: str, codes: Mapping[int, Sequence[str]]) -> str:
    """Return the code of a text; of several, separated by semicolons, the first counts."""
    first = f"lower(split_part({column}, ';', 1))"
    tests = " ".join(f"WHEN {first} IN ({_texts(values)}) THEN {code}" for code, values in codes.items())
    return f"CASE {tests} END"


def _texts(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


_PRODUCTS = {
    16: ["chemical", "chemicals", "ammonia", "ethylene"],
    45: ["gas", "natural_gas", "lng", "lpg", "cng", "biogas", "hydrogen"],
    46: ["petrol", "gasoline", "fuel", "diesel", "kerosene"],
    75: ["oil", "crude_oil", "heating_oil"],
    101: ["sewage", "wastewater", "slurry"],
    122: ["water", "hot_water", "drinking_water", "rainwater", "steam", "heat"],
}
_GAUGE = "(substring(gauge from '^[0-9]+')::float8)"
_LOCATIONS = {40: ["underground"], 44: ["overground", "surface", "indoor"], 45: ["overhead", "roof", "rooftop"]}
EXPRESSIONS: Mapping[str, Sequence[tuple[str, str]]] = {
    "FUN": [("fun", "fun")],
    "FFN": [("ffn", "ffn")],
    "HGT": [("height", "height")],
    "WID": [("width", "width")],
    "WD1": [("width", "width")],
    "LEN": [("length_m", "length_m")],
    "LTN": [("lanes", "lanes"), ("tracks", "tracks")],
    "IKO": [("icao", "icao")],
    "ZVA": [("ele", "ele")],
    "GAW": [("gauge", f"{_GAUGE} / 1000")],
    "RGC": [("gauge", f"CASE sign({_GAUGE} - {STANDARD_GAUGE_MM}) WHEN 0 THEN 3 WHEN 1 THEN 1 WHEN -1 THEN 2 END")],
    "RRA": [("electrified", _cases("electrified", {3: ["contact_line"], 1: ["rail", "4th_rail"], 4: ["no"]}))],
    "RST": [
        ("paved", "CASE paved WHEN 1 THEN 1 WHEN 0 THEN 2 END"),
        ("surface", _cases("surface", {1: sorted(PAVED), 2: sorted(UNPAVED)})),
    ],
    "LOC": [
        ("location", _cases("location", _LOCATIONS)),
        ("tunnel", "CASE WHEN tunnel THEN 40 WHEN bridge THEN 45 ELSE 44 END"),
    ],
    "PPC": [
        (
            "source",
            _cases(
                "source",
                {
                    1: ["hydro"],
                    2: ["nuclear"],
                    3: ["solar"],
                    4: ["geothermal"],
                    5: ["wind"],
                    6: ["tidal"],
                    7: ["coal", "gas", "oil", "diesel", "biomass", "biogas", "biofuel", "waste", "wood"],
                },
            ),
        )
    ],
    "PPO": [(column, _cases(column, _PRODUCTS)) for column in ("substance", "content", "product")],
    "HWT": [
        (
            "religion",
            _cases("religion", {4: ["christian"], 9: ["muslim"], 20: ["jewish"], 16: ["buddhist", "hindu", "sikh"]}),
        ),
        (
            "subclass",
            _cases(
                "subclass",
                {
                    2: ["cathedral"],
                    3: ["chapel"],
                    4: ["church"],
                    9: ["mosque"],
                    14: ["shrine"],
                    16: ["temple"],
                    20: ["synagogue"],
                    21: ["stupa"],
                },
            ),
        ),
    ],
    "TTC": [
        (
            "tower_type",
            _cases(
                "tower_type",
                {2: ["observation"], 5: ["lighting"], 8: ["cooling"], 18: ["communication"], 21: ["watchtower"]},
            ),
        )
    ],
}
"""What an attribute is read from: the first of these columns that a layer has."""
BY_LAYER: Mapping[tuple[str, str], int] = {
    ("railways", "TRS"): 12,
    ("maritime", "TRS"): 7,
    ("roads", "TRS"): 13,
    ("power", "CAB"): 2,
    ("telecom", "CAB"): 8,
}
"""What an attribute always is in a layer."""


def expression(catalogue: Catalogue, feature: str, attribute: str, layer: Layer) -> str | None:
    """Return the value of an attribute as SQL over a table of a layer; None where nothing in it speaks of that."""
    found = _rules(attribute, layer) or _column(attribute, layer)
    if found is None:
        return None
    about = catalogue.attributes[attribute]
    if about.type == "text":
        return f"left({found}, {about.length or 255})"
    if about.type != "code":
        return found
    allowed = catalogue.allowed(feature, attribute)
    values = ", ".join(map(str, allowed))
    return f"CASE WHEN ({found}) IN ({values}) THEN ({found}) ELSE {unknown(allowed)} END"


def unknown(allowed: Sequence[int]) -> str:
    """Return what stands for a code that nobody told."""
    return "0" if 0 in allowed else "NULL"


def _rules(attribute: str, layer: Layer) -> str | None:
    """Return what the rules themselves say, by class and subclass."""
    if (layer.id, attribute) in BY_LAYER:
        return str(BY_LAYER[layer.id, attribute])
    if attribute == "FUN":  # the importers read it into a column
        return None
    told: dict[tuple[str, tuple[str, ...]], int] = {}
    for rule in layer.rules:
        code = rule.attributes.get(attribute, "").partition(" ")[0]
        values = rule.when[next(iter(rule.when))]
        if code.isdigit() and not isinstance(values, str):
            told[rule.class_name, tuple(values)] = int(code)
    if not told:
        return None
    tests = " ".join(
        f"WHEN class = '{name}' AND subclass IN ({_texts(values)}) THEN {code}" for (name, values), code in told.items()
    )
    rest = _column(attribute, layer)
    return f"CASE {tests} {f'ELSE {rest} ' if rest else ''}END"


def _column(attribute: str, layer: Layer) -> str | None:
    there = {"fun", "ffn", "subclass", *(column.name for column in layer.columns)}
    return next((text for column, text in EXPRESSIONS.get(attribute, ()) if column in there), None)
