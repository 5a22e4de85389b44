"""Cloud masks as processing baselines before 04.00 hold them: outlines in GML instead of a raster."""

from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray
from rasterio.features import shapes

from demo.grid import Grid
from demo.xml import node, write_xml

Ring = list[tuple[float, float]]


def write_cloud_outlines(path: Path, masks: NDArray[np.uint8], grid: Grid) -> None:
    """Write the outlines of opaque cloud and cirrus, (2, y, x) of 0 and 1, as MSK_CLOUDS."""
    features = [
        _feature(kind, number, rings, grid)
        for kind, mask in zip(("OPAQUE", "CIRRUS"), masks, strict=True)
        for number, rings in enumerate(_outlines(mask, grid))
    ]
    root = node(
        "eop:Mask",
        node("gml:name", "MSK_CLOUDS pixels mask"),
        node("eop:maskMembers", *features),
        **{
            "xmlns:eop": "http://www.opengis.net/eop/2.0",
            "xmlns:gml": "http://www.opengis.net/gml/3.2",
            "gml:id": f"MSK_CLOUDS_{grid.epsg}",
        },
    )
    write_xml(path, root)


def _outlines(mask: NDArray[np.uint8], grid: Grid) -> list[list[Ring]]:
    """The rings of every patch, the outer one first."""
    return [outline["coordinates"] for outline, _ in shapes(mask, mask=mask > 0, transform=grid.transform)]


def _feature(kind: str, number: int, rings: list[Ring], grid: Grid) -> Element:
    made = [
        node(
            f"gml:{'interior' if index else 'exterior'}",
            node(
                "gml:LinearRing",
                node("gml:posList", " ".join(f"{x:.0f} {y:.0f}" for x, y in ring), srsDimension=2),
            ),
        )
        for index, ring in enumerate(rings)
    ]
    return node(
        "eop:MaskFeature",
        node("eop:maskType", kind, codeSpace="urn:gs2:S2PDGS:maskType"),
        node("eop:extentOf", node("gml:Polygon", *made, srsName=f"urn:ogc:def:crs:EPSG:8.7.1:{grid.epsg}")),
        **{"gml:id": f"{kind}.{number}"},
    )
