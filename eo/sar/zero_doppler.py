"""When a point on the ground was at zero Doppler, and how far away: the range-Doppler equations.

Source: Small and Schubert, Guide to Sentinel-1 Geocoding, UZH-S1-GC-AD 1.12 (2022), §3. The exact solution; block after
block of an image is placed by `eo.sar.geocoding`, whose coarse grid is computed here.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from eo.sar.orbit import Orbit

Floats = NDArray[np.float64]
WGS84_A_M = 6_378_137.0
WGS84_E2 = 6.694379990141316e-3
_MOST_STEPS = 30


def solve_zero_doppler(orbit: Orbit, points_m: Floats) -> tuple[Floats, Floats]:
    """Return time of zero Doppler in s and slant range in m of points.

    Args:
        points_m: Earth-fixed, (n, 3).

    Returns:
        Two arrays (n,); NaN where the point was never abeam within the time of the orbit, or half of it beyond.
    """
    return _solve(orbit.coefficients, orbit.centre_s, orbit.half_s, np.ascontiguousarray(points_m))  # type: ignore[no-any-return]


def earth_fixed(longitude: Floats, latitude: Floats, height_m: Floats) -> Floats:
    """Return Earth-fixed coordinates (…, 3) in m of points given in degrees and metres above the WGS 84 ellipsoid."""
    lon, lat = np.deg2rad(longitude), np.deg2rad(latitude)
    normal_m = WGS84_A_M / np.sqrt(1 - WGS84_E2 * np.sin(lat) ** 2)
    across_m = (normal_m + height_m) * np.cos(lat)
    up_m = (normal_m * (1 - WGS84_E2) + height_m) * np.sin(lat)
    return np.stack([across_m * np.cos(lon), across_m * np.sin(lon), up_m], axis=-1)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def path_at(coefficients: Floats, u: float, out: Floats) -> None:
    """Write position, first and second derivative by the normalised time, (3, 3), to `out`."""
    for axis in range(3):
        p = v = a = 0.0
        for k in range(coefficients.shape[1] - 1, -1, -1):
            a = a * u + 2.0 * v
            v = v * u + p
            p = p * u + coefficients[axis, k]
        out[0, axis], out[1, axis], out[2, axis] = p, v, a


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def solve_point(coefficients: Floats, x: float, y: float, z: float, u: float, path: Floats) -> tuple[float, float]:
    """Return normalised time and slant range in m of one point, from a first guess; NaN where Newton does not settle.

    f(u) = v·(x − p); f′(u) = a·(x − p) − v·v. Without the acceleration it would converge linearly only.
    """
    for _ in range(_MOST_STEPS):
        path_at(coefficients, u, path)
        dx, dy, dz = x - path[0, 0], y - path[0, 1], z - path[0, 2]
        f = path[1, 0] * dx + path[1, 1] * dy + path[1, 2] * dz
        slope = path[2, 0] * dx + path[2, 1] * dy + path[2, 2] * dz
        slope -= path[1, 0] ** 2 + path[1, 1] ** 2 + path[1, 2] ** 2
        step = f / slope
        u -= step
        if not abs(u) < 1.5:
            return np.nan, np.nan
        if abs(step) < 1e-12:
            path_at(coefficients, u, path)
            dx, dy, dz = x - path[0, 0], y - path[0, 1], z - path[0, 2]
            return u, np.sqrt(dx * dx + dy * dy + dz * dz)
    return np.nan, np.nan


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _solve(coefficients: Floats, centre_s: float, half_s: float, points: Floats) -> Any:
    times, ranges = np.empty(len(points)), np.empty(len(points))
    path = np.empty((3, 3))
    guess = 0.0
    for i in range(len(points)):
        u, slant = solve_point(coefficients, points[i, 0], points[i, 1], points[i, 2], guess, path)
        if np.isnan(u):  # from the middle, where the neighbour's answer was no good start
            u, slant = solve_point(coefficients, points[i, 0], points[i, 1], points[i, 2], 0.0, path)
        guess = 0.0 if np.isnan(u) else u
        times[i], ranges[i] = centre_s + half_s * u, slant
    return times, ranges
