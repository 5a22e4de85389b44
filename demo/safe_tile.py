"""The XML document of a Sentinel-2 granule (MTD_TL.xml): grid, angles, masks.

Element names and order follow real products (processing baseline 04.00) and the Products Specification Document.
"""

from xml.etree.ElementTree import Element, SubElement

import numpy as np
from numpy.typing import NDArray

from demo.grid import Grid
from demo.msi import BANDS
from demo.safe_metadata import Product, content, document_root
from demo.xml import node

ANGLE_STEP_M = 5000
VIEW_ZENITH_DEG = 4.2
VIEW_AZIMUTH_DEG = 104.0
DETECTOR = 6


def tile_document(product: Product) -> Element:
    """Describe the granule (MTD_TL.xml): grid, angles, masks."""
    root = document_root(
        product, f"Level-{product.level[1:]}_Tile_ID", f"S2_PDI_Level-{product.level[1:]}_Tile_Metadata.xsd"
    )
    acquisition = product.acquisition
    general = SubElement(root, "n1:General_Info")
    if product.level == "L2A":
        general.append(node("L1C_TILE_ID", acquisition.identifier("L1C", "TL"), metadataLevel="Brief"))
    general.extend(
        [
            node("TILE_ID", acquisition.identifier(product.level, "TL"), metadataLevel="Brief"),
            node("DATASTRIP_ID", acquisition.identifier(product.level, "DS"), metadataLevel="Standard"),
            node("DOWNLINK_PRIORITY", "NOMINAL", metadataLevel="Standard"),
            node("SENSING_TIME", f"{acquisition.sensed:%Y-%m-%dT%H:%M:%S.%f}Z", metadataLevel="Standard"),
            node(
                "Archiving_Info",
                node("ARCHIVING_CENTRE", "DEMO"),
                node("ARCHIVING_TIME", f"{acquisition.generated:%Y-%m-%dT%H:%M:%S.%f}Z"),
                metadataLevel="Expertise",
            ),
        ]
    )
    root.append(node("n1:Geometric_Info", _geocoding(product.grid), _angles(product)))
    masks = [
        node("MASK_FILENAME", path, **({} if index is None else {"bandId": index}), type=kind)
        for kind, index, path in product.masks
    ]
    root.append(
        node(
            "n1:Quality_Indicators_Info",
            node(
                "Image_Content_QI",
                node("CLOUDY_PIXEL_PERCENTAGE", f"{product.statistics.cloudy:.6f}"),
                *content(product),
            ),
            node("Pixel_Level_QI", *masks, geometry="FULL_RESOLUTION"),
            node("PVI_FILENAME", product.preview),
            metadataLevel="Standard",
        )
    )
    return root


def _geocoding(grid: Grid) -> Element:
    zone, side = grid.epsg % 100, "N" if grid.epsg < 32700 else "S"
    sizes, positions = [], []
    for resolution in (10, 20, 60):
        level = grid.coarser(resolution // 10)
        sizes.append(node("Size", node("NROWS", level.height), node("NCOLS", level.width), resolution=resolution))
        positions.append(
            node(
                "Geoposition",
                node("ULX", f"{grid.left_m:.0f}"),
                node("ULY", f"{grid.top_m:.0f}"),
                node("XDIM", resolution),
                node("YDIM", -resolution),
                resolution=resolution,
            )
        )
    return node(
        "Tile_Geocoding",
        node("HORIZONTAL_CS_NAME", f"WGS84 / UTM zone {zone}{side}"),
        node("HORIZONTAL_CS_CODE", f"EPSG:{grid.epsg}"),
        *sizes,
        *positions,
        metadataLevel="Brief",
    )


def _angles(product: Product) -> Element:
    """Sun and view angles; over so small a granule they are constant to a tenth of a degree."""
    sun = product.sun_zenith_deg, product.sun_azimuth_deg
    view = VIEW_ZENITH_DEG, VIEW_AZIMUTH_DEG
    return node(
        "Tile_Angles",
        node("Sun_Angles_Grid", *_angle_grids(product.grid, *sun)),
        node("Mean_Sun_Angle", *_angle_pair(*sun)),
        *(
            node(
                "Viewing_Incidence_Angles_Grids",
                *_angle_grids(product.grid, *view),
                bandId=band.index,
                detectorId=DETECTOR,
            )
            for band in BANDS
        ),
        node(
            "Mean_Viewing_Incidence_Angle_List",
            *(node("Mean_Viewing_Incidence_Angle", *_angle_pair(*view), bandId=band.index) for band in BANDS),
        ),
        metadataLevel="Standard",
    )


def _angle_pair(zenith_deg: float, azimuth_deg: float) -> list[Element]:
    return [
        node("ZENITH_ANGLE", f"{zenith_deg:.9f}", unit="deg"),
        node("AZIMUTH_ANGLE", f"{azimuth_deg:.9f}", unit="deg"),
    ]


def _angle_grids(grid: Grid, zenith_deg: float, azimuth_deg: float) -> list[Element]:
    shape = int(grid.height_m // ANGLE_STEP_M) + 2, int(grid.width_m // ANGLE_STEP_M) + 2
    return [
        _angle_grid("Zenith", np.full(shape, zenith_deg)),
        _angle_grid("Azimuth", np.full(shape, azimuth_deg)),
    ]


def _angle_grid(tag: str, values_deg: NDArray[np.float64]) -> Element:
    rows = [node("VALUES", " ".join(f"{value:.4f}" for value in row)) for row in values_deg]
    return node(
        tag,
        node("COL_STEP", ANGLE_STEP_M, unit="m"),
        node("ROW_STEP", ANGLE_STEP_M, unit="m"),
        node("Values_List", *rows),
    )
