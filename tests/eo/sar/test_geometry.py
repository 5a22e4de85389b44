"""Orbits, zero Doppler and geocoding, held against the producer's own geolocation grids and against exact solutions."""

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import Transformer

from eo.errors import InvalidProduct
from eo.io.grid import Grid
from eo.io.sentinel1 import read_sentinel1
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S, Annotation
from eo.sar.geocoding import ImageGeometry, image_positions, to_image
from eo.sar.orbit import Orbit, fit_orbit
from eo.sar.zero_doppler import earth_fixed, solve_zero_doppler

GROUND_SPEED_M_S = 6_850.0
RADIUS_M, RATE_RAD_S = 7_071_000.0, 2 * np.pi / 5_900


def circular(time_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A satellite on a circle over the poles, above a globe that stands still."""
    angle = RATE_RAD_S * time_s
    zero = np.zeros_like(time_s)
    position = RADIUS_M * np.stack([np.cos(angle), zero, np.sin(angle)], axis=-1)
    velocity = RADIUS_M * RATE_RAD_S * np.stack([-np.sin(angle), zero, np.cos(angle)], axis=-1)
    return position, velocity


def orbit_of(annotation: Annotation) -> Orbit:
    vectors = annotation.state_vectors
    return fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)


def geometry_of(annotation: Annotation) -> ImageGeometry:
    near_m = annotation.slant_range_time_s * SPEED_OF_LIGHT_M_S / 2
    ground = annotation.ground_range
    spacing_m = annotation.range_spacing_m if ground else annotation.slant_spacing_m
    return ImageGeometry(orbit_of(annotation), annotation.line_interval_s, near_m, spacing_m, ground)


@pytest.mark.parametrize("vectors", [5, 16])
def test_a_circle_is_fitted_to_a_millimetre(vectors: int) -> None:
    times = np.arange(vectors) * 10.0
    orbit = fit_orbit(times, *circular(times))
    between = np.linspace(0, times[-1], 101)
    position, velocity = circular(between)
    assert np.abs(orbit.position_m(between) - position).max() < 1e-3
    assert np.abs(orbit.velocity_m_s(between) - velocity).max() < 1e-3
    # Towards the centre, with v²/r = 8.02 m/s².
    assert np.linalg.norm(orbit.acceleration_m_s2(times[-1] / 2)) == pytest.approx(RADIUS_M * RATE_RAD_S**2, abs=1e-3)


def test_too_few_vectors_are_refused() -> None:
    times = np.arange(3) * 10.0
    with pytest.raises(InvalidProduct, match="There are 3 orbit state vectors; at least 4 are needed"):
        fit_orbit(times, *circular(times))


def test_zero_doppler_of_a_circle_by_hand() -> None:
    times = np.arange(16) * 10.0
    orbit = fit_orbit(times, *circular(times))
    # Abeam at 60 s: in the plane across the path, 300 km to the side and 690 km below the satellite.
    angle = RATE_RAD_S * 60.0
    up = np.array([np.cos(angle), 0, np.sin(angle)])
    point = (RADIUS_M - 690_000) * up + np.array([0, 300_000.0, 0])
    time_s, slant_m = solve_zero_doppler(orbit, point[None])
    assert time_s[0] == pytest.approx(60, abs=1e-7)
    assert slant_m[0] == pytest.approx(np.hypot(690_000, 300_000), abs=1e-3)
    behind_m = -RADIUS_M * up  # the other side of the globe is abeam too, once, but never within sight
    assert np.isfinite(solve_zero_doppler(orbit, behind_m[None])[1]).all()
    assert np.isnan(solve_zero_doppler(orbit, np.array([[0.0, 0.0, -7e6]]))[0]).all()


def test_earth_fixed_is_what_pyproj_says() -> None:
    lon, lat, height = np.array([12.5, -170.0, 0.0]), np.array([41.9, -33.0, 89.9]), np.array([20.0, 8_848.0, -400.0])
    expected = Transformer.from_crs(4979, 4978, always_xy=True).transform(lon, lat, height)
    assert np.abs(earth_fixed(lon, lat, height) - np.stack(expected, axis=-1)).max() < 1e-6


@pytest.mark.parametrize(
    ("product", "azimuth_m", "range_m"),
    [
        ("grd_safe/S1B_IW_GRDH_1SDV_20211223*.SAFE", 0.05, 0.005),
        ("slc_safe/S1A_IW_SLC__1SDV_20230904*.zip", 0.05, 0.005),
        ("slc_safe/S1A_IW_SLC__1SDV_20230916*.zip", 0.05, 0.005),
        ("slc_safe/S1B_IW_SLC__1SDV_20210401*.zip", 0.4, 0.005),  # IPF 3.31
    ],
)
def test_the_producers_geolocation_grid(shared_data: Path, product: str, azimuth_m: float, range_m: float) -> None:
    found = read_sentinel1(next((shared_data / "s1").glob(product)))
    for image in found.images.values():
        annotation = found.annotation(image)
        grid = annotation.geolocation
        points = earth_fixed(grid.longitude, grid.latitude, grid.height_m)
        time_s, slant_m = solve_zero_doppler(orbit_of(annotation), points)
        assert np.abs(time_s - grid.time_s).max() * GROUND_SPEED_M_S < azimuth_m
        assert np.abs(slant_m - grid.slant_range_time_s * SPEED_OF_LIGHT_M_S / 2).max() < range_m


def test_very_old_grids_are_shifted_along_the_track_by_a_constant(shared_data: Path) -> None:
    """IPF 2.36: ranges agree to a tenth of a millimetre, times differ by one and the same amount all over."""
    for path in (shared_data / "s1/grd_safe").glob("*2015*.zip"):
        found = read_sentinel1(path)
        annotation = found.annotation(found.images["IW", "VV"])
        grid = annotation.geolocation
        points = earth_fixed(grid.longitude, grid.latitude, grid.height_m)
        time_s, slant_m = solve_zero_doppler(orbit_of(annotation), points)
        assert np.abs(slant_m - grid.slant_range_time_s * SPEED_OF_LIGHT_M_S / 2).max() < 1e-4
        assert np.std(time_s - grid.time_s) * GROUND_SPEED_M_S < 0.05
        assert abs(np.mean(time_s - grid.time_s)) * GROUND_SPEED_M_S < 3.1


@pytest.mark.parametrize("kind", ["GRD", "SLC"])
def test_interpolated_positions_are_the_exact_ones_up_to_8900_m(shared_data: Path, kind: str) -> None:
    folder = {"GRD": "grd_safe/S1B_IW_GRDH_1SDV_20211223*.SAFE", "SLC": "slc_safe/S1A_IW_SLC__1SDV_20230904*.zip"}
    found = read_sentinel1(next((shared_data / "s1").glob(folder[kind])))
    annotation = found.annotation(next(iter(found.images.values())))
    geometry = geometry_of(annotation)
    lon, lat = annotation.geolocation.longitude.mean(), annotation.geolocation.latitude.mean()
    zone = f"EPSG:{32601 + int((lon + 180) // 6)}"
    x, y = Transformer.from_crs(4326, zone, always_xy=True).transform(lon, lat)
    grid = Grid(zone, Affine(10, 0, round(x), 0, -10, round(y)), 700, 500)
    random = np.random.default_rng(5)
    heights = random.uniform(0, 8_900, grid.shape).astype(np.float32)
    heights[3, 4] = np.nan
    line, sample = image_positions(geometry, grid, heights)
    rows, columns = np.mgrid[: grid.height, : grid.width]
    points = Transformer.from_crs(zone, 4326, always_xy=True).transform(
        grid.transform.c + (columns + 0.5) * 10, grid.transform.f - (rows + 0.5) * 10
    )
    exact = np.stack(solve_zero_doppler(geometry.orbit, earth_fixed(*points, heights.astype(float)).reshape(-1, 3)))
    exact = exact.reshape(2, *grid.shape)
    to_image(geometry, exact)
    known = np.isfinite(heights)
    assert np.isnan(line[~known]).all()
    assert np.abs(line - exact[0])[known].max() < 0.01
    assert np.abs(sample - exact[1])[known].max() < 0.01


def test_positions_of_the_grid_points_are_their_lines_and_pixels(shared_data: Path) -> None:
    found = read_sentinel1(next((shared_data / "s1").glob("slc_safe/S1A_IW_SLC__1SDV_20230904*.zip")))
    annotation = found.annotation(found.images["IW2", "VV"])
    geometry, grid = geometry_of(annotation), annotation.geolocation
    points = earth_fixed(grid.longitude, grid.latitude, grid.height_m)
    position = np.stack(solve_zero_doppler(geometry.orbit, points))[:, None]
    to_image(geometry, position)
    assert np.abs(position[1, 0] - grid.pixel).max() < 0.01
