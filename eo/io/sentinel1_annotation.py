"""The annotation of one Sentinel-1 image: how it was taken, and where each of its pixels lies.

Source: Sentinel-1 Product Specification, S1-RS-MDA-52-7441, §6.3 (Level-1 product annotations). Times are seconds from
the image's first line, so that they fit a float64 with room to spare.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from eo.errors import InvalidProduct
from eo.io.safe import parse_xml

Floats = NDArray[np.float64]
SPEED_OF_LIGHT_M_S = 299_792_458.0


@dataclass(frozen=True)
class StateVectors:
    """Positions (n, 3) in m and velocities (n, 3) in m/s of the satellite, Earth-fixed, at n times in s."""

    time_s: Floats
    position_m: Floats
    velocity_m_s: Floats


@dataclass(frozen=True)
class GeolocationGrid:
    """What the producer says of some pixels; every member has n values.

    Args:
        time_s: zero-Doppler time.
        slant_range_time_s: two-way.
    """

    line: Floats
    pixel: Floats
    time_s: Floats
    slant_range_time_s: Floats
    latitude: Floats
    longitude: Floats
    height_m: Floats
    incidence_deg: Floats


@dataclass(frozen=True)
class GroundRange:
    """Polynomials that lead from slant range to ground range, and back, at some times (GRD only).

    Args:
        time_s: (n,).
        slant_origin_m: (n,); ground range = Σ to_ground[k] (slant range − slant_origin_m)^k.
        to_ground: (n, degree + 1), in m.
        ground_origin_m: (n,).
        to_slant: (n, degree + 1), in m.
    """

    time_s: Floats
    slant_origin_m: Floats
    to_ground: Floats
    ground_origin_m: Floats
    to_slant: Floats


@dataclass(frozen=True)
class Polynomials:
    """Polynomials of slant-range time at some times: value = Σ coefficients[k] (τ − t0)^k.

    Args:
        time_s: (n,).
        t0_s: (n,), two-way slant-range time that each record counts from; it differs from record to record.
        coefficients: (n, degree + 1).
    """

    time_s: Floats
    t0_s: Floats
    coefficients: Floats


@dataclass(frozen=True)
class Spectrum:
    """One dimension of an image in frequency: bandwidth over sampling frequency, and Hamming's coefficient α."""

    bandwidth_share: float
    hamming: float


@dataclass(frozen=True)
class Burst:
    """One burst of a TOPS swath.

    Args:
        time_s: zero-Doppler time of its first line.
        first_valid: (lines,) first valid sample of each line, −1 where there is none.
        last_valid: (lines,) last valid sample of each line, −1 where there is none.
    """

    time_s: float
    first_valid: NDArray[np.int64]
    last_valid: NDArray[np.int64]


@dataclass(frozen=True)
class Annotation:
    """One image of a product.

    Args:
        swath: IW, IW1…3, EW, EW1…5, S1…6.
        first_line_time: UTC of zero Doppler; all times here count from it.
        slant_range_time_s: two-way, of the first sample.
        range_spacing_m: in slant range (SLC) or ground range (GRD).
        steering_rate_rad_s: of the antenna in azimuth, 0 for StripMap.
        ground_range: GRD only.
        fm_rate: azimuth frequency modulation rate, Hz/s.
        doppler_centroid: Hz.
        bursts: TOPS SLC only.
        range_spectrum, azimuth_spectrum: as processed, of the first swath.
    """

    product_type: str
    polarisation: str
    mode: str
    swath: str
    orbit_pass: str
    lines: int
    samples: int
    first_line_time: np.datetime64
    line_interval_s: float
    slant_range_time_s: float
    range_sampling_rate_hz: float
    range_spacing_m: float
    radar_frequency_hz: float
    steering_rate_rad_s: float
    state_vectors: StateVectors
    geolocation: GeolocationGrid
    ground_range: GroundRange | None
    fm_rate: Polynomials
    doppler_centroid: Polynomials
    lines_per_burst: int
    bursts: tuple[Burst, ...]
    range_spectrum: Spectrum
    azimuth_spectrum: Spectrum

    @cached_property
    def slant_spacing_m(self) -> float:
        """Distance of samples in slant range."""
        return SPEED_OF_LIGHT_M_S / (2 * self.range_sampling_rate_hz)

    def seconds(self, moment: np.datetime64) -> float:
        """Return a moment as seconds from the first line."""
        return float((moment - self.first_line_time) / np.timedelta64(1, "ns")) * 1e-9


def read_annotation(content: bytes, name: str) -> Annotation:
    """Return what an annotation file says.

    Raises:
        InvalidProduct: not an annotation, or one with parts missing.
    """
    try:
        return _annotation(parse_xml(content, name))
    except (AttributeError, TypeError, ValueError, IndexError) as error:
        raise InvalidProduct(
            f"{name} is not a complete Sentinel-1 annotation: {error}.", hint="Fetch the product again."
        ) from None


def _annotation(root: Element) -> Annotation:
    image = _child(root, "imageAnnotation/imageInformation")
    first = _moment(_text(image, "productFirstLineUtcTime"))
    return Annotation(
        product_type=_text(root, "adsHeader/productType"),
        polarisation=_text(root, "adsHeader/polarisation"),
        mode=_text(root, "adsHeader/mode"),
        swath=_text(root, "adsHeader/swath"),
        orbit_pass=_text(root, "generalAnnotation/productInformation/pass").lower(),
        lines=int(_text(image, "numberOfLines")),
        samples=int(_text(image, "numberOfSamples")),
        first_line_time=first,
        line_interval_s=_number(image, "azimuthTimeInterval"),
        slant_range_time_s=_number(image, "slantRangeTime"),
        range_sampling_rate_hz=_number(root, "generalAnnotation/productInformation/rangeSamplingRate"),
        range_spacing_m=_number(image, "rangePixelSpacing"),
        radar_frequency_hz=_number(root, "generalAnnotation/productInformation/radarFrequency"),
        steering_rate_rad_s=math.radians(_number(root, "generalAnnotation/productInformation/azimuthSteeringRate")),
        state_vectors=_state_vectors(root, first),
        geolocation=_geolocation(root, first),
        ground_range=_ground_range(root, first),
        fm_rate=_polynomials(root.iter("azimuthFmRate"), ("azimuthFmRatePolynomial",), first),
        doppler_centroid=_polynomials(root.iter("dcEstimate"), ("dataDcPolynomial", "geometryDcPolynomial"), first),
        lines_per_burst=int(_text(root, "swathTiming/linesPerBurst")),
        bursts=tuple(_burst(node, first) for node in root.iter("burst")),
        range_spectrum=_spectrum(
            root, "range", _number(root, "generalAnnotation/productInformation/rangeSamplingRate")
        ),
        azimuth_spectrum=_spectrum(root, "azimuth", 1 / _number(image, "azimuthTimeInterval")),
    )


def _spectrum(root: Element, dimension: str, sampling_hz: float) -> Spectrum:
    node = _child(
        root, f"imageAnnotation/processingInformation/swathProcParamsList/swathProcParams/{dimension}Processing"
    )
    bandwidth_hz, hamming = _number(node, "processingBandwidth"), _number(node, "windowCoefficient")
    return Spectrum(min(bandwidth_hz / sampling_hz, 1.0), hamming)


def _state_vectors(root: Element, first: np.datetime64) -> StateVectors:
    nodes = root.findall("generalAnnotation/orbitList/orbit")
    position, velocity = (
        np.array([[_number(node, f"{part}/{axis}") for axis in "xyz"] for node in nodes])
        for part in ("position", "velocity")
    )
    return StateVectors(_times(nodes, "time", first), position, velocity)


def _geolocation(root: Element, first: np.datetime64) -> GeolocationGrid:
    nodes = root.findall("geolocationGrid/geolocationGridPointList/geolocationGridPoint")
    names = ("slantRangeTime", "latitude", "longitude", "height", "incidenceAngle")
    line, pixel = (np.array([_number(node, name) for node in nodes]) for name in ("line", "pixel"))
    rest = [np.array([_number(node, name) for node in nodes]) for name in names]
    return GeolocationGrid(line, pixel, _times(nodes, "azimuthTime", first), *rest)


def _ground_range(root: Element, first: np.datetime64) -> GroundRange | None:
    nodes = root.findall("coordinateConversion/coordinateConversionList/coordinateConversion")
    if not nodes:
        return None
    return GroundRange(
        time_s=_times(nodes, "azimuthTime", first),
        slant_origin_m=np.array([_number(node, "sr0") for node in nodes]),
        to_ground=np.array([numbers(node, "srgrCoefficients") for node in nodes]),
        ground_origin_m=np.array([_number(node, "gr0") for node in nodes]),
        to_slant=np.array([numbers(node, "grsrCoefficients") for node in nodes]),
    )


def _polynomials(nodes: object, names: Sequence[str], first: np.datetime64) -> Polynomials:
    records: list[Element] = list(nodes)  # type: ignore[call-overload]
    rows = [_coefficients(record, names) for record in records]
    return Polynomials(
        _times(records, "azimuthTime", first),
        np.array([_number(record, "t0") for record in records]),
        np.array(rows).reshape(len(rows), -1),
    )


def _coefficients(record: Element, names: Sequence[str]) -> Floats:
    """Return the first list that is there and not all zero; before IPF 2.43 FM rates stood in c0, c1, c2."""
    for name in names:
        if record.find(name) is not None and (found := numbers(record, name)).any():
            return found
    return np.array([_number(record, name) for name in ("c0", "c1", "c2")]) if record.find("c0") is not None else found


def _burst(node: Element, first: np.datetime64) -> Burst:
    first_valid, last_valid = (numbers(node, name).astype(np.int64) for name in ("firstValidSample", "lastValidSample"))
    moment = _moment(_text(node, "azimuthTime"))
    return Burst(_seconds(moment, first), first_valid, last_valid)


def numbers(node: Element, path: str) -> Floats:
    """Return a list of numbers that stands in one element."""
    return np.array(_text(node, path).split(), np.float64)


def _times(nodes: Sequence[Element], path: str, first: np.datetime64) -> Floats:
    return np.array([_seconds(_moment(_text(node, path)), first) for node in nodes])


def _seconds(moment: np.datetime64, first: np.datetime64) -> float:
    return float((moment - first) / np.timedelta64(1, "ns")) * 1e-9


def _moment(text: str) -> np.datetime64:
    return np.datetime64(text.strip().removesuffix("Z"), "ns")


def _number(node: Element, path: str) -> float:
    return float(_text(node, path))


def _text(node: Element, path: str) -> str:
    found = node.findtext(path)
    if found is None:
        raise ValueError(f"{path} is missing")
    return found.strip()


def _child(node: Element, path: str) -> Element:
    found = node.find(path)
    if found is None:
        raise ValueError(f"{path} is missing")
    return found
