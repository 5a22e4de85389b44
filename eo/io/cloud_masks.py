"""Cloud masks on any grid, out of whatever a product offers: scene classification, probability, its own masks."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element

import numpy as np
import shapely
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from eo.errors import MissingBand
from eo.io.grid import Grid, reproject_geometry
from eo.io.land import inside
from eo.io.product import Product, RasterSource
from eo.io.safe import parse_xml, text, texts
from eo.io.warp import read_block
from eo.optical import masks
from eo.optical.masks import SCL_CLOUD_CLASSES, Mask, MaskClass

CloudMaskName = Literal["scl", "probability", "product"]


@dataclass(frozen=True)
class CloudSource:
    """Where clouds are known from, and how far their margin reaches.

    Args:
        kind: `scl`, `probability`, `classification` (L1C raster), `outlines` (L1C vector) or `theia`.
        rasters: sources of the layers of that kind.
        opaque: outlines of opaque clouds in the grid's CRS.
        cirrus: outlines of cirrus in the grid's CRS.
        classes: scene classes that count as cloud; with 11 THEIA's snow does too.
        threshold_percent: least cloud probability that counts as cloud.
        dilation_m: width of the margin.
        resampling: of the layers.
    """

    kind: str
    rasters: tuple[RasterSource, ...] = ()
    opaque: BaseGeometry | None = None
    cirrus: BaseGeometry | None = None
    classes: tuple[int, ...] = SCL_CLOUD_CLASSES
    threshold_percent: float = 50.0
    dilation_m: float = 0.0
    resampling: str = "nearest"


def cloud_source(
    product: Product,
    name: CloudMaskName,
    grid: Grid,
    resolution_m: float,
    *,
    classes: Sequence[int] = SCL_CLOUD_CLASSES,
    threshold_percent: float = 50.0,
    dilation_m: float = 0.0,
    resampling: str = "nearest",
) -> CloudSource:
    """Prepare a cloud mask of a product on a grid.

    Args:
        name: `product` means the product's own cloud masks: MSK_CLASSI or MSK_CLOUDS of L1C, CLM of THEIA.

    Raises:
        MissingBand: the product has nothing of that kind; the message names what it has.
    """
    found = _find(product, name, grid, resolution_m, classes)
    return replace(
        found,
        classes=tuple(classes),
        threshold_percent=threshold_percent,
        dilation_m=dilation_m,
        resampling=resampling,
    )


def available_cloud_masks(product: Product) -> list[CloudMaskName]:
    """Return what kinds of cloud mask a product offers, the best first."""
    found: list[CloudMaskName] = []
    if "SCL" in product.layers:
        found.append("scl")
    if "CLASSI_OPAQUE" in product.layers or "CLM" in product.layers or product.cloud_outlines:
        found.append("product")
    if "CLDPRB" in product.layers:
        found.append("probability")
    return found


def read_clouds(source: CloudSource, grid: Grid, window: Window) -> Mask:
    """Return the `MaskClass` of each pixel of a block: CLEAR, or what hides the ground; margins included."""
    width, height = grid.pixel_size_m
    halo = math.ceil(source.dilation_m / min(width, height))
    wider = Window(window.col_off - halo, window.row_off - halo, window.width + 2 * halo, window.height + 2 * halo)
    mask = masks.widen_clouds(_classes(source, grid, wider), source.dilation_m, (width, height))
    return mask[halo : halo + window.height, halo : halo + window.width]


def _classes(source: CloudSource, grid: Grid, window: Window) -> Mask:
    if source.kind == "outlines":
        mask = np.where(inside(source.cirrus, grid, window), MaskClass.CIRRUS, MaskClass.CLEAR).astype(np.uint8)
        mask[inside(source.opaque, grid, window)] = MaskClass.CLOUD
        return mask
    layers = [read_block(raster, grid, window, source.resampling) for raster in source.rasters]
    if source.kind == "scl":
        return masks.from_scene_classification(layers[0], source.classes)
    if source.kind == "probability":
        return masks.from_probability(layers[0], source.threshold_percent)
    if source.kind == "theia":
        return masks.from_theia_bits(*layers)
    return masks.from_classification(layers[0], layers[1])


def _find(
    product: Product, name: CloudMaskName, grid: Grid, resolution_m: float, classes: Sequence[int]
) -> CloudSource:
    layer = {"scl": "SCL", "probability": "CLDPRB", "product": "CLM"}[name]
    raster = product.layer(layer, resolution_m)
    if raster:
        snow = product.layer("MG2", resolution_m) if layer == "CLM" and masks.SCL_SNOW in classes else None
        kind = {"SCL": "scl", "CLDPRB": "probability", "CLM": "theia"}[layer]
        return CloudSource(kind, (raster, snow) if snow else (raster,))
    opaque, cirrus = (product.layer(n, resolution_m) for n in ("CLASSI_OPAQUE", "CLASSI_CIRRUS"))
    if name == "product" and opaque and cirrus:
        return CloudSource("classification", (opaque, cirrus))
    if name == "product" and product.cloud_outlines:
        return _outlines(product.cloud_outlines, product.grid, grid)
    there = ", ".join(available_cloud_masks(product)) or "none"
    words = {
        "scl": "scene classification (SCL)",
        "probability": "cloud probability",
        "product": "cloud mask of its own",
    }
    raise MissingBand(
        f"{product.name} has no {words[name]}. Cloud masks that it has: {there}.",
        hint="Choose one of these, or none.",
    )


def _outlines(path: str, image: Grid, grid: Grid) -> CloudSource:
    """Read MSK_CLOUDS: features of kind OPAQUE or CIRRUS, rings as lists of x y in the product's CRS."""
    root = parse_xml(_read_bytes(path), "MSK_CLOUDS")
    found: dict[str, list[BaseGeometry]] = {"OPAQUE": [], "CIRRUS": []}
    for feature in texts(root, "MaskFeature"):
        kind = (text(feature, "maskType") or "").upper()
        if kind in found:
            found[kind] += [_ring(e) for e in texts(feature, "posList")]
    opaque, cirrus = (
        reproject_geometry(shapely.union_all(found[k]), image.crs, grid.crs) for k in ("OPAQUE", "CIRRUS")
    )
    return CloudSource("outlines", opaque=opaque, cirrus=cirrus)


def _ring(element: Element) -> BaseGeometry:
    numbers = np.array((element.text or "").split(), float)
    dimensions = int(element.get("srsDimension", "2"))
    return shapely.make_valid(shapely.Polygon(numbers.reshape(-1, dimensions)[:, :2]))


def _read_bytes(path: str) -> bytes:
    zipped = re.fullmatch(r"/vsizip/\{(.+)\}/(.+)", path)
    if not zipped:
        return Path(path).read_bytes()
    import zipfile

    with zipfile.ZipFile(zipped.group(1)) as archive:
        return archive.read(zipped.group(2))
