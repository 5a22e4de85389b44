"""What is fixed about the Sentinel-2 instrument and its products.

Wavelengths and resolutions: Sentinel-2 Products Specification Document (S2-PDGS-TAS-DI-PSD), S2A values.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np


@dataclass(frozen=True)
class Band:
    """One spectral band: its name, number in the metadata, pixel size, range, and solar irradiance in W/m²/µm."""

    name: str
    index: int
    resolution_m: int
    low_nm: int
    high_nm: int
    centre_nm: float
    irradiance: float


BANDS = (
    Band("B01", 0, 60, 412, 456, 442.7, 1884.69),
    Band("B02", 1, 10, 456, 533, 492.7, 1959.66),
    Band("B03", 2, 10, 538, 583, 559.8, 1823.24),
    Band("B04", 3, 10, 646, 684, 664.6, 1512.06),
    Band("B05", 4, 20, 695, 714, 704.1, 1424.64),
    Band("B06", 5, 20, 731, 749, 740.5, 1287.61),
    Band("B07", 6, 20, 769, 797, 782.8, 1162.08),
    Band("B08", 7, 10, 760, 907, 832.8, 1041.63),
    Band("B8A", 8, 20, 837, 881, 864.7, 955.32),
    Band("B09", 9, 60, 932, 958, 945.1, 812.92),
    Band("B10", 10, 60, 1337, 1412, 1373.5, 367.15),
    Band("B11", 11, 20, 1539, 1682, 1613.7, 245.59),
    Band("B12", 12, 20, 2078, 2320, 2202.4, 85.25),
)
BY_NAME = {band.name: band for band in BANDS}

# The images of a Level-2A product per resolution, as in processing baseline 04.00 and after.
L2A_IMAGES = {
    10: ("B02", "B03", "B04", "B08", "TCI", "AOT", "WVP"),
    20: ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12", "TCI", "AOT", "WVP", "SCL"),
    60: ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B09", "B11", "B12", "TCI", "AOT", "WVP", "SCL"),
}
J2000 = datetime(2000, 1, 1, 12)
SCENE_CLASSES = (
    "SC_NODATA", "SC_SATURATED_DEFECTIVE", "SC_DARK_FEATURE_SHADOW", "SC_CLOUD_SHADOW", "SC_VEGETATION",
    "SC_NOT_VEGETATED", "SC_WATER", "SC_UNCLASSIFIED", "SC_CLOUD_MEDIUM_PROBA", "SC_CLOUD_HIGH_PROBA",
    "SC_THIN_CIRRUS", "SC_SNOW_ICE",
)  # fmt: skip


@dataclass(frozen=True)
class Acquisition:
    """One overpass as processed: what the names and the metadata of its products are made of."""

    platform: str
    sensed: datetime
    relative_orbit: int
    absolute_orbit: int
    tile: str
    baseline: str = "05.11"

    @property
    def offset(self) -> int:
        """What is added to a digital number before the division: -1000 since processing baseline 04.00."""
        return -1000 if self.baseline >= "04.00" else 0

    @property
    def generated(self) -> datetime:
        """When the product was made: some hours after the overpass."""
        return self.sensed + timedelta(hours=5, minutes=12, seconds=40)

    @property
    def stamp(self) -> str:
        """The sensing time as names carry it."""
        return f"{self.sensed:%Y%m%dT%H%M%S}"

    def product(self, level: str) -> str:
        """Name the product of a level (L1C or L2A)."""
        number = self.baseline.replace(".", "")
        return (
            f"{self.platform}_MSI{level}_{self.stamp}_N{number}_R{self.relative_orbit:03d}_T{self.tile}_"
            f"{self.generated:%Y%m%dT%H%M%S}.SAFE"
        )

    def granule(self, level: str) -> str:
        """Name the granule folder."""
        return f"{level}_T{self.tile}_A{self.absolute_orbit:06d}_{self.sensed:%Y%m%dT%H%M%S}"

    def datastrip(self) -> str:
        """Name the datastrip folder."""
        return f"DS_DEMO_{self.generated:%Y%m%dT%H%M%S}_S{self.stamp}"

    def identifier(self, level: str, kind: str) -> str:
        """The long identifier of the tile (TL) or the datastrip (DS)."""
        made = f"{self.platform}_OPER_MSI_{level}_{kind}_DEMO_{self.generated:%Y%m%dT%H%M%S}"
        middle = f"_A{self.absolute_orbit:06d}_T{self.tile}" if kind == "TL" else f"_S{self.stamp}"
        return f"{made}{middle}_N{self.baseline}"


def sun_angles(when: datetime, longitude: float, latitude: float) -> tuple[float, float]:
    """Compute the sun's zenith and azimuth (from north, clockwise) in degrees, good to about 0.02; `when` is in UTC.

    Source: the low-precision formulae of the Astronomical Almanac (section C, "Low precision formulas for the Sun").
    """
    days = (when - J2000) / timedelta(days=1)
    mean_longitude, anomaly = 280.460 + 0.9856474 * days, np.radians(357.528 + 0.9856003 * days)
    ecliptic = np.radians(mean_longitude + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt = np.radians(23.439 - 4e-7 * days)
    declination = np.arcsin(np.sin(tilt) * np.sin(ecliptic))
    right_ascension = np.arctan2(np.cos(tilt) * np.sin(ecliptic), np.cos(ecliptic))
    sidereal_deg = 15 * (18.697374558 + 24.06570982441908 * days)
    angle = np.radians(sidereal_deg + longitude) - right_ascension
    phi = np.radians(latitude)
    cos_zenith = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angle)
    azimuth = np.arctan2(np.sin(angle), np.cos(angle) * np.sin(phi) - np.tan(declination) * np.cos(phi)) + np.pi
    return float(np.degrees(np.arccos(cos_zenith))), float(np.degrees(azimuth) % 360)
