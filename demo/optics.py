"""Seeing the landscape with Sentinel-2: reflectance per band from materials, slopes, air, clouds and noise."""

from concurrent.futures import ThreadPoolExecutor
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from demo.averaging import block_mean
from demo.landscape import Landscape
from demo.msi import BANDS, Acquisition, Band
from demo.noise import Field, smooth
from demo.safe_s2 import THREADS, Scene
from demo.signatures import Material, reflectance_of
from demo.sky import Conditions, Sky, illumination
from demo.surface import Surface

NOISE = 0.0035  # standard deviation of reflectance from instrument and processing
SLOPE_EFFECT = 0.7  # how much of the terrain's shading remains after correction
WATER = (Material.SEA, Material.SHALLOW_SEA, Material.LAKE, Material.TURBID_WATER)


def see(
    landscape: Landscape,
    surface: Surface,
    sky: Sky,
    conditions: Conditions,
    acquisition: Acquisition,
    level: str = "L2A",
) -> Scene:
    """Image the surface of a day: at the ground (L2A) or at the top of the atmosphere (L1C, B10 among the bands)."""
    grid = landscape.grid
    lit = illumination(landscape.terrain.height_m, grid.resolution_m, sky.zenith_deg, sky.azimuth_deg)
    lit[np.isin(surface.first, WATER)] = 1
    brightness = surface.tone * (1 + np.float32(SLOPE_EFFECT) * (lit - 1))
    bands = [band for band in BANDS if level == "L1C" or band.name != "B10"]

    def image(band: Band) -> Field:
        rng = landscape.rng(f"{acquisition.stamp} {band.name} {crc32(level.encode())}")
        return _band(band, surface, brightness, sky, conditions, level, rng)

    with ThreadPoolExecutor(THREADS) as pool:
        reflectance = dict(zip((band.name for band in bands), pool.map(image, bands), strict=True))
    return _scene(landscape, surface, sky, conditions, acquisition, reflectance)


def _band(
    band: Band,
    surface: Surface,
    brightness: Field,
    sky: Sky,
    conditions: Conditions,
    level: str,
    rng: np.random.Generator,
) -> Field:
    """Make one band at its own pixel size."""
    of = reflectance_of(band.name)
    ground = of[surface.first]
    other = of[surface.second]
    ground -= other
    ground *= surface.share
    ground += other
    ground *= brightness
    ground = _spread(ground, conditions.drift_px)
    scattering = float((band.centre_nm / 560) ** -2.2)
    ground *= 1 - sky.shadow * np.float32(0.72 - 0.12 * min(scattering, 1.6))
    seen = np.float32(conditions.gain) * ground + np.float32(conditions.haze * scattering)
    if level == "L1C":
        seen = _through_air(seen, band)
    seen += sky.cloud * (of[Material.CLOUD] * (0.75 + 0.25 * sky.cloud) - seen)
    seen = block_mean(seen, band.resolution_m // 10)
    return np.asarray(seen + np.float32(NOISE) * rng.standard_normal(seen.shape, dtype=np.float32), dtype=np.float32)


def _through_air(ground: Field, band: Band) -> Field:
    """Add the light of a clean sky and take away what it absorbs: Rayleigh's law, and water vapour in B09 and B10."""
    rayleigh = 0.0088 * (band.centre_nm / 1000) ** -4.05  # optical thickness, Hansen and Travis (1974)
    absorbed = {"B09": 0.35, "B10": 0.001, "B11": 0.97, "B12": 0.93}.get(band.name, 0.985)
    through = np.float32(absorbed * np.exp(-0.9 * rayleigh))
    return ground * through + np.float32(0.36 * rayleigh * min(absorbed * 3, 1) + 0.001)


def _spread(field: Field, drift_px: tuple[float, float]) -> Field:
    """Blur as the telescope does, by half a pixel, and move the image by part of one."""
    wide = np.pad(field, 1, mode="edge")
    (left, here, right), (above, middle, below) = (_taps(drift) for drift in drift_px)
    rows = above * wide[:-2] + middle * wide[1:-1] + below * wide[2:]
    return np.asarray(left * rows[:, :-2] + here * rows[:, 1:-1] + right * rows[:, 2:], dtype=np.float32)


def _taps(drift_px: float) -> tuple[np.float32, np.float32, np.float32]:
    """The weights of the pixel before, the pixel itself and the one after, for a drift of at most 0.28 pixels."""
    return np.float32(0.14 + drift_px / 2), np.float32(0.72), np.float32(0.14 - drift_px / 2)


def _scene(
    landscape: Landscape,
    surface: Surface,
    sky: Sky,
    conditions: Conditions,
    acquisition: Acquisition,
    reflectance: dict[str, Field],
) -> Scene:
    """Classify the pixels and put everything together."""
    cloud = block_mean(sky.cloud, 2)
    probability = np.rint(np.clip(100 * cloud, 0, 100)).astype(np.uint8)
    slow = smooth(landscape.rng(f"air {acquisition.stamp}"), landscape.grid.shape, 300)
    return Scene(
        grid=landscape.grid,
        acquisition=acquisition,
        reflectance=reflectance,
        scene_classes=_scene_classes(surface, sky, reflectance),
        cloud_probability=probability,
        snow_probability=np.zeros_like(probability),
        aot=np.clip(conditions.aot * (1 + 0.06 * slow), 0.02, 1).astype(np.float32),
        water_vapour_cm=np.clip(conditions.water_vapour_cm * (1 - 0.04 * slow), 0.1, 6).astype(np.float32),
        opaque=(block_mean(sky.cloud, 6) > 0.5).astype(np.uint8),
        cirrus=np.zeros(landscape.grid.coarser(6).shape, dtype=np.uint8),
    )


def _scene_classes(surface: Surface, sky: Sky, reflectance: dict[str, Field]) -> NDArray[np.uint8]:
    """Classify as Sen2Cor would: vegetation by NDVI, water by what is there, clouds and shadows by depth."""
    red, near = block_mean(reflectance["B04"], 2), reflectance["B8A"]
    ndvi = (near - red) / np.maximum(near + red, 0.01)
    water = block_mean(np.isin(surface.first, WATER).astype(np.float32), 2)
    cloud, shadow = block_mean(sky.cloud, 2), block_mean(sky.shadow, 2)
    conditions = [cloud > 0.5, cloud > 0.08, shadow > 0.12, cloud > 0.02, water > 0.5, ndvi > 0.4]
    classes = np.select(conditions, [9, 8, 3, 7, 6, 4], default=5)
    return classes.astype(np.uint8)
