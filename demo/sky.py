"""What lies between the land and the instrument on one day: sun, clouds and their shadows, thin air."""

from dataclasses import dataclass

import numpy as np

from demo.grid import Grid
from demo.msi import Acquisition, sun_angles
from demo.noise import Field, fractal, smoothstep

CLOUD_HEIGHT_M = 1400


@dataclass(frozen=True)
class Conditions:
    """What differs from one overpass to the next.

    `cloudiness`: share of the sky. `haze` (reflectance at 560 nm) and `gain`: what the atmospheric correction left.
    `drift_px`: how far the image lies off its place, in pixels of 10 m to the east and to the south.
    """

    cloudiness: float
    haze: float
    gain: float
    aot: float
    water_vapour_cm: float
    drift_px: tuple[float, float]


@dataclass(frozen=True)
class Sky:
    """Rasters (y, x): opacity of clouds 0 to 1, depth of their shadow 0 to 1; angles in degrees."""

    cloud: Field
    shadow: Field
    zenith_deg: float
    azimuth_deg: float


def make_sky(grid: Grid, acquisition: Acquisition, conditions: Conditions, rng: np.random.Generator) -> Sky:
    """Draw the clouds of a day and cast their shadows away from the sun."""
    centre = grid.lonlat(grid.outline).centroid
    zenith_deg, azimuth_deg = sun_angles(acquisition.sensed, centre.x, centre.y)
    scale = min(1.0, grid.width / 1200)
    level = 0.45 * fractal(rng, grid.shape, 420 * scale, 2) + 0.7 * fractal(rng, grid.shape, 85 * scale, 6, 0.62)
    edge = float(np.quantile(level[::8, ::8], 1 - conditions.cloudiness))
    cloud = smoothstep(edge - 0.1, edge + 0.5, level)
    reach_px = CLOUD_HEIGHT_M * scale * np.tan(np.radians(zenith_deg)) / grid.resolution_m
    down = round(reach_px * np.cos(np.radians(azimuth_deg)))
    right = -round(reach_px * np.sin(np.radians(azimuth_deg)))
    return Sky(cloud, _shift(cloud, down, right), zenith_deg, azimuth_deg)


def illumination(height_m: Field, resolution_m: float, zenith_deg: float, azimuth_deg: float) -> Field:
    """The cosine of the sun's incidence on the slopes, relative to level ground; at least 0.1."""
    south, east = np.gradient(height_m, np.float32(resolution_m))
    zenith, azimuth = np.radians(zenith_deg), np.radians(azimuth_deg)
    towards_east, towards_north = np.sin(zenith) * np.sin(azimuth), np.sin(zenith) * np.cos(azimuth)
    facing = (np.cos(zenith) - east * towards_east + south * towards_north) / np.sqrt(1 + south**2 + east**2)
    return np.asarray(np.maximum(facing / np.cos(zenith), 0.1), dtype=np.float32)


def _shift(field: Field, down: int, right: int) -> Field:
    """Move a field by whole pixels; what comes in from outside is 0."""
    moved = np.zeros_like(field)
    height, width = field.shape
    rows = slice(max(down, 0), min(height + down, height)), slice(max(-down, 0), min(height - down, height))
    columns = slice(max(right, 0), min(width + right, width)), slice(max(-right, 0), min(width - right, width))
    moved[rows[0], columns[0]] = field[rows[1], columns[1]]
    return moved
