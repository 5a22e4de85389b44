"""Scenes kept as GeoTIFFs of bands: a THEIA/MAJA Level-2A folder, or the stacks that sen2r writes.

Sources: THEIA "MUSCATE format" (reflectance × 10000, no data −10000; FRE = flat reflectance; CLM = bits of the cloud
mask, MG2 = bits of the geophysical mask); sen2r naming convention (`S2A2A_20170703_022_Name_BOA_10.tif`, one band of
the file per band of the instrument, reflectance × 10000, no data 65535).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from eo.errors import InvalidProduct
from eo.io.grid import grid_of
from eo.io.images import open_image
from eo.io.product import Product, RasterSource
from eo.io.safe import parse_xml, text
from eo.io.sentinel2_bands import BAND_ORDER, band_name, spectral_bands

PRODUCT_TYPE = "S2-BANDS"
_QUANTIFICATION = 10_000.0
_THEIA = re.compile(r"SENTINEL2([A-Z])_(\d{8}-\d{6})-\d{3}_L2A_T(\w{5})_\w_V[\d-]+")
_THEIA_BAND = re.compile(r"(SENTINEL2\w_[\w-]+)_FRE_(B\w{1,2})\.tif")
_THEIA_NODATA = -10_000.0
_SEN2R = re.compile(r"(S2([A-Z])(1C|2A)_(\d{8})_(\d{3})_(\w*)_)(TOA|BOA)_(\d+)\.tif")
_SEN2R_BANDS: Mapping[str, Sequence[str]] = {
    "TOA": [b for b in BAND_ORDER if b != "B8A"],
    "BOA": [b for b in BAND_ORDER if b not in ("B8A", "B10")],
}


def is_bands_folder(path: Path) -> bool:
    """Say whether a path looks like a scene of band files, by name only."""
    return _SEN2R.fullmatch(path.name) is not None or _THEIA.fullmatch(path.name) is not None


def read_bands_folder(path: Path) -> Product:
    """Read a THEIA folder, or a sen2r stack (the path of its TOA or BOA file).

    Raises:
        InvalidProduct: no bands there, or files that cannot be opened.
    """
    if stack := _SEN2R.fullmatch(path.name):
        return _sen2r(path, stack)
    if folder := _THEIA.fullmatch(path.name):
        return _theia(path, folder)
    raise InvalidProduct(
        f"{path.name} is no scene of band files.",
        hint="Folders are named as by THEIA (SENTINEL2A_20171212-105436-462_L2A_T31UFQ_C_V2-2).",
    )


def _theia(path: Path, named: re.Match[str]) -> Product:
    bands: dict[str, list[RasterSource]] = {}
    for file in sorted(path.glob("*_FRE_B*.tif")):
        match = _THEIA_BAND.fullmatch(file.name)
        band = band_name(match.group(2)) if match else None
        if band:
            bands[band] = [_source(file, 1, _THEIA_NODATA)]
    layers: dict[str, list[RasterSource]] = {}
    for name in ("CLM", "MG2"):
        for file in sorted(path.glob(f"MASKS/*_{name}_R?.tif")):
            layers.setdefault(name, []).append(replace(_source(file, 1, None), scale=1.0))
    document = next(iter(sorted(path.glob("*_MTD_ALL.xml"))), None)
    return _product(
        path,
        name=path.name,
        unit=named.group(1),
        level="L2A",
        tile=named.group(3),
        moment=datetime.strptime(named.group(2), "%Y%m%d-%H%M%S"),
        orbit=None,
        bands=bands,
        layers=layers,
        document=document,
    )


def _sen2r(path: Path, named: re.Match[str]) -> Product:
    prefix, unit, level, day, orbit, _, kind, _ = named.groups()
    with open_image(str(path)) as stack:
        expected, count, nodata = _SEN2R_BANDS[kind], stack.count, stack.nodata
    if count != len(expected):
        raise InvalidProduct(
            f"{path.name} has {count} bands; a {kind} stack has {len(expected)} ({', '.join(expected)}).",
            hint="Write it again with all bands.",
        )
    classes = [p for p in sorted(path.parent.glob(f"{prefix}SCL_*.tif")) if p.is_file()]
    return _product(
        path,
        name=path.stem,
        unit=unit,
        level=f"L{level}",
        tile=None,
        moment=datetime.strptime(day, "%Y%m%d"),
        orbit=int(orbit),
        bands={band: [_source(path, index, nodata)] for index, band in enumerate(expected, 1)},
        layers={"SCL": [replace(_source(p, 1, 0.0), scale=1.0) for p in classes]} if classes else {},
        document=None,
    )


def _product(
    path: Path,
    *,
    name: str,
    unit: str,
    level: str,
    tile: str | None,
    moment: datetime,
    orbit: int | None,
    bands: Mapping[str, list[RasterSource]],
    layers: Mapping[str, list[RasterSource]],
    document: Path | None,
) -> Product:
    if not bands:
        raise InvalidProduct(f"{path.name} holds no bands.", hint="Files are named …_FRE_B2.tif and so on.")
    first = next(iter(bands.values()))[0]
    files = sorted(path.rglob("*.tif")) if path.is_dir() else [path]
    return Product(
        name=name,
        platform=f"sentinel-2{unit.lower()}",
        product_type=PRODUCT_TYPE,
        level=level,
        tile=tile,
        datetime=moment.replace(tzinfo=UTC),
        cloud_cover=_cloud_cover(document),
        footprint=grid_of(first.path).footprint(),
        baseline=None,
        relative_orbit=orbit,
        size_bytes=sum(f.stat().st_size for f in files),
        metadata_path=str(document or path),
        fingerprint=_fingerprint(document, files),
        bands={b: bands[b] for b in BAND_ORDER if b in bands},
        layers=layers,
        spectral=spectral_bands(f"sentinel-2{unit.lower()}"),
    )


def _source(path: Path, index: int, nodata: float | None) -> RasterSource:
    with open_image(str(path)) as source:
        return RasterSource(str(path), index, abs(source.transform.a), nodata, scale=1 / _QUANTIFICATION)


def _cloud_cover(document: Path | None) -> float | None:
    if document is None:
        return None
    root = parse_xml(document.read_bytes(), document.name)
    found = [e.text for e in root.iter("QUALITY_INDEX") if e.get("name") == "CloudPercent"]
    value = (found[0] if found else None) or text(root, "CloudPercent")
    return float(value) if value else None


def _fingerprint(document: Path | None, files: Sequence[Path]) -> str:
    """Return the sha-256 of the metadata file; without one, of the files' names, sizes and heads."""
    if document:
        return hashlib.sha256(document.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(f"{file.name} {file.stat().st_size} ".encode() + stream.read(4096))
    return digest.hexdigest()
