"""Sentinel-2 Level-1C and Level-2A products in SAFE format, as a folder or a zip, complete or not."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from eo.errors import InvalidProduct
from eo.io.product import Product, RasterSource
from eo.io.safe import SafeFiles, open_safe, parse_xml
from eo.io.sentinel2_bands import BAND_ORDER, RESOLUTION_M
from eo.io.sentinel2_metadata import Metadata, read_metadata

METADATA_FILE = re.compile(r"MTD_MSIL(1C|2A)\.xml|S2[A-Z]_(OPER|USER)_MTD_SAFL(1C|2A)_.*\.xml")
_IMAGE = re.compile(r".*_(B\d[\dA]|SCL|AOT|WVP)(?:_(10|20|60)m)?\.(?:jp2|tif)")
_PROBABILITY = re.compile(r".*MSK_CLDPRB_(20|60)m\.jp2")
_CLASSIFICATION = re.compile(r".*MSK_CLASSI_B00\.jp2")
_OUTLINES = re.compile(r".*MSK_CLOUDS_B00\.gml")
_CLASSIFICATION_LAYERS = ("CLASSI_OPAQUE", "CLASSI_CIRRUS", "CLASSI_SNOW")
_LAYER_NODATA = {"SCL": 0.0, "AOT": 0.0, "WVP": 0.0}


def read_safe(path: Path) -> Product:
    """Read what a product says of itself and where its files are; no image is opened.

    Raises:
        InvalidProduct: not a Sentinel-2 SAFE, or metadata that cannot be used.
        UnsafeArchive: a zip that must not be read.
    """
    files, document = open_safe(path, METADATA_FILE)
    content = files.read(document)
    metadata = read_metadata(parse_xml(content, f"{document} of {files.label}"), files.label)
    names = files.names
    _check_one_tile(names, files.label)
    outlines = next((n for n in names if _OUTLINES.fullmatch(n)), None)
    return Product(
        name=metadata.name,
        platform=metadata.platform,
        product_type=metadata.product_type,
        level=metadata.level,
        tile=metadata.tile,
        datetime=metadata.sensed,
        cloud_cover=metadata.cloud_cover,
        footprint=metadata.footprint,
        baseline=metadata.baseline,
        relative_orbit=metadata.relative_orbit,
        size_bytes=files.size_bytes,
        metadata_path=files.metadata_path(document),
        fingerprint=hashlib.sha256(content).hexdigest(),
        bands=_bands(files, names, metadata),
        layers=_layers(files, names),
        listed=_listed(metadata),
        spectral=metadata.spectral,
        cloud_outlines=files.gdal_path(outlines) if outlines else None,
    )


def is_safe(path: Path) -> bool:
    """Say whether a path looks like a SAFE product or an archive of one, by name only."""
    return (
        path.suffix.upper() in (".SAFE", ".ZIP")
        or METADATA_FILE.fullmatch(path.name) is not None
        or (path.is_dir() and any(METADATA_FILE.fullmatch(p.name) for p in path.iterdir()))
    )


def _check_one_tile(names: Sequence[str], label: str) -> None:
    granules = {PurePosixPath(n).parts[1] for n in names if n.startswith("GRANULE/") and n.count("/") > 1}
    if len(granules) > 1:
        raise InvalidProduct(
            f"{label} holds {len(granules)} tiles (the format before December 2016).",
            hint="Split it into one product per tile first.",
        )


def _bands(files: SafeFiles, names: Sequence[str], metadata: Metadata) -> dict[str, list[RasterSource]]:
    found: dict[str, list[RasterSource]] = {}
    for name, match in _matches(names, _IMAGE):
        band = match.group(1)
        if band in BAND_ORDER and "/IMG_DATA/" in name:
            found.setdefault(band, []).append(
                RasterSource(
                    files.gdal_path(name),
                    1,
                    float(match.group(2) or RESOLUTION_M[band]),
                    metadata.nodata,
                    metadata.saturated,
                    1.0 / metadata.quantification,
                    metadata.offsets[band] / metadata.quantification,
                )
            )
    return {band: _fine_to_coarse(found[band]) for band in BAND_ORDER if band in found}


def _layers(files: SafeFiles, names: Sequence[str]) -> dict[str, list[RasterSource]]:
    found: dict[str, list[RasterSource]] = {}
    for name, match in _matches(names, _IMAGE):
        layer = match.group(1)
        if layer in _LAYER_NODATA and "/IMG_DATA/" in name and match.group(2):
            source = RasterSource(files.gdal_path(name), 1, float(match.group(2)), _LAYER_NODATA[layer])
            found.setdefault(layer, []).append(source)
    for name, match in _matches(names, _PROBABILITY):
        found.setdefault("CLDPRB", []).append(RasterSource(files.gdal_path(name), 1, float(match.group(1))))
    for name, _ in _matches(names, _CLASSIFICATION):
        for index, layer in enumerate(_CLASSIFICATION_LAYERS, 1):
            found[layer] = [RasterSource(files.gdal_path(name), index, 60.0)]
    return {layer: _fine_to_coarse(sources) for layer, sources in found.items()}


def _listed(metadata: Metadata) -> list[str]:
    matches = (_IMAGE.fullmatch(f"{image}.jp2") for image in metadata.image_files)
    named = {m.group(1) for m in matches if m}
    return [b for b in BAND_ORDER if b in named]


def _matches(names: Sequence[str], pattern: re.Pattern[str]) -> list[tuple[str, re.Match[str]]]:
    return [(n, m) for n, m in ((n, pattern.fullmatch(n)) for n in names) if m]


def _fine_to_coarse(sources: list[RasterSource]) -> list[RasterSource]:
    return sorted(sources, key=lambda s: s.resolution_m)
