"""A project for QGIS 3: layers by relative path, drawn in one colour each, or a shade for each class.

Source: QGIS 3 project files as documented by what QGIS itself writes (qgis.org, XML of maplayer and renderer-v2).
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

VERSION = "3.22.0"
_SYMBOLS = {"Point": ("marker", "SimpleMarker"), "Line": ("line", "SimpleLine"), "Polygon": ("fill", "SimpleFill")}
_WGS84 = {
    "authid": "EPSG:4326",
    "srid": "4326",
    "srsid": "3452",
    "description": "WGS 84",
    "ellipsoidacronym": "EPSG:7030",
}


@dataclass(frozen=True)
class ProjectLayer:
    """A layer of the project.

    Args:
        source: file beside the project, as OGR names it.
        geometry: as in Simple Features.
        classes: values of its field `class`; none for one symbol.
    """

    name: str
    source: str
    geometry: str
    colour: str
    classes: Sequence[str] = ()


def shades(colour: str, count: int) -> list[str]:
    """Return shades of a colour `#rrggbb`, from darker to lighter; one is the colour itself."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    found = []
    for number in range(count):
        shift = 0.0 if count == 1 else 0.36 * number / (count - 1) - 0.18
        mixed = colorsys.hls_to_rgb(hue, min(max(lightness + shift, 0.15), 0.85), saturation)
        found.append("#" + "".join(f"{round(part * 255):02x}" for part in mixed))
    return found


def qgis_project(title: str, layers: Sequence[ProjectLayer]) -> str:
    """Return the project as XML; lines lie over areas, points over lines."""
    root = ElementTree.Element("qgis", projectname=title, version=VERSION)
    ElementTree.SubElement(root, "title").text = title
    _reference_system(ElementTree.SubElement(root, "projectCrs"))
    properties = ElementTree.SubElement(ElementTree.SubElement(root, "properties"), "SpatialRefSys")
    ElementTree.SubElement(properties, "ProjectionsEnabled", type="int").text = "1"  # else it reads no projectCrs
    tree = ElementTree.SubElement(root, "layer-tree-group")
    project = ElementTree.SubElement(root, "projectlayers")
    for number, layer in enumerate(sorted(layers, key=lambda one: list(_SYMBOLS).index(_kind(one.geometry)))):
        identity = f"groundwork_layer_{number:03}"  # one of ten letters or fewer it replaces, and finds no layer then
        ElementTree.SubElement(
            tree,
            "layer-tree-layer",
            {
                "id": identity,
                "name": layer.name,
                "source": layer.source,
                "providerKey": "ogr",
                "checked": "Qt::Checked",
            },
        )
        _layer(project, identity, layer)
    ElementTree.indent(root)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ElementTree.tostring(root, "unicode")


def _layer(project: ElementTree.Element, identity: str, layer: ProjectLayer) -> None:
    kind = _kind(layer.geometry)
    element = ElementTree.SubElement(project, "maplayer", type="vector", geometry=kind, wkbType=layer.geometry)
    for name, text in (("id", identity), ("datasource", layer.source), ("layername", layer.name)):
        ElementTree.SubElement(element, name).text = text
    _reference_system(ElementTree.SubElement(element, "srs"))
    ElementTree.SubElement(element, "provider", encoding="UTF-8").text = "ogr"
    by_class = len(layer.classes) > 1
    renderer = ElementTree.SubElement(
        element, "renderer-v2", type="categorizedSymbol" if by_class else "singleSymbol", symbollevels="0"
    )
    colours = shades(layer.colour, len(layer.classes) if by_class else 1)
    if by_class:
        renderer.set("attr", "class")
        categories = ElementTree.SubElement(renderer, "categories")
        for number, name in enumerate(layer.classes):
            label = name.replace("_", " ")
            entry = {"render": "true", "symbol": str(number), "value": name, "label": label, "type": "string"}
            ElementTree.SubElement(categories, "category", entry)
    symbols = ElementTree.SubElement(renderer, "symbols")
    for number, colour in enumerate(colours):
        _symbol(symbols, str(number), kind, colour)


def _symbol(symbols: ElementTree.Element, name: str, kind: str, colour: str) -> None:
    type_, drawn_by = _SYMBOLS[kind]
    symbol = ElementTree.SubElement(symbols, "symbol", type=type_, name=name, alpha="1", clip_to_extent="1")
    layer = ElementTree.SubElement(symbol, "layer", {"class": drawn_by, "enabled": "1", "locked": "0", "pass": "0"})
    options = ElementTree.SubElement(layer, "Option", type="Map")
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    line, fill = f"{red},{green},{blue},255", f"{red},{green},{blue},90"
    values = {
        "Point": {"color": line, "outline_color": "255,255,255,255", "size": "2", "name": "circle"},
        "Line": {"line_color": line, "line_width": "0.4"},
        "Polygon": {"color": fill, "outline_color": line, "outline_width": "0.2"},
    }[kind]
    for key, value in values.items():
        ElementTree.SubElement(options, "Option", name=key, value=value, type="QString")


def _reference_system(parent: ElementTree.Element) -> None:
    system = ElementTree.SubElement(parent, "spatialrefsys")
    for name, value in _WGS84.items():
        ElementTree.SubElement(system, name).text = value


def _kind(geometry: str) -> str:
    return geometry.removeprefix("Multi").replace("LineString", "Line")
