"""The main metadata file of a Sentinel-2 product: identity, footprint, and how stored numbers become reflectance.

Source: Sentinel-2 Products Specification Document (S2-PDGS-TAS-DI-PSD), User_Product_Level-1C and -2A; reflectance =
(DN + ADD_OFFSET) / QUANTIFICATION_VALUE, the offset present from processing baseline 04.00 on.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import shapely
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidProduct
from eo.io.aoi import split_at_antimeridian
from eo.io.safe import text, texts
from eo.io.sentinel2_bands import BAND_ORDER, RESOLUTION_M, SpectralBand, band_name, spectral_bands

_NAME = re.compile(r"(S2[A-Z])_MSIL(1C|2A)_\d{8}T\d{6}_N(\d{2})(\d{2})_R(\d{3})_T(\w{5})_\d{8}T\d{6}")
_OFFSETS_SINCE_BASELINE = (4, 0)
MAX_OUTLINE = 2_000


@dataclass(frozen=True)
class Metadata:
    """What the main metadata file says.

    Args:
        quantification: stored numbers per unit of reflectance.
        offsets: number to add to the stored one, by band name.
        nodata: stored number for no data.
        saturated: stored number for saturated, None where not given.
        image_files: paths of the images without their ending.
    """

    name: str
    platform: str
    product_type: str
    level: str
    tile: str | None
    sensed: datetime
    baseline: str
    relative_orbit: int | None
    cloud_cover: float | None
    footprint: BaseGeometry
    quantification: float
    offsets: Mapping[str, float]
    nodata: float
    saturated: float | None
    image_files: tuple[str, ...]
    spectral: Mapping[str, SpectralBand]


def read_metadata(root: Element, label: str) -> Metadata:
    """Read the document.

    Raises:
        InvalidProduct: something that processing needs is missing, or is not what it should be; it is named.
    """
    try:
        return _read(root, label)
    except (ValueError, ArithmeticError, LookupError, shapely.errors.ShapelyError) as error:
        raise InvalidProduct(f"The metadata of {label} cannot be read: {error}.", hint="Fetch it again.") from None


def _read(root: Element, label: str) -> Metadata:
    product_type = _needed(root, label, "PRODUCT_TYPE")
    if product_type not in ("S2MSI1C", "S2MSI2A"):
        raise InvalidProduct(
            f"{label} is of type {product_type}; Sentinel-2 L1C (S2MSI1C) or L2A (S2MSI2A) is needed.",
            hint="Give a Level-1C or Level-2A product.",
        )
    name = (text(root, "PRODUCT_URI", "PRODUCT_URI_2A", "PRODUCT_URI_1C") or label).removesuffix(".SAFE")
    baseline = _needed(root, label, "PROCESSING_BASELINE")
    platform = _needed(root, label, "SPACECRAFT_NAME").lower()
    special = _special_values(root)
    cloud = text(root, "Cloud_Coverage_Assessment", "CLOUD_COVERAGE_ASSESSMENT")
    orbit = text(root, "SENSING_ORBIT_NUMBER")
    named = _NAME.match(name)
    images = tuple(e.text.strip() for e in texts(root, "IMAGE_FILE", "IMAGE_ID", "IMAGE_FILE_2A") if e.text)
    return Metadata(
        name=name,
        platform=platform,
        product_type=product_type,
        level="L1C" if product_type == "S2MSI1C" else "L2A",
        tile=named.group(6) if named else _tile_of(images),
        sensed=_moment(_needed(root, label, "PRODUCT_START_TIME", "DATATAKE_SENSING_START"), label),
        baseline=baseline,
        relative_orbit=int(orbit) if orbit else None,
        cloud_cover=_percent(cloud) if cloud else None,
        footprint=_footprint(root, label),
        quantification=_quantification(root, label),
        offsets=_offsets(root, label, baseline),
        nodata=special.get("NODATA", 0.0),
        saturated=special.get("SATURATED"),
        image_files=images,
        spectral=_spectral(root, platform),
    )


def _needed(root: Element, label: str, *names: str) -> str:
    found = text(root, *names)
    if found is None:
        raise InvalidProduct(f"The metadata of {label} lack {names[0]}.", hint="Fetch the product again.")
    return found


def _moment(value: str, label: str) -> datetime:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidProduct(f"The metadata of {label} give {value!r} as time.", hint="Fetch it again.") from None


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{value[:40]!r} is not a number")
    return number


def _percent(value: str) -> float | None:
    """Return a share of the scene; None for what is none."""
    number = _number(value)
    return number if 0 <= number <= 100 else None


def _quantification(root: Element, label: str) -> float:
    value = _number(
        _needed(root, label, "BOA_QUANTIFICATION_VALUE", "L2A_BOA_QUANTIFICATION_VALUE", "QUANTIFICATION_VALUE")
    )
    if not value > 0:
        raise InvalidProduct(f"The metadata of {label} give {value} as quantification value.", hint="Fetch it again.")
    return value


def _offsets(root: Element, label: str, baseline: str) -> dict[str, float]:
    given = {
        BAND_ORDER[int(e.get("band_id", "-1"))]: _number(e.text or "0")
        for e in texts(root, "BOA_ADD_OFFSET", "RADIO_ADD_OFFSET")
        if 0 <= int(e.get("band_id", "-1")) < len(BAND_ORDER)
    }
    numbers = tuple(int(n) for n in re.findall(r"\d+", baseline)[:2])
    if not given and numbers >= _OFFSETS_SINCE_BASELINE:
        raise InvalidProduct(
            f"{label} has processing baseline {baseline}, but its metadata give no radiometric offset.",
            hint="Fetch the product again: without the offset its reflectance is unknown.",
        )
    return {name: given.get(name, 0.0) for name in BAND_ORDER}


def _special_values(root: Element) -> dict[str, float]:
    pairs = ((text(e, "SPECIAL_VALUE_TEXT"), text(e, "SPECIAL_VALUE_INDEX")) for e in texts(root, "Special_Values"))
    return {name: _number(value) for name, value in pairs if name and value}


def _footprint(root: Element, label: str) -> BaseGeometry:
    """Return the outline (the list is latitude, longitude); where it reaches across ±180° it is split there."""
    numbers = [_number(n) for n in _needed(root, label, "EXT_POS_LIST").split(maxsplit=MAX_OUTLINE)[:MAX_OUTLINE]]
    points = [(longitude, latitude) for latitude, longitude in zip(numbers[::2], numbers[1::2], strict=False)]
    if max(x for x, _ in points) - min(x for x, _ in points) > 180:
        points = [(x + 360 if x < 0 else x, y) for x, y in points]
    outline = shapely.Polygon(points)
    outline = outline if outline.is_valid else outline.convex_hull
    west, south, east, north = outline.bounds
    if not (outline.area > 0 and west >= -180 and east <= 360 and south >= -90 and north <= 90):
        raise ValueError("its outline lies nowhere on Earth")
    return split_at_antimeridian(outline)


def _tile_of(images: tuple[str, ...]) -> str | None:
    found = next((m for m in (re.search(r"_?T(\d{2}[A-Z]{3})_", i) for i in images) if m), None)
    return found.group(1) if found else None


def _spectral(root: Element, platform: str) -> dict[str, SpectralBand]:
    """Return the bands as measured for this instrument, where the metadata say so, else as published."""
    found = spectral_bands(platform)
    for element in texts(root, "Spectral_Information"):
        name = band_name(element.get("physicalBand", ""))
        centre = text(element, "CENTRAL")
        if name and centre:
            width = _fwhm_nm(element)
            published = found[name]
            found[name] = SpectralBand(
                name,
                published.common_name,
                round(_number(centre) / 1000, 4),
                round(width / 1000, 4) if width else published.fwhm_um,
                RESOLUTION_M[name],
            )
    return found


def _fwhm_nm(element: Element) -> float | None:
    """Return the full width at half maximum of the spectral response, crossings interpolated, in nm."""
    values, start, step = (text(element, n) for n in ("VALUES", "MIN", "STEP"))
    if not (values and start and step):
        return None
    response = [_number(v) for v in values.split()]
    half = max(response) / 2
    above = [i for i, v in enumerate(response) if v >= half]
    first, last = above[0], above[-1]
    low = first - (response[first] - half) / (response[first] - response[first - 1]) if first else 0.0
    end = len(response) - 1
    high = last + (response[last] - half) / (response[last] - response[last + 1]) if last < end else float(end)
    return (high - low) * _number(step)
