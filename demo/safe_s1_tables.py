"""Calibration and noise of a made Sentinel-1 image, as the product specification lays them out."""

from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from demo.radar_plan import Image
from demo.safe_s1_metadata import header, incidence, listed, numbers, utc
from demo.xml import node

Floats = NDArray[np.float64]
BETA_GAIN = 474.0
_STEP = 40


def calibration(image: Image) -> Element:
    """Return the calibration annotation: A of β0, σ0 and γ0 at some lines and pixels."""
    lines, times = image.line_times()
    pixels = np.append(np.arange(0, image.samples - 1, _STEP), image.samples - 1)
    vectors = []
    for line, time in zip(lines, times, strict=True):
        theta = incidence(image, np.full(len(pixels), time), image.slant_s(pixels.astype(float)))
        rows = {"sigmaNought": BETA_GAIN / np.sqrt(np.sin(theta)), "betaNought": np.full(len(pixels), BETA_GAIN)}
        rows |= {"gamma": BETA_GAIN / np.sqrt(np.tan(theta)), "dn": np.full(len(pixels), BETA_GAIN)}
        parts = [node(name, numbers(values), count=len(values)) for name, values in rows.items()]
        vectors.append(_vector("calibrationVector", image, time, line, pixels, parts))
    information = node("calibrationInformation", node("absoluteCalibrationConstant", 1.0))
    return node("calibration", header(image), information, listed("calibrationVectorList", vectors))


def noise(image: Image) -> Element:
    """Return the noise annotation: range vectors, and one azimuth vector for the swath."""
    lines, times = image.line_times()
    pixels = np.append(np.arange(0, image.samples - 1, _STEP), image.samples - 1)
    range_lut = image.noise * (1 + 0.2 * (pixels / image.samples - 0.5) ** 2)
    vectors = [
        _vector(
            "noiseRangeVector", image, t, line, pixels, [node("noiseRangeLut", numbers(range_lut), count=len(pixels))]
        )
        for line, t in zip(lines, times, strict=True)
    ]
    bounds = {"firstAzimuthLine": 0, "firstRangeSample": 0, "lastAzimuthLine": image.lines - 1}
    bounds["lastRangeSample"] = image.samples - 1
    azimuth = node(
        "noiseAzimuthVector",
        node("swath", image.swath.name if image.kind == "SLC" else "IW2"),
        *(node(name, str(value)) for name, value in bounds.items()),
        node("line", f"0 {image.lines - 1}", count=2),
        node("noiseAzimuthLut", "1.0 1.0", count=2),
    )
    return node(
        "noise", header(image), listed("noiseRangeVectorList", vectors), listed("noiseAzimuthVectorList", [azimuth])
    )


def _vector(
    tag: str, image: Image, time_s: float, line: float, pixels: NDArray[np.integer], parts: list[Element]
) -> Element:
    place = node("pixel", " ".join(str(int(p)) for p in pixels), count=len(pixels))
    return node(tag, node("azimuthTime", utc(image.flight.at(float(time_s)))), node("line", int(line)), place, *parts)
