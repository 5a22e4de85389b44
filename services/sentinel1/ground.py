"""Where the result lies and how high the ground is there; which orbit the satellite flew."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidArea, MissingDem
from eo.io.aoi import parse_area
from eo.io.dem import Dem, open_dem
from eo.io.grid import Grid, grid_over, outside
from eo.io.orbit_file import OrbitFile, find_orbit, read_orbit_file, require_orbit
from eo.io.sentinel1_annotation import Annotation
from eo.sar.orbit import Orbit, fit_orbit
from services.sentinel1.parameters import RadarParams

DEM_SETTING, ORBITS_SETTING = "DEM_PATH", "ORBITS_PATH"


@dataclass(frozen=True)
class Flight:
    """The orbit, and the file it is from; `source` is annotation, RESORB, POEORB, or SNAP's own choice."""

    orbit: Orbit
    source: str
    file: Path | None = None


def area_of(footprint: BaseGeometry, params: RadarParams) -> BaseGeometry:
    """Return what the result covers, in longitude and latitude.

    Raises:
        NoOverlap: the area lies outside of the footprint.
        InvalidArea: it lies on both sides of the antimeridian.
    """
    found = footprint
    if params.aoi:
        area = parse_area(params.aoi)
        found = footprint.intersection(area)
        if found.is_empty or found.area == 0:
            raise outside(area, footprint)
    if found.bounds[2] - found.bounds[0] > 180:
        raise InvalidArea(
            "The result would lie on both sides of the antimeridian.",
            hint="Draw the area on one side of it, and make a second run for the other.",
        )
    return found


def map_grid(area: BaseGeometry, params: RadarParams) -> Grid:
    """Return the grid of the result: pixel corners on whole multiples of the pixel size."""
    return grid_over(area, params.resolution, params.projection or utm_zone(area))


def utm_zone(area: BaseGeometry) -> str:
    """Return the UTM zone of the middle of an area; the polar projections beyond 84° N and 80° S."""
    longitude, latitude = area.centroid.x, area.centroid.y
    if latitude > 84 or latitude < -80:
        return "EPSG:32661" if latitude > 0 else "EPSG:32761"
    return f"EPSG:{326 if latitude >= 0 else 327}{int((longitude + 180) // 6) % 60 + 1:02d}"


def heights_for(area: BaseGeometry, params: RadarParams) -> Dem:
    """Return the heights to use.

    Raises:
        MissingDem: there are none, or none for this area.
    """
    if params.terrain == "flat":
        return Dem(())
    given = params.dem or os.environ.get(DEM_SETTING)
    if not given:
        raise MissingDem(
            "No elevation model is set up.",
            hint=f"Name one with --dem or the setting {DEM_SETTING}, or choose terrain flat.",
        )
    dem = open_dem(Path(given), params.dem_heights)
    dem.require(area)
    return dem


def flight(platform: str, annotation: Annotation, params: RadarParams, following: Sequence[Annotation] = ()) -> Flight:
    """Return the orbit of an image and of those that follow it, its times counted from the first line.

    Raises:
        InvalidOrbit: the file that was given is of another day or satellite, or damaged.
    """
    start = annotation.first_line_time
    last = following[-1] if following else annotation
    stop = last.first_line_time + np.timedelta64(round(last.lines * last.line_interval_s * 1e9), "ns")
    found = _orbit_file(platform, start, stop, params)
    if found is None:
        vectors = annotation.state_vectors
        return Flight(fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s), "annotation")
    vectors = read_orbit_file(found.path, start, stop)
    return Flight(fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s), found.kind, found.path)


def _orbit_file(platform: str, start: np.datetime64, stop: np.datetime64, params: RadarParams) -> OrbitFile | None:
    given = params.orbit or os.environ.get(ORBITS_SETTING)
    if not given:
        return None
    path = Path(given)
    return find_orbit(path, platform, start, stop) if path.is_dir() else require_orbit(path, platform, start, stop)
