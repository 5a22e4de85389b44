"""What is asked of SNAP, in this library's words, checked before a graph is made of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from eo.errors import InvalidArea, InvalidOption, InvalidProjection
from eo.io.aoi import parse_area
from eo.sar.speckle.filters import SpeckleFilter, margin_of

Calibration = Literal["sigma0", "beta0", "gamma0", "gamma0_rtc"]
Orbit = Literal["precise", "restituted", "annotation"]
SlcMode = Literal["IW", "SM"]
CALIBRATIONS: tuple[Calibration, ...] = get_args(Calibration)
POLARISATIONS = ("VV", "VH", "HH", "HV")
SUBSWATHS = ("IW1", "IW2", "IW3")
NO_FILTER = SpeckleFilter("none")
DEM_SUFFIXES = (".tif", ".tiff", ".dim")
MARGIN_DEGREES = 0.06
"""Ground around an area that is processed with it, about 6.5 km: relief displaces what lies below it that far."""


def _check_choice(what: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise InvalidOption(f"{what} is {value!r}; allowed are: {', '.join(allowed)}.")


@dataclass(frozen=True)
class SnapOptions:
    """What to make of a product.

    Args:
        resolution_m: pixel size of the result.
        crs: `EPSG:n`.
        speckle: SNAP has `looks` of 1 to 4 for Lee sigma, and whole numbers for `damping`.
        aoi: WKT, lon/lat; None for all of the product.
        dem: one GeoTIFF or BEAM-DIMAP in longitude and latitude, metres above the geoid (EGM96); None lets SNAP fetch
            the Copernicus 30 m DEM from the network.
        dem_nodata_m: height that means none in `dem`.
        orbit: precise and restituted ones are fetched by SNAP; `annotation` takes those of the product.
        decibels: of backscatter; coherence has none.
        looks: that are averaged in range and azimuth, for SLC.
        coherence_window: azimuth and range, in pixels.
    """

    calibration: Calibration
    polarisations: tuple[str, ...]
    resolution_m: float
    crs: str
    speckle: SpeckleFilter = NO_FILTER
    aoi: str | None = None
    dem: Path | None = None
    dem_nodata_m: float = -9999.0
    orbit: Orbit = "precise"
    decibels: bool = True
    looks: tuple[int, int] = (4, 1)
    coherence_window: tuple[int, int] = (3, 12)

    def __post_init__(self) -> None:
        _check_choice("The calibration", self.calibration, CALIBRATIONS)
        _check_choice("The orbit", self.orbit, get_args(Orbit))
        for polarisation in self.polarisations:
            _check_choice("The polarisation", polarisation, POLARISATIONS)
        if not self.polarisations:
            raise InvalidOption("No polarisation is named.", hint=f"Choose among {', '.join(POLARISATIONS)}.")
        if not (math.isfinite(self.resolution_m) and self.resolution_m > 0):
            raise InvalidOption(f"The resolution is {self.resolution_m:g} m; it has to be a number above 0.")
        margin_of(self.speckle.name, self.speckle.window)
        _check_crs(self.crs)
        _check_dem(self.dem)

    @property
    def region(self) -> str | None:
        """WKT rectangle around the area, with a margin; None for all of the product."""
        return None if self.aoi is None else _region(self.aoi)


@dataclass(frozen=True)
class Subswath:
    """Consecutive bursts of one sub-swath of an IW product; bursts count from 1, the last one belongs to them."""

    name: str
    first_burst: int = 1
    last_burst: int = 9999

    def __post_init__(self) -> None:
        _check_choice("The sub-swath", self.name, SUBSWATHS)
        if not 1 <= self.first_burst < self.last_burst:
            raise InvalidOption(
                f"Bursts {self.first_burst} to {self.last_burst} of {self.name} are asked for; SNAP joins no less "
                "than two bursts.",
                hint="Take a neighbouring burst with it.",
            )


@dataclass(frozen=True)
class Slc:
    """An SLC product, and what of it to process.

    Args:
        path: of its zip, or of its manifest.
        subswaths: of an IW product; a StripMap has none.
    """

    path: Path
    mode: SlcMode
    subswaths: tuple[Subswath, ...] = tuple(Subswath(name) for name in SUBSWATHS)

    def __post_init__(self) -> None:
        _check_choice("The mode", self.mode, get_args(SlcMode))
        names = [s.name for s in self.subswaths]
        if self.mode == "IW" and (not names or len(set(names)) < len(names)):
            raise InvalidOption(
                f"The sub-swaths are {', '.join(names) or 'none'}; one at least is to be named, and none twice."
            )


def _check_crs(crs: str) -> None:
    try:
        known = crs.upper().startswith("EPSG:") and bool(CRS.from_user_input(crs))
    except CRSError:
        known = False
    if not known:
        raise InvalidProjection(f"The projection is {crs!r}; SNAP takes EPSG codes.", hint="Give it as EPSG:32633.")


def _check_dem(dem: Path | None) -> None:
    if dem is not None and dem.suffix.lower() not in DEM_SUFFIXES:
        raise InvalidOption(
            f"The DEM {dem.name} is not of a kind that SNAP reads ({', '.join(DEM_SUFFIXES)}).",
            hint="Write the heights into one GeoTIFF first.",
        )


def _region(aoi: str) -> str:
    area = parse_area(aoi)
    west, south, east, north = area.bounds
    if east - west > 180:
        raise InvalidArea("The area reaches across ±180° of longitude; SNAP cannot cut it out.", hint="Split it there.")
    sideways = MARGIN_DEGREES / max(math.cos(math.radians(max(abs(south), abs(north)))), 0.1)
    box = shapely.box(
        max(west - sideways, -180), max(south - MARGIN_DEGREES, -90), min(east + sideways, 180), north + MARGIN_DEGREES
    )
    return str(shapely.to_wkt(box, rounding_precision=6))
