"""The landscape as OpenStreetMap has it: its town, roads, lines and borders, and one object of every kind there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import osmium
import shapely
from osmium.osm.mutable import Node, Relation, Way
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from demo.landscape import Landscape
from eo.vector.osm_match import CLOSED_WAY, NODE, WAY, Matcher
from eo.vector.osm_rules import ANY, Layer, Rule, Rules, rules

EDITED = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)
YARD = (0.05, 0.30)
"""Where the samples of every rule stand, in rows."""
SPACING_M, SIZE_M = 40.0, 9.0
OTHER = "sample"
HOUSES = ("house", "apartments", "residential", "retail", "school", "church", "garage")
ROADS = {"motorway": "motorway", "primary": "primary", "secondary": "secondary", "lane": "track"}
Tags = dict[str, str]


@dataclass
class Extract:
    """Nodes, ways and relations, numbered as they come; placed by shapes in the landscape's CRS."""

    landscape: Landscape
    nodes: list[Node] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)

    def point(self, place: Point, tags: Tags) -> int:
        """Add a node with tags."""
        return self._nodes([(place.x, place.y)], tags)[0]

    def line(self, line: LineString, tags: Tags) -> int:
        """Add a way."""
        return self._way(self._nodes(list(line.coords)), tags)

    def area(self, polygon: Polygon, tags: Tags) -> int:
        """Add a closed way, or a relation where the polygon has holes."""
        rings = [polygon.exterior, *polygon.interiors]
        if len(rings) == 1:
            return self._ring(polygon.exterior.coords, tags)
        ways = [self._ring(ring.coords, {}) for ring in rings]
        return self.relation(ways, ["outer", *["inner"] * (len(rings) - 1)], {"type": "multipolygon", **tags})

    def relation(self, ways: Sequence[int], roles: Sequence[str], tags: Tags) -> int:
        """Add a relation of ways."""
        members = [("w", way, role) for way, role in zip(ways, roles, strict=True)]
        number = len(self.relations) + 1
        self.relations.append(Relation(id=number, version=1, timestamp=EDITED, tags=tags, members=members))
        return number

    def write(self, path: Path) -> None:
        """Write the extract as PBF."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        header = osmium.io.Header()
        header.set("osmosis_replication_timestamp", f"{EDITED:%Y-%m-%dT%H:%M:%SZ}")
        with osmium.SimpleWriter(str(path), header=header) as writer:
            for entry in (*self.nodes, *self.ways, *self.relations):
                writer.add(entry)

    def _ring(self, coordinates: Iterable[tuple[float, ...]], tags: Tags) -> int:
        numbers = self._nodes(list(coordinates)[:-1])
        return self._way([*numbers, numbers[0]], tags)

    def _way(self, nodes: list[int], tags: Tags) -> int:
        number = len(self.ways) + 1
        self.ways.append(Way(id=number, version=1, timestamp=EDITED, tags=tags, nodes=nodes))
        return number

    def _nodes(self, places: Sequence[tuple[float, ...]], tags: Tags | None = None) -> list[int]:
        placed = self.landscape.grid.lonlat(LineString(places) if len(places) > 1 else Point(places[0]))
        first = len(self.nodes) + 1
        for number, (x, y) in enumerate(placed.coords, first):
            location = (round(x, 7), round(y, 7))
            self.nodes.append(Node(id=number, version=1, timestamp=EDITED, tags=tags or {}, location=location))
        return list(range(first, first + len(places)))


def make_osm(path: Path, landscape: Landscape) -> Path:
    """Write the extract and return its path."""
    extract = Extract(landscape)
    rng = landscape.rng("osm")
    for settlement in landscape.settlements:
        _settlement(extract, settlement.name, settlement.kind, settlement.outline, settlement.buildings, rng)
    for number, road in enumerate(landscape.roads, 1):
        tags = {"highway": ROADS[road.kind], "surface": "ground" if road.kind == "lane" else "asphalt"}
        tags |= {} if road.kind == "lane" else {"ref": f"D{number}", "lanes": "2", "maxspeed": "90"}
        for line in _parts(road.line):
            extract.line(line, tags)
    _power(extract, landscape.power)
    _borders(extract)
    _coast_and_rail(extract)
    for place, (layer, rule, geometry) in zip(_yard(landscape), _samples(rules()), strict=False):
        _sample(extract, place, layer, rule, geometry)
    extract.write(path)
    return path


def sample_tags(layer: Layer, rule: Rule, geometry: str, matcher: Matcher) -> Tags | None:
    """Return tags by which a rule is the first of its layer to match; None where others always come first."""
    form = {"P": NODE, "L": WAY, "A": CLOSED_WAY}[geometry]
    first, *others = rule.when.items()
    for value in [OTHER] if first[1] == ANY else first[1]:
        tags = {first[0]: value} | {key: OTHER if values == ANY else values[0] for key, values in others}
        tags |= {"area": "yes"} if rule.closed_as_line and geometry == "A" else {}
        found = next((m for m in matcher.matches(tags, form) if m.layer is layer), None)
        if found and found.rule is rule and found.geometry == geometry:
            return tags
    return None


def _samples(known: Rules) -> list[tuple[Layer, Rule, str]]:
    return [
        (layer, rule, geometry)
        for layer in known.layers
        for rule in layer.rules
        for geometry in sorted(rule.geometries)
    ]


def _sample(extract: Extract, place: Point, layer: Layer, rule: Rule, geometry: str) -> None:
    tags = sample_tags(layer, rule, geometry, Matcher(rules()))
    if tags is None:
        return
    tags |= {"name": f"{layer.title}: {rule.class_name}"}
    x, y = place.x, place.y
    if geometry == "P":
        extract.point(place, tags)
    elif geometry == "L":
        extract.line(LineString([(x - SIZE_M, y), (x, y + 2), (x + SIZE_M, y)]), tags)
    else:
        extract.area(box(x - SIZE_M, y - SIZE_M, x + SIZE_M, y + SIZE_M), tags)


def _yard(landscape: Landscape) -> Iterable[Point]:
    """Yield places in rows of 30."""
    x, y = landscape.grid.at(*YARD)
    return (Point(x + SPACING_M * (k % 30), y - SPACING_M * (k // 30)) for k in range(10_000))


def _settlement(
    extract: Extract, name: str, kind: str, outline: Polygon, buildings: Sequence[Polygon], rng: np.random.Generator
) -> None:
    ground = {"industry": "industrial", "military": "military"}.get(kind, "residential")
    tags = {"landuse": ground, "name": name} | ({"military": "barracks"} if kind == "military" else {})
    extract.area(outline, tags)
    if kind in ("town", "village"):
        population = "21500" if kind == "town" else str(200 + 40 * len(buildings) // 10)
        extract.point(outline.centroid, {"place": kind, "name": name, "population": population})
    if kind == "military":
        fence = {"barrier": "fence", "fence_type": "chain_link"}
        extract.line(LineString(outline.buffer(5).exterior.coords[:-1]), fence)
    for building in buildings:
        what = {"industry": "industrial", "military": "barracks"}.get(kind) or HOUSES[int(rng.integers(len(HOUSES)))]
        extract.area(building, {"building": what, "building:levels": str(1 + int(rng.integers(4)))})


def _power(extract: Extract, line: LineString) -> None:
    tags = {"power": "line", "voltage": "220000;110000", "cables": "6", "operator": "Rete Demo"}
    extract.line(line, tags)
    for distance in np.arange(0, line.length, 350.0):
        extract.point(line.interpolate(distance), {"power": "tower"})
    start = Point(line.coords[0])
    extract.area(start.buffer(60, cap_style="square"), {"power": "substation", "voltage": "220000", "name": "Demo"})


def _borders(extract: Extract) -> None:
    """A country that ends inside of the landscape, its neighbour, and posts where the motorway crosses."""
    west, south, east, north = extract.landscape.grid.outline.bounds
    middle = west + 0.3 * (east - west)
    boundary = {"boundary": "administrative", "admin_level": "2"}
    border = extract.line(LineString([(middle, north), (middle, south)]), boundary)
    for name, code, edge in (("Ponente", "XA", west), ("Levante", "XB", east)):
        corners = [(middle, south), (edge, south), (edge, north), (middle, north)]
        rest = extract.line(LineString(corners), boundary)
        _join(extract, border, rest)
        tags = {"type": "boundary", **boundary, "name": name, "name:en": name, "ISO3166-1:alpha2": code}
        extract.relation([border, rest], ["outer", "outer"], tags)
    crossing = LineString([(middle, north), (middle, south)])
    for road in extract.landscape.roads[:3]:
        for point in _parts(road.line.intersection(crossing)):
            extract.point(Point(point.coords[0]), {"barrier": "border_control", "name": f"Valico {road.kind}"})


def _join(extract: Extract, first: int, second: int) -> None:
    """Let two ways share their ends, as a ring of a relation does."""
    ends, nodes = (list(extract.ways[number - 1].nodes or ()) for number in (first, second))
    extract.ways[second - 1].nodes = [ends[-1], *nodes[1:-1], ends[0]]


def _coast_and_rail(extract: Extract) -> None:
    """A port before the town, a ferry, a breakwater; a railway along the shore road; a camp by the village."""
    landscape = extract.landscape
    at = landscape.grid.at
    x, y = at(0.76, 0.30)
    extract.area(box(x - 220, y - 90, x + 220, y + 90), {"landuse": "port", "name": "Porto di Portovento"})
    extract.line(LineString([(x + 220, y), (x + 420, y + 160), (x + 600, y + 170)]), {"man_made": "breakwater"})
    extract.point(Point(x + 100, y), {"amenity": "ferry_terminal", "name": "Traghetti"})
    shore = max(_parts(landscape.roads[1].line), key=lambda line: line.length)
    rail = shore.parallel_offset(160, "left").simplify(30)
    for line in _parts(rail):
        extract.line(line, {"railway": "rail", "electrified": "contact_line", "voltage": "3000", "gauge": "1435"})
    x, y = at(0.36, 0.80)
    camp = {"amenity": "refugee_site", "name": "Campo Nord", "capacity": "800", "operator": "UNHCR"}
    extract.area(box(x - 120, y - 80, x + 120, y + 80), camp)


def _parts(geometry: BaseGeometry) -> list[LineString]:
    """Return the single shapes of a geometry."""
    return [part for part in shapely.get_parts(geometry) if not part.is_empty]
