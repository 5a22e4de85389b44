"""Write Sentinel-1 products in SAFE format: images with their annotations, calibration and noise, and the manifest."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint

from demo.radar_plan import Image
from demo.safe_s1_metadata import annotation, utc
from demo.safe_s1_tables import calibration, noise
from demo.xml import node, write_xml

SAFE = "http://www.esa.int/safe/sentinel-1.0"
LARGEST = 32767
SCHEMAS = {
    "calibration": "s1Level1CalibrationSchema",
    "noise": "s1Level1NoiseSchema",
    "measurement": "s1Level1MeasurementSchema",
}


def product_name(images: Sequence[Image]) -> str:
    """Return the product's name, its number told from its contents."""
    first = images[0]
    start, stop = min(i.first_s for i in images), max(i.last_s for i in images)
    kind = "GRDH_1SDV" if first.kind == "GRD" else "SLC__1SSV"
    times = "_".join(f"{first.flight.at(s):%Y%m%dT%H%M%S}" for s in (start, stop))
    number = hashlib.sha256(repr([(i.stem, i.lines, i.samples) for i in images]).encode()).hexdigest()[:4].upper()
    title = f"{first.flight.platform}_{first.swath.mode}_{kind}"
    return f"{title}_{times}_{first.flight.absolute_orbit:06d}_0ABCDE_{number}.SAFE"


def write_metadata(folder: Path, image: Image) -> Path:
    """Write annotation, calibration and noise of one image; return the path of the annotation."""
    path = folder / "annotation" / f"{image.stem}.xml"
    write_xml(path, annotation(image))
    write_xml(path.parent / "calibration" / f"calibration-{image.stem}.xml", calibration(image))
    write_xml(path.parent / "calibration" / f"noise-{image.stem}.xml", noise(image))
    return path


def write_image(folder: Path, image: Image, values: NDArray[Any]) -> None:
    """Write the measurement: uint16 numbers, or complex ones rounded to 16 bits; tied to the ground by points."""
    path = folder / "measurement" / f"{image.stem}.tiff"
    path.parent.mkdir(parents=True, exist_ok=True)
    if np.iscomplexobj(values):
        values = np.clip(values.real.round(), -LARGEST, LARGEST) + 1j * np.clip(values.imag.round(), -LARGEST, LARGEST)
    grid = annotation(image).find("geolocationGrid/geolocationGridPointList")
    points = [] if grid is None else [_control(point) for point in grid]
    options: dict[str, Any] = {"driver": "GTiff", "count": 1, "blockysize": 1, "gcps": points, "crs": "EPSG:4326"}
    kind = "complex_int16" if np.iscomplexobj(values) else "uint16"
    with rasterio.open(path, "w", dtype=kind, height=image.lines, width=image.samples, **options) as target:
        target.write(values.astype(np.complex64 if kind == "complex_int16" else np.uint16), 1)


def write_manifest(folder: Path, images: Sequence[Image], outline: Sequence[tuple[float, float]]) -> None:
    """Write the manifest: when, from which orbit, how, where (lon/lat), and every file with its checksum."""
    first = images[0]
    flight = first.flight
    period = node(
        "safe:acquisitionPeriod",
        node("safe:startTime", utc(flight.at(min(i.first_s for i in images)))),
        node("safe:stopTime", utc(flight.at(max(i.last_s for i in images)))),
    )
    numbers = [
        node(f"safe:{name}", value, type=edge)
        for name, value in (("orbitNumber", flight.absolute_orbit), ("relativeOrbitNumber", flight.relative_orbit))
        for edge in ("start", "stop")
    ]
    passing = node(
        "s1:orbitProperties", node("s1:pass", "DESCENDING"), node("s1:ascendingNodeTime", utc(flight.at(-4200.0)))
    )
    orbit = node("safe:orbitReference", *numbers, node("safe:extension", passing))
    swaths = [node("s1sarl1:swath", name) for name in dict.fromkeys(i.swath.name for i in images)]
    modes = node("safe:extension", node("s1sarl1:instrumentMode", node("s1sarl1:mode", first.swath.mode), *swaths))
    platform = node(
        "safe:platform",
        node("safe:familyName", "SENTINEL-1"),
        node("safe:number", flight.platform[2:]),
        node("safe:instrument", node("safe:familyName", "Synthetic Aperture Radar", abbreviation="SAR"), modes),
    )
    software = node("safe:facility", node("safe:software", name="Sentinel-1 IPF", version="003.71"))
    corners = " ".join(f"{latitude:.6f},{longitude:.6f}" for longitude, latitude in outline)
    frame = node("safe:frameSet", node("safe:frame", node("safe:footPrint", node("gml:coordinates", corners))))
    sent = [node("s1sarl1:transmitterReceiverPolarisation", p) for p in dict.fromkeys(i.polarisation for i in images)]
    kind = node("s1sarl1:productType", first.kind)
    general = node("s1sarl1:standAloneProductInformation", node("s1sarl1:missionDataTakeID", 703710), *sent, kind)
    parts = {"acquisitionPeriod": period, "measurementOrbitReference": orbit, "platform": platform}
    parts |= {"processing": node("safe:processing", software, name="SLC Processing"), "measurementFrameSet": frame}
    parts |= {"generalProductInformation": general}
    wrapped = [node("metadataObject", node("metadataWrap", node("xmlData", p)), ID=i) for i, p in parts.items()]
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    root = node(
        "xfdu:XFDU",
        node("metadataSection", *wrapped),
        node("dataObjectSection", *(_data_object(p, folder) for p in files)),
        **{
            "xmlns:gml": "http://www.opengis.net/gml",
            "xmlns:safe": SAFE,
            "xmlns:s1": f"{SAFE}/sentinel-1",
            "xmlns:s1sarl1": f"{SAFE}/sentinel-1/sar/level-1",
            "xmlns:xfdu": "urn:ccsds:schema:xfdu:1",
            "version": "esa/safe/sentinel-1.0/sentinel-1/sar/level-1/slc/standard/iwdp",
        },
    )
    write_xml(folder / "manifest.safe", root)


def _data_object(path: Path, folder: Path) -> Element:
    checksum = node("checksum", hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest(), checksumName="MD5")
    location = node("fileLocation", locatorType="URL", href=f"./{path.relative_to(folder).as_posix()}")
    schema = next((SCHEMAS[start] for start in SCHEMAS if path.stem.startswith(start)), "s1Level1ProductSchema")
    schema = SCHEMAS["measurement"] if path.suffix == ".tiff" else schema
    contents = node("byteStream", location, checksum, size=path.stat().st_size)
    return node("dataObject", contents, ID=path.stem.replace("-", ""), repID=schema)


def _control(point: Element) -> GroundControlPoint:
    line, pixel, x, y = (float(point.findtext(name, "0")) for name in ("line", "pixel", "longitude", "latitude"))
    return GroundControlPoint(line, pixel, x, y, 0.0)
