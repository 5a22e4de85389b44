"""Sentinel-1 Level-1 products (GRD and SLC) in SAFE format, as a folder or a zip, complete or not."""

import hashlib
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidProduct, MissingPolarisation
from eo.io.aoi import split_at_antimeridian
from eo.io.safe import DAMAGED, SafeFiles, open_safe, parse_xml, text, texts
from eo.io.sentinel1_annotation import Annotation, read_annotation
from eo.io.sentinel1_tables import Backscatter, Noise, Table, read_calibration, read_noise

METADATA_FILE = re.compile(r"manifest\.safe")
_ANY_FILE = re.compile(r"^s1[a-d]-[a-z0-9]+-", re.IGNORECASE)
PRODUCT_TYPES = ("S1-GRD", "S1-SLC")
_ANNOTATION = re.compile(r"annotation/(s1[a-d]-([a-z]+\d?)-(?:grd|slc)-([hv]{2})-.*)\.xml", re.IGNORECASE)


@dataclass(frozen=True)
class Image:
    """The files of one swath and polarisation, by name; None where one is not in the product."""

    swath: str
    polarisation: str
    annotation: str
    calibration: str | None
    noise: str | None
    measurement: str | None


@dataclass(frozen=True)
class Sentinel1Product:
    """A Level-1 product.

    Args:
        product_type: `S1-GRD` or `S1-SLC`.
        mode: IW, EW or SM.
        footprint: lon/lat.
        ipf_version: of the processor, as (3, 40).
        images: by swath and polarisation.
        fingerprint: sha-256 of the manifest.
    """

    name: str
    platform: str
    product_type: str
    mode: str
    start: datetime
    stop: datetime
    footprint: BaseGeometry
    absolute_orbit: int
    relative_orbit: int
    orbit_pass: str
    ipf_version: tuple[int, ...]
    images: Mapping[tuple[str, str], Image]
    files: SafeFiles
    fingerprint: str

    @property
    def polarisations(self) -> list[str]:
        """Polarisations that are here, co-polarised first."""
        return sorted({p for _, p in self.images}, key=lambda p: (p[0] != p[1], p))

    @property
    def swaths(self) -> list[str]:
        """Swaths that are here."""
        return sorted({s for s, _ in self.images})

    def require(self, polarisations: Sequence[str]) -> None:
        """Refuse polarisations that are not here.

        Raises:
            MissingPolarisation: names what is missing together with what is there.
        """
        missing = [p for p in polarisations if p not in self.polarisations]
        if missing:
            raise MissingPolarisation(
                f"{self.name} has no {', '.join(missing)}. There is: {', '.join(self.polarisations) or 'none'}.",
                hint="Choose among these polarisations.",
            )

    def require_images(self, swath: str, polarisations: Sequence[str]) -> None:
        """Refuse a swath that lacks a polarisation which others have.

        Raises:
            MissingPolarisation: names it.
        """
        missing = [p for p in polarisations if (swath, p) not in self.images]
        if missing:
            raise MissingPolarisation(
                f"{self.name} has no {', '.join(missing)} in {swath}.", hint="Fetch the complete product."
            )

    def annotation(self, image: Image) -> Annotation:
        """Read an image's annotation."""
        return read_annotation(self.files.read(image.annotation), image.annotation)

    def calibration(self, image: Image, kind: Backscatter) -> Table:
        """Read an image's calibration table.

        Raises:
            InvalidProduct: not in the product.
        """
        return read_calibration(self.files.read(self._there(image, image.calibration, "calibration")), self.name, kind)

    def noise(self, image: Image) -> Noise:
        """Read an image's noise tables.

        Raises:
            InvalidProduct: not in the product.
        """
        return read_noise(self.files.read(self._there(image, image.noise, "noise")), self.name)

    def measurement_path(self, image: Image) -> str:
        """Return what GDAL opens the image by.

        Raises:
            InvalidProduct: not in the product.
        """
        return self.files.gdal_path(self._there(image, image.measurement, "measurement"))

    def unpacked_measurement(self, image: Image, folder: Path) -> str:
        """Return a path of the image that is fast to read in any order; from a zip it is unpacked into a folder.

        Raises:
            InvalidProduct: not in the product, or damaged.
        """
        return self.files.unpacked_path(self._there(image, image.measurement, "measurement"), folder)

    def _there(self, image: Image, name: str | None, what: str) -> str:
        if name is None:
            raise InvalidProduct(
                f"{self.name} has no {what} file for {image.swath} {image.polarisation}.",
                hint="Fetch the complete product.",
            )
        return name


def is_sentinel1(path: Path) -> bool:
    """Say whether a folder or zip holds a Sentinel-1 product of any type, told by the names of its files."""
    if path.is_dir():
        return any(
            _ANY_FILE.search(p.name) for folder in ("annotation", "measurement") for p in path.glob(f"**/{folder}/*")
        )
    if path.name == "manifest.safe":
        return is_sentinel1(path.parent)
    try:
        with zipfile.ZipFile(path) as archive:
            return any(_ANY_FILE.search(name.rpartition("/")[2]) for name in archive.namelist())
    except DAMAGED:
        return path.name.startswith("S1")


def read_sentinel1(path: Path) -> Sentinel1Product:
    """Read what a product says of itself and where its files are; annotations stay closed.

    Raises:
        InvalidProduct: not a Sentinel-1 Level-1 SAFE, or a manifest that cannot be used.
        UnsafeArchive: a zip that must not be read.
    """
    files, document = open_safe(path, METADATA_FILE)
    content = files.read(document)
    root = parse_xml(content, f"{document} of {files.label}")
    kind = text(root, "productType")
    if kind not in ("GRD", "SLC"):
        raise InvalidProduct(
            f"{files.label} is of type {kind or 'unknown'}; Sentinel-1 GRD and SLC are read.",
            hint="Give a Level-1 GRD or SLC product.",
        )
    return Sentinel1Product(
        name=files.label.removesuffix(".zip").removesuffix(".SAFE"),
        platform=f"sentinel-1{_needed(root, files, 'number').lower()}",
        product_type=f"S1-{kind}",
        mode=_needed(root, files, "mode"),
        start=_moment(_needed(root, files, "startTime")),
        stop=_moment(_needed(root, files, "stopTime")),
        footprint=_footprint(_needed(root, files, "coordinates")),
        absolute_orbit=int(_needed(root, files, "orbitNumber")),
        relative_orbit=int(_needed(root, files, "relativeOrbitNumber")),
        orbit_pass=_needed(root, files, "pass").lower(),
        ipf_version=_ipf_version(root),
        images=_images(files),
        files=files,
        fingerprint=hashlib.sha256(content).hexdigest(),
    )


def outline(annotation: Annotation) -> BaseGeometry:
    """Return the outline (lon/lat) of one image along its geolocation grid; a manifest tells only four corners."""
    grid = annotation.geolocation
    on_edge = [(grid.line == grid.line.min(), grid.pixel), (grid.pixel == grid.pixel.max(), grid.line)]
    on_edge += [(grid.line == grid.line.max(), -grid.pixel), (grid.pixel == grid.pixel.min(), -grid.line)]
    ring = [k for edge, key in on_edge for k in np.flatnonzero(edge)[np.argsort(key[edge], kind="stable")]]
    return _polygon([(float(grid.longitude[k]), float(grid.latitude[k])) for k in ring])


def _images(files: SafeFiles) -> dict[tuple[str, str], Image]:
    names = files.names
    found = {}
    for name in names:
        if match := _ANNOTATION.fullmatch(name):
            stem, swath, polarisation = match.groups()
            others = (
                next((n for n in names if n.lower() == wanted.lower()), None)
                for wanted in (
                    f"annotation/calibration/calibration-{stem}.xml",
                    f"annotation/calibration/noise-{stem}.xml",
                    f"measurement/{stem}.tiff",
                )
            )
            found[swath.upper(), polarisation.upper()] = Image(swath.upper(), polarisation.upper(), name, *others)
    if not found:
        raise InvalidProduct(f"{files.label} holds no annotation of an image.", hint="Fetch the complete product.")
    return found


def _footprint(coordinates: str) -> BaseGeometry:
    """Return the outline, which the manifest gives as `lat,lon lat,lon …`."""
    pairs = [pair.split(",") for pair in coordinates.split()]
    return _polygon([(float(longitude), float(latitude)) for latitude, longitude in pairs])


def _polygon(points: list[tuple[float, float]]) -> BaseGeometry:
    """Return the polygon of a ring, split where it reaches across the antimeridian."""
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    if east - west > 180:
        points = [(x + 360 if x < 0 else x, y) for x, y in points]
    ring = shapely.Polygon(points)
    return split_at_antimeridian(ring if ring.is_valid else ring.convex_hull)


def _ipf_version(root: Element) -> tuple[int, ...]:
    found = [e.get("version", "") for e in texts(root, "software") if e.get("name") == "Sentinel-1 IPF"]
    return tuple(int(part) for part in found[0].split(".")) if found and found[0] else (0, 0)


def _needed(root: Element, files: SafeFiles, name: str) -> str:
    found = text(root, name)
    if found is None:
        raise InvalidProduct(f"The manifest of {files.label} says no {name}.", hint="Fetch the product again.")
    return found


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC)
