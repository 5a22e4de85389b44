"""The manifest of a SAFE product: every file with its size and checksum."""

import hashlib
from pathlib import Path
from xml.etree.ElementTree import Element

from demo.msi import Acquisition
from demo.safe_metadata import Product, footprint, sensing_time
from demo.xml import node, write_xml

MIME_TYPES = {".xml": "text/xml", ".jp2": "application/octet-stream", ".html": "text/html", ".gml": "text/xml"}
NSSDC = {"S2A": "2015-000A", "S2B": "2017-013A", "S2C": "2024-157A"}
SAFE = "http://www.esa.int/safe/sentinel/1.1"


def write_manifest(folder: Path, product: Product) -> None:
    """List every file that lies in the product folder in its manifest.safe."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    objects = {_object_id(path.relative_to(folder)): path for path in files}
    root = node(
        "xfdu:XFDU",
        node("informationPackageMap", _package(product, list(objects))),
        node("metadataSection", *_metadata(product)),
        node("dataObjectSection", *(_data_object(key, path, folder) for key, path in objects.items())),
        **{
            "xmlns:gml": "http://www.opengis.net/gml",
            "xmlns:safe": SAFE,
            "xmlns:xfdu": "urn:ccsds:schema:xfdu:1",
            "version": f"esa/safe/sentinel/1.1/sentinel-2/msi/archive_{product.level.lower()}_user_product",
        },
    )
    write_xml(folder / "manifest.safe", root)


def _object_id(path: Path) -> str:
    """Name a file the way real manifests do where they are read by it, and by its stem elsewhere."""
    if path.name.startswith("MTD_MSI"):
        return f"S2_Level-{path.stem[-2:]}_Product_Metadata"
    if path.name in ("MTD_TL.xml", "MTD_DS.xml"):
        return f"S2_{'Tile1' if path.stem == 'MTD_TL' else 'Datastrip1'}_Metadata"
    if "IMG_DATA" in path.parts:
        return f"IMG_DATA_Band_{'_'.join(path.stem.split('_')[2:])}_Tile1_Data"
    place = "Datastrip1" if "DATASTRIP" in path.parts else "Tile1"
    return f"{path.stem}_{place}_Data"


def _package(product: Product, objects: list[str]) -> Element:
    units = [
        node("xfdu:contentUnit", node("dataObjectPointer", dataObjectID=key), ID=f"{key}_Unit", unitType="Data Unit")
        for key in objects
    ]
    return node(
        "xfdu:contentUnit",
        *units,
        dmdID="acquisitionPeriod platform",
        pdiID="processing",
        textInfo=f"SENTINEL-2 MSI Level-{product.level[1:]} User Product",
        unitType=f"Product_Level-{product.level[1:]}",
    )


def _metadata(product: Product) -> list[Element]:
    """When, from which orbit, by which platform, how and where; and which files tell more."""
    acquisition = product.acquisition
    orbit = node(
        "safe:orbitReference",
        node("safe:orbitNumber", f"{acquisition.absolute_orbit:06d}", type="start", groundTrackDirection="descending"),
        node("safe:relativeOrbitNumber", f"{acquisition.relative_orbit:03d}", type="start"),
    )
    outline = node(
        "safe:footPrint",
        node("gml:coordinates", footprint(product.grid)),
        srsName="http://www.opengis.net/gml/srs/epsg.xml#4326",
    )
    period = node("safe:acquisitionPeriod", node("safe:startTime", sensing_time(acquisition)))
    processing = node(
        "safe:processing",
        name=f"Generation of Level-{product.level[1:]} User Product",
        start=f"{acquisition.generated:%Y-%m-%dT%H:%M:%S.%f}Z",
    )
    return [
        _metadata_object("acquisitionPeriod", "Acquisition Period", period),
        _metadata_object("measurementOrbitReference", "Orbit Reference", orbit),
        _metadata_object("platform", "Platform Description", _platform(acquisition)),
        _metadata_object("processing", "Processing", processing, "PDI", "PROVENANCE"),
        _metadata_object("measurementFrameSet", "Frame Set", node("safe:frameSet", outline)),
    ]


def _platform(acquisition: Acquisition) -> Element:
    return node(
        "safe:platform",
        node("safe:nssdcIdentifier", NSSDC.get(acquisition.platform, "unknown")),
        node("safe:familyName", "SENTINEL"),
        node("safe:number", acquisition.platform[1:]),
        node("safe:instrument", node("safe:familyName", "Multi-Spectral Instrument", abbreviation="MSI")),
    )


def _metadata_object(
    name: str, title: str, part: Element, category: str = "DMD", classification: str = "DESCRIPTION"
) -> Element:
    wrapped = node(
        "metadataWrap", node("xmlData", part), mimeType="text/xml", textInfo=title, vocabularyName="Sentinel-SAFE"
    )
    return node("metadataObject", wrapped, ID=name, category=category, classification=classification)


def _data_object(key: str, path: Path, folder: Path) -> Element:
    content = path.read_bytes()
    return node(
        "dataObject",
        node(
            "byteStream",
            node("fileLocation", href=f"./{path.relative_to(folder).as_posix()}", locatorType="URL"),
            node("checksum", hashlib.sha3_256(content).hexdigest(), checksumName="SHA3-256"),
            mimeType=MIME_TYPES.get(path.suffix, "application/octet-stream"),
            size=len(content),
        ),
        ID=key,
    )
