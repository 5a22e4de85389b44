"""A pass of Sentinel-1 over the landscape: a made orbit, and where the ground lies as it sees it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import fsolve

from eo.io.sentinel1_annotation import StateVectors
from eo.sar.orbit import Orbit, fit_orbit
from eo.sar.zero_doppler import earth_fixed, solve_zero_doppler

Floats = NDArray[np.float64]
INCLINATION = np.radians(98.18)
RADIUS_M = 7_071_000.0
EARTH_RATE_RAD_S = 7.2921159e-5
GRAVITY_M3_S2 = 3.986004418e14
VECTORS, EVERY_S = 17, 10.0


@dataclass(frozen=True)
class Pass:
    """One acquisition; times count from `moment` (UTC), when the satellite is abeam of the landscape's middle."""

    platform: str
    moment: datetime
    absolute_orbit: int
    relative_orbit: int
    vectors: StateVectors
    orbit: Orbit

    def at(self, seconds: float) -> datetime:
        """Return a time of the pass as UTC, to the microsecond."""
        return self.moment + timedelta(seconds=seconds)


def make_pass(
    platform: str, moment: datetime, orbits: tuple[int, int], point_m: Floats, slant_m: float, higher_m: float = 0.0
) -> Pass:
    """Return a descending, right-looking pass.

    Args:
        orbits: absolute and relative.
        point_m: Earth-fixed (3,), abeam of which the satellite is at `moment`.
        slant_m: distance from it then.
        higher_m: of the orbit, above the usual one: how a baseline is made.
    """
    radius_m = RADIUS_M + higher_m
    start = _start(point_m)

    def miss(unknown: Floats) -> list[float]:
        position, velocity = _state(unknown[0], unknown[1], np.zeros(1), radius_m)
        away = point_m - position[0]
        return [float(away @ velocity[0]) / 1e9, (float(np.linalg.norm(away)) - slant_m) / 1e5]

    latitude_argument, node = fsolve(miss, start, xtol=1e-14)
    time_s = np.asarray((np.arange(VECTORS) - VECTORS // 2) * EVERY_S, np.float64)
    position, velocity = _state(latitude_argument, node, time_s, radius_m)
    vectors = StateVectors(np.asarray(time_s, np.float64), position.round(6), velocity.round(6))
    return Pass(platform, moment, *orbits, vectors, fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s))


def locate(orbit: Orbit, time_s: Floats, slant_m: Floats, height_m: Floats, near: tuple[float, float]) -> Floats:
    """Return longitude and latitude (2, n) of points seen at times and slant ranges, at heights on the ellipsoid."""
    place = np.repeat(np.array(near, np.float64)[:, None], len(time_s), axis=1)
    step = 1e-4
    for _ in range(8):
        f = _seen(orbit, place, height_m) - np.stack([time_s, slant_m])
        jacobian = np.stack(
            [
                (_seen(orbit, place + np.array(d)[:, None], height_m) - np.stack([time_s, slant_m]) - f) / step
                for d in ((step, 0), (0, step))
            ],
            axis=1,
        )
        place = place - np.linalg.solve(np.moveaxis(jacobian, -1, 0), f.T[..., None])[..., 0].T
    return place


def _seen(orbit: Orbit, place: Floats, height_m: Floats) -> Floats:
    return np.stack(solve_zero_doppler(orbit, earth_fixed(place[0], place[1], height_m)))


def _start(point_m: Floats) -> tuple[float, float]:
    """Return argument of latitude and longitude of the node of a descending orbit some degrees east of a point."""
    longitude, latitude = (
        np.arctan2(point_m[1], point_m[0]) + np.radians(7.5),
        np.arcsin(point_m[2] / np.linalg.norm(point_m)),
    )
    argument = np.pi - np.arcsin(np.sin(latitude) / np.sin(INCLINATION))
    return argument, longitude - np.arctan2(np.cos(INCLINATION) * np.sin(argument), np.cos(argument))


def _state(argument: float, node: float, time_s: Floats, radius_m: float) -> tuple[Floats, Floats]:
    """Return Earth-fixed positions and velocities on a circular orbit."""
    rate = np.sqrt(GRAVITY_M3_S2 / radius_m**3)
    u, longitude = argument + rate * time_s, node - EARTH_RATE_RAD_S * time_s
    cos_i, sin_i = np.cos(INCLINATION), np.sin(INCLINATION)
    along, across, up = np.cos(u), np.sin(u) * cos_i, np.sin(u) * sin_i
    d_along, d_across, d_up = -np.sin(u) * rate, np.cos(u) * cos_i * rate, np.cos(u) * sin_i * rate
    c, s = np.cos(longitude), np.sin(longitude)
    position = radius_m * np.stack([c * along - s * across, s * along + c * across, up], axis=-1)
    turning = EARTH_RATE_RAD_S * np.stack([position[:, 1], -position[:, 0], np.zeros(len(u))], axis=-1)
    velocity = radius_m * np.stack([c * d_along - s * d_across, s * d_along + c * d_across, d_up], axis=-1) + turning
    return position, velocity
