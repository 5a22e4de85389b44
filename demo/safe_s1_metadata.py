"""The annotation of a made Sentinel-1 image, as the product specification lays it out."""

from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from demo.radar_pass import locate
from demo.radar_plan import RADAR_HZ, SAMPLING_HZ, Image
from demo.xml import node
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S
from eo.sar.zero_doppler import earth_fixed

Floats = NDArray[np.float64]


def annotation(image: Image) -> Element:
    """Return the product annotation."""
    return node(
        "product",
        header(image),
        node("qualityInformation"),
        _general(image),
        _image(image),
        _doppler(image),
        node("antennaPattern", node("antennaPatternList", count=0)),
        _timing(image),
        _geolocation(image),
        _conversion(image),
        node("swathMerging", node("swathMergeList", count=0)),
    )


def incidence(image: Image, time_s: Floats, slant_s: Floats) -> Floats:
    """Return angles of incidence on the ellipsoid in rad."""
    orbit = image.flight.orbit
    slant_m = slant_s * SPEED_OF_LIGHT_M_S / 2
    place = locate(orbit, time_s, slant_m, np.zeros(len(time_s)), image.place)
    point, higher = (earth_fixed(place[0], place[1], np.full(len(time_s), h)) for h in (0.0, 1.0))
    sight = (orbit.position_m(time_s) - point) / slant_m[:, None]
    return np.asarray(np.arccos(np.sum(sight * (higher - point), axis=1)), np.float64)


def utc(moment: datetime) -> str:
    """Write a time to the microsecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}"


def header(image: Image) -> Element:
    """Return what every annotation file begins with."""
    flight = image.flight
    facts = {
        "missionId": flight.platform,
        "productType": image.kind,
        "polarisation": image.polarisation,
        "mode": image.swath.mode,
        "swath": image.swath.name,
        "startTime": utc(flight.at(image.first_s)),
        "stopTime": utc(flight.at(image.last_s)),
        "absoluteOrbitNumber": flight.absolute_orbit,
        "missionDataTakeId": 703710,
        "imageNumber": f"{image.number:03d}",
    }
    return node("adsHeader", *(node(name, str(value)) for name, value in facts.items()))


def _general(image: Image) -> Element:
    information = {
        "pass": "Descending",
        "timelinessCategory": "Fast-24h",
        "platformHeading": -167.8,
        "projection": "Slant Range" if image.kind == "SLC" else "Ground Range",
        "rangeSamplingRate": SAMPLING_HZ,
        "radarFrequency": RADAR_HZ,
        "azimuthSteeringRate": image.swath.steering_deg_s,
    }
    vectors = image.flight.vectors
    orbits = [
        node(
            "orbit",
            node("time", utc(image.flight.at(float(t)))),
            node("frame", "Earth Fixed"),
            _axes("position", p),
            _axes("velocity", v),
        )
        for t, p, v in zip(vectors.time_s, vectors.position_m, vectors.velocity_m_s, strict=True)
    ]
    return node(
        "generalAnnotation",
        node("productInformation", *(node(name, str(value)) for name, value in information.items())),
        node("downlinkInformationList", count=0),
        listed("orbitList", orbits),
        node("attitudeList", count=0),
        listed("azimuthFmRateList", [_fm_rate(image, t) for t in _estimate_times(image)]),
    )


def _fm_rate(image: Image, time_s: float) -> Element:
    """−C / R and its slope, over the two-way time counted from the first sample."""
    slant_m = image.near_s * SPEED_OF_LIGHT_M_S / 2
    wavelength_m = SPEED_OF_LIGHT_M_S / RADAR_HZ
    rate = -2 * 7590.0 * 6800.0 / (wavelength_m * slant_m)
    values = numbers(np.array([rate, -rate / image.near_s, rate / image.near_s**2]))
    return node(
        "azimuthFmRate",
        node("azimuthTime", utc(image.flight.at(time_s))),
        node("t0", repr(image.near_s)),
        node("azimuthFmRatePolynomial", values, count=3),
    )


def _doppler(image: Image) -> Element:
    """Some hertz, counted from a time that is not that of the first sample, as in real products."""
    t0 = image.near_s - 3.0e-4
    made = [
        node(
            "dcEstimate",
            node("azimuthTime", utc(image.flight.at(t))),
            node("t0", repr(t0)),
            node("geometryDcPolynomial", "0 0 0", count=3),
            node("dataDcPolynomial", "4.0 9000.0 0.0", count=3),
            node("dataDcRmsError", 0.0),
            node("dataDcRmsErrorAboveThreshold", "false"),
            node("fineDceAzimuthStartTime", utc(image.flight.at(image.first_s))),
            node("fineDceAzimuthStopTime", utc(image.flight.at(image.last_s))),
        )
        for t in _estimate_times(image)
    ]
    return node("dopplerCentroid", listed("dcEstimateList", made))


def _image(image: Image) -> Element:
    facts = {
        "productFirstLineUtcTime": utc(image.flight.at(image.first_s)),
        "productLastLineUtcTime": utc(image.flight.at(image.last_s)),
        "ascendingNodeTime": utc(image.flight.at(-4200.0)),
        "anchorTime": utc(image.flight.at(image.first_s)),
        "productComposition": "Slice",
        "sliceNumber": 1,
        "slantRangeTime": repr(image.near_s),
        "pixelValue": "Complex" if image.kind == "SLC" else "Detected",
        "outputPixels": "16 bit Signed Integer" if image.kind == "SLC" else "16 bit Unsigned Integer",
        "rangePixelSpacing": repr(image.spacing_m),
        "azimuthPixelSpacing": 13.9 if image.kind == "SLC" else 10.0,
        "azimuthTimeInterval": repr(image.interval_s),
        "azimuthFrequency": 486.4863,
        "numberOfSamples": image.samples,
        "numberOfLines": image.lines,
        "zeroDopMinusAcqTime": 0.0,
        "incidenceAngleMidSwath": 39.0,
    }
    swath = image.swath
    parameters = node(
        "swathProcParams",
        node("swath", swath.name),
        node(
            "rangeProcessing",
            node("windowType", "Hamming"),
            node("windowCoefficient", swath.hamming[1]),
            node("totalBandwidth", swath.range_bandwidth_hz),
            node("processingBandwidth", swath.range_bandwidth_hz),
        ),
        node(
            "azimuthProcessing",
            node("windowType", "Hamming"),
            node("windowCoefficient", swath.hamming[0]),
            node("totalBandwidth", swath.azimuth_bandwidth_hz),
            node("processingBandwidth", swath.azimuth_bandwidth_hz),
        ),
    )
    return node(
        "imageAnnotation",
        node("imageInformation", *(node(name, str(value)) for name, value in facts.items())),
        node("processingInformation", listed("swathProcParamsList", [parameters])),
    )


def _timing(image: Image) -> Element:
    valid = np.full(image.burst_lines, 0)
    last = np.full(image.burst_lines, image.samples - 1)
    for edge in (slice(0, image.invalid), slice(image.burst_lines - image.invalid, None)):
        valid[edge] = last[edge] = -1
    bursts = [
        node(
            "burst",
            node("azimuthTime", utc(image.flight.at(t))),
            node("azimuthAnxTime", 4200.0 + t),
            node("sensingTime", utc(image.flight.at(t))),
            node("byteOffset", 0),
            node("firstValidSample", " ".join(map(str, valid)), count=len(valid)),
            node("lastValidSample", " ".join(map(str, last)), count=len(last)),
        )
        for t in image.bursts_s
    ]
    lengths = node("linesPerBurst", image.burst_lines), node("samplesPerBurst", image.samples if bursts else 0)
    return node("swathTiming", *lengths, listed("burstList", bursts))


def _geolocation(image: Image) -> Element:
    lines, times = image.line_times()
    pixels = np.linspace(0, image.samples - 1, 11).round().astype(np.float64)
    y = np.repeat(np.arange(len(lines)), len(pixels))
    x = np.tile(pixels, len(lines))
    time_s, slant_s = times[y], image.slant_s(x)
    slant_m = slant_s * SPEED_OF_LIGHT_M_S / 2
    longitude, latitude = locate(image.flight.orbit, time_s, slant_m, np.zeros(len(x)), image.place)
    angle = np.degrees(incidence(image, time_s, slant_s))
    points = [
        node(
            "geolocationGridPoint",
            node("azimuthTime", utc(image.flight.at(float(time_s[k])))),
            node("slantRangeTime", repr(float(slant_s[k]))),
            node("line", int(lines[y[k]])),
            node("pixel", int(x[k])),
            node("latitude", repr(float(latitude[k]))),
            node("longitude", repr(float(longitude[k]))),
            node("height", 0.0),
            node("incidenceAngle", repr(float(angle[k]))),
            node("elevationAngle", repr(float(angle[k] * 0.88))),
        )
        for k in range(len(x))
    ]
    return node("geolocationGrid", listed("geolocationGridPointList", points))


def _conversion(image: Image) -> Element:
    if not image.to_ground:
        return node("coordinateConversion", node("coordinateConversionList", count=0))
    records = [
        node(
            "coordinateConversion",
            node("azimuthTime", utc(image.flight.at(t))),
            node("slantRangeTime", repr(image.near_s)),
            node("sr0", repr(image.near_s * SPEED_OF_LIGHT_M_S / 2)),
            node("srgrCoefficients", numbers(np.array(image.to_ground)), count=len(image.to_ground)),
            node("gr0", 0.0),
            node("grsrCoefficients", numbers(np.array(image.to_slant)), count=len(image.to_slant)),
        )
        for t in (image.first_s - 0.5, image.last_s + 0.5)
    ]
    return node("coordinateConversion", listed("coordinateConversionList", records))


def _estimate_times(image: Image) -> Sequence[float]:
    """Return times at which Doppler and FM rate are told: the middle of each burst, or of the image."""
    if image.bursts_s:
        return [t + (image.burst_lines - 1) / 2 * image.interval_s for t in image.bursts_s]
    return [(image.first_s + image.last_s) / 2]


def listed(tag: str, items: Sequence[Element]) -> Element:
    """Return elements in a list that tells their number."""
    return node(tag, *items, count=len(items))


def _axes(tag: str, values: Floats) -> Element:
    return node(tag, *(node(axis, repr(float(value))) for axis, value in zip("xyz", values, strict=True)))


def numbers(values: Floats) -> str:
    """Write numbers with all digits that count."""
    return " ".join(f"{value:.12e}" for value in values)
