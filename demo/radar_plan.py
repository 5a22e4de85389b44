"""What a made Sentinel-1 image is: its swath, its lines and samples, its times and ranges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.radar_pass import Pass
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S

Floats = NDArray[np.float64]
RADAR_HZ, SAMPLING_HZ = 5.405000454334350e9, 64.34523812571428e6


@dataclass(frozen=True)
class Swath:
    """What is set for a swath: bandwidths in Hz, Hamming coefficients, steering rate in degrees a second."""

    name: str
    range_bandwidth_hz: float
    azimuth_bandwidth_hz: float
    hamming: tuple[float, float]
    steering_deg_s: float

    @property
    def mode(self) -> str:
        """IW, EW, or SM, whose swaths are called S1 to S6."""
        return self.name[:2] if self.name[:2] in ("IW", "EW") else "SM"


@dataclass(frozen=True)
class Image:
    """One image of a product.

    Args:
        first_s: time of the first line, counted as the pass counts.
        near_s: two-way slant-range time of the first sample.
        spacing_m: of samples.
        to_ground, to_slant: polynomials of a detected image.
        bursts_s: time of the first line of each burst.
            None in StripMap.
        burst_lines: lines of each; `invalid` of them at either end hold nothing.
        noise: in squared numbers.
    """

    flight: Pass
    kind: str
    swath: Swath
    polarisation: str
    number: int
    lines: int
    samples: int
    first_s: float
    interval_s: float
    near_s: float
    spacing_m: float
    noise: float
    place: tuple[float, float]
    to_ground: tuple[float, ...] = ()
    to_slant: tuple[float, ...] = ()
    bursts_s: tuple[float, ...] = ()
    burst_lines: int = 0
    invalid: int = 0

    @property
    def last_s(self) -> float:
        """Time of the last line."""
        if self.bursts_s:
            return self.bursts_s[-1] + (self.burst_lines - 1) * self.interval_s
        return self.first_s + (self.lines - 1) * self.interval_s

    @property
    def stem(self) -> str:
        """Name of its files."""
        start, stop = (f"{self.flight.at(s):%Y%m%dt%H%M%S}" for s in (self.first_s, self.last_s))
        orbit = f"{self.flight.absolute_orbit:06d}-0abcde-{self.number:03d}"
        swath, kind = self.swath.name.lower(), self.kind.lower()
        return f"{self.flight.platform.lower()}-{swath}-{kind}-{self.polarisation.lower()}-{start}-{stop}-{orbit}"

    def slant_s(self, pixel: Floats) -> Floats:
        """Return two-way slant-range times of pixels."""
        if not self.to_slant:
            return self.near_s + pixel / SAMPLING_HZ
        ground = pixel * self.spacing_m
        slant_m = np.polynomial.polynomial.polyval(ground, self.to_slant)
        return np.asarray(slant_m * 2 / SPEED_OF_LIGHT_M_S, np.float64)

    def line_times(self) -> tuple[Floats, Floats]:
        """Return lines of the file at which things are told, and their times."""
        if self.bursts_s:
            lines = np.append(np.arange(len(self.bursts_s)) * self.burst_lines, self.lines - 1.0)
            return np.asarray(lines, np.float64), np.append(self.bursts_s, self.last_s)
        lines = np.linspace(0, self.lines - 1, 5).round()
        return lines, self.first_s + lines * self.interval_s
