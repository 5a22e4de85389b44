"""How far apart two orbits were when both looked at the same point.

The baseline leads from the first satellite's position to the second's, each at the zero Doppler of the point. It is
taken apart in the plane across the first track: parallel to its line of sight, positive away from the ground, and
perpendicular to that, positive upwards (away from the Earth's centre). Source: Massonnet and Feigl, Radar
interferometry and its application to changes in the Earth's surface, Reviews of Geophysics 36(4), 1998,
doi:10.1029/97RG03139; ISCE and SNAP use the same parts, signs may differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eo.io.sentinel1_annotation import Annotation
from eo.sar.orbit import Orbit, fit_orbit
from eo.sar.zero_doppler import earth_fixed, solve_zero_doppler

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Baseline:
    """Parts of the baseline in m, and days from the first date to the second."""

    perpendicular_m: float
    parallel_m: float
    days: float


def baseline(first: Annotation, second: Annotation) -> Baseline:
    """Return the baseline of two images in the middle of the first, by their annotated orbits.

    NaN where the second never was abeam of that point.
    """
    return baseline_of_tracks(track_of(first), track_of(second))


def track_of(annotation: Annotation) -> dict[str, Any]:
    """Return orbit, middle and time of an image as JSON-ready data, enough to tell baselines without the product."""
    vectors = annotation.state_vectors
    orbit = fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)
    return {
        "time": str(annotation.first_line_time),
        "point_m": _middle(annotation).tolist(),
        "centre_s": orbit.centre_s,
        "half_s": orbit.half_s,
        "coefficients": orbit.coefficients.tolist(),
    }


def baseline_of_tracks(first: Mapping[str, Any], second: Mapping[str, Any]) -> Baseline:
    """Return the baseline of two images of which `track_of` was kept; otherwise as `baseline`."""
    orbits = [
        Orbit(
            t["centre_s"],
            t["half_s"],
            np.array(t["coefficients"]),
            t["centre_s"] - t["half_s"],
            t["centre_s"] + t["half_s"],
        )
        for t in (first, second)
    ]
    days = (np.datetime64(second["time"]) - np.datetime64(first["time"])) / np.timedelta64(1, "D")
    return Baseline(*parts_at(orbits[0], orbits[1], np.array(first["point_m"])), float(days))


def parts_at(first: Orbit, second: Orbit, point_m: Floats) -> tuple[float, float]:
    """Return the perpendicular and the parallel part in m at a point of the ground (3,), Earth-fixed."""
    (time1,), _ = solve_zero_doppler(first, point_m[None])
    (time2,), _ = solve_zero_doppler(second, point_m[None])
    position, velocity = first.position_m(time1), first.velocity_m_s(time1)
    difference = second.position_m(time2) - position
    sight = (position - point_m) / np.linalg.norm(position - point_m)
    along = velocity / np.linalg.norm(velocity)
    across = np.cross(along, sight)
    across *= np.sign(across @ position)
    return float(difference @ across / np.linalg.norm(across)), float(difference @ sight)


def _middle(annotation: Annotation) -> Floats:
    grid = annotation.geolocation
    k = int(np.hypot(grid.line / grid.line.max() - 0.5, grid.pixel / grid.pixel.max() - 0.5).argmin())
    return np.asarray(earth_fixed(grid.longitude[k], grid.latitude[k], grid.height_m[k]), np.float64)
