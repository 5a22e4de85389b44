"""A few words for writing XML documents as nested calls."""

from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, indent


def node(tag: str, *content: Element | str | float, **attributes: str | float) -> Element:
    """Make an element: text and numbers become its text, elements its children."""
    made = Element(tag, {name.rstrip("_"): str(value) for name, value in attributes.items()})
    for item in content:
        if isinstance(item, Element):
            made.append(item)
        else:
            made.text = f"{made.text or ''}{item}"
    return made


def write_xml(path: Path, root: Element) -> None:
    """Write a document, indented, as UTF-8."""
    indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree(root).write(path, encoding="UTF-8", xml_declaration=True)
