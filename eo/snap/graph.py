"""A graph of SNAP operators in which every parameter is written out, and its XML for `gpt`.

Defaults differ between releases of SNAP, so none is left to SNAP. What cannot be written is an empty rectangle or
geometry, or an empty text that SNAP refuses: where such a parameter has no value, and no default, its element is left
out; other parameters without a value are empty elements, as SNAP's own Graph Builder writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from eo.snap.errors import InvalidGraph
from eo.snap.operators import Operator, Parameter, Release, operator
from eo.snap.values import as_text

_PARAMETERS_CLASS = "com.bc.ceres.binding.dom.XppDomElement"


@dataclass(frozen=True)
class Node:
    """One operator in a graph.

    Args:
        sources: ids of the nodes whose products it takes, in their order.
        parameters: texts by name; an empty one means that nothing is set.
    """

    id: str
    operator: str
    sources: tuple[str, ...]
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which sources come before those who take them, for one release of SNAP."""

    release: Release
    nodes: tuple[Node, ...]

    @property
    def outputs(self) -> tuple[str, ...]:
        """Paths that its Write nodes write."""
        return tuple(n.parameters["file"] for n in self.nodes if n.operator == "Write")

    def to_xml(self) -> str:
        """Return the graph as `gpt` reads it."""
        root = Element("graph", id="Graph")
        SubElement(root, "version").text = "1.0"
        for node in self.nodes:
            _append(root, node)
        indent(root)
        return tostring(root, encoding="unicode") + "\n"


class GraphBuilder:
    """Puts a graph together, node by node, and checks each."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self._nodes: dict[str, Node] = {}

    def add(self, name: str, *sources: str, **values: Any) -> str:
        """Append an operator and return the id of its node; None as a value means that nothing is set.

        Raises:
            InvalidGraph: an operator, parameter or value that this release does not have, or sources that do not fit.
        """
        known = operator(name, self.release)
        unknown = [v for v in values if v not in known.parameters]
        if unknown:
            raise InvalidGraph(
                f"{name} of SNAP {self.release} has no parameter {', '.join(unknown)}; it has: "
                f"{', '.join(known.parameters) or 'none'}."
            )
        self._check_sources(known, sources)
        texts = {p.name: _text(name, p, values) for p in known.parameters.values()}
        node = Node(self._new_id(name), name, sources, {n: t for n, t in texts.items() if t is not None})
        self._nodes[node.id] = node
        return node.id

    def has(self, name: str, parameter: str) -> bool:
        """Say whether an operator has a parameter in this release."""
        return parameter in operator(name, self.release).parameters

    def build(self) -> Graph:
        """Return the graph.

        Raises:
            InvalidGraph: it writes nothing, or the product of a node is used by none.
        """
        used = {source for node in self._nodes.values() for source in node.sources}
        idle = [n.id for n in self._nodes.values() if n.operator != "Write" and n.id not in used]
        if idle or not self._nodes:
            raise InvalidGraph(f"Nothing is done with what {', '.join(idle) or 'an empty graph'} makes.")
        return Graph(self.release, tuple(self._nodes.values()))

    def _new_id(self, name: str) -> str:
        number = sum(n.operator == name for n in self._nodes.values()) + 1
        return name if number == 1 else f"{name}({number})"

    def _check_sources(self, known: Operator, sources: tuple[str, ...]) -> None:
        missing = [s for s in sources if s not in self._nodes]
        if missing:
            raise InvalidGraph(f"{known.name} takes the product of {', '.join(missing)}, which is not in the graph.")
        fits = {"none": len(sources) == 0, "one": len(sources) == 1, "many": len(sources) > 0}
        if not fits[known.sources]:
            raise InvalidGraph(f"{known.name} takes {known.sources} source(s); it was given {len(sources)}.")


def _text(name: str, parameter: Parameter, values: Mapping[str, Any]) -> str | None:
    """Return what stands in the element, None where there is to be none."""
    value = values.get(parameter.name)
    if value is not None:
        return as_text(name, parameter, value)
    if parameter.default is not None and parameter.name not in values:
        return parameter.default
    return None if parameter.not_empty or parameter.kind in ("rectangle", "geometry") else ""


def _append(root: Element, node: Node) -> None:
    element = SubElement(root, "node", id=node.id)
    SubElement(element, "operator").text = node.operator
    sources = SubElement(element, "sources")
    for number, source in enumerate(node.sources):
        SubElement(sources, f"sourceProduct.{number}" if number else "sourceProduct", refid=source)
    parameters = SubElement(element, "parameters", {"class": _PARAMETERS_CLASS})
    for name, text in node.parameters.items():
        SubElement(parameters, name).text = text or None
