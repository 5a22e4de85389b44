"""Terrain correction on the geometry of a real product, of images made for it."""

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from pyproj import Transformer

from eo.io.grid import Grid
from eo.io.sentinel1 import read_sentinel1
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S
from eo.sar.geocoding import ImageGeometry, to_image
from eo.sar.orbit import fit_orbit
from eo.sar.sampling import sample_bilinear
from eo.sar.terrain_correction import ImageWindow, correct_block
from eo.sar.zero_doppler import earth_fixed, solve_zero_doppler

ZONE = "EPSG:32633"


@pytest.fixture(scope="module")
def scene(shared_data: Path) -> tuple[ImageGeometry, tuple[int, int]]:
    """Geometry and shape of a whole IW GRD scene over Rome."""
    found = read_sentinel1(next((shared_data / "s1/grd_safe").glob("*.SAFE")))
    annotation = found.annotation(found.images["IW", "VV"])
    vectors = annotation.state_vectors
    orbit = fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)
    near_m = annotation.slant_range_time_s * SPEED_OF_LIGHT_M_S / 2
    return (
        ImageGeometry(orbit, annotation.line_interval_s, near_m, annotation.range_spacing_m, annotation.ground_range),
        (annotation.lines, annotation.samples),
    )


def hills(grid: Grid) -> np.ndarray:
    """Heights of 300 to 600 m, waves of 3 km, slopes of up to 17°."""
    rows, columns = np.mgrid[: grid.height, : grid.width]
    return (450 + 150 * np.sin(rows / 48) * np.cos(columns / 48)).astype(np.float32)


def grid_near(lon: float, lat: float, size: int) -> Grid:
    x, y = Transformer.from_crs(4326, ZONE, always_xy=True).transform(lon, lat)
    return Grid(ZONE, Affine(10, 0, round(x, -1), 0, -10, round(y, -1)), size, size)


def peak_offset(part: np.ndarray) -> tuple[float, float]:
    """Return where a Gaussian spot has its peak, from the middle of 5 by 5 pixels: its logarithm is a quadric."""
    y, x = (v.ravel() for v in np.mgrid[-2:3, -2:3])
    quadric = np.stack([np.ones(25), y, x, y * y, x * y, x * x], axis=1)
    _, by, bx, cyy, cxy, cxx = np.linalg.lstsq(quadric, np.log(part.ravel().astype(float)), rcond=None)[0]
    at = np.linalg.solve([[2 * cyy, cxy], [cxy, 2 * cxx]], [-by, -bx])
    return float(at[0]), float(at[1])


def test_bilinear_by_hand() -> None:
    image = np.array([[1, 2], [3, np.nan]], np.float32)
    line, sample = np.array([0.0, 0.5, 0.25, 1.0, -0.01, 1.0]), np.array([0.5, 0.0, 0.25, 0.9, 0.0, 0.2])
    found = sample_bilinear(image, line, sample)
    # At (¼, ¼) the weights are 9, 3, 3, 1 sixteenths; the last has no value.
    expected = [1.5, 2.0, (9 * 1 + 3 * 2 + 3 * 3) / 15, np.nan, np.nan, 3.0]
    assert found == pytest.approx(expected, nan_ok=True)


def test_point_targets_come_out_where_they_are(scene: tuple[ImageGeometry, tuple[int, int]]) -> None:
    """Within a tenth of a pixel, on hills: each target is put into the image by the exact solution."""
    geometry, shape = scene
    grid = grid_near(13.4, 41.8, 400)
    heights = hills(grid)
    targets = [(60, 70), (60, 320), (200, 190), (330, 80), (345, 350)]
    rows, columns = (np.array(part) for part in zip(*targets, strict=True))
    lonlat = Transformer.from_crs(ZONE, 4326, always_xy=True).transform(
        grid.transform.c + (columns + 0.5) * 10, grid.transform.f - (rows + 0.5) * 10
    )
    position = np.stack(solve_zero_doppler(geometry.orbit, earth_fixed(*lonlat, heights[rows, columns].astype(float))))
    position = position[:, None]
    to_image(geometry, position)

    def read(window: ImageWindow) -> np.ndarray:
        lines = window.first_line + np.arange(window.lines)[:, None]
        samples = window.first_sample + np.arange(window.samples)[None]
        spots = [np.exp(-((lines - y) ** 2 + (samples - x) ** 2) / 4) for y, x in position[:, 0].T]
        return np.sum(spots, axis=0).astype(np.float32)

    corrected = correct_block(geometry, shape, read, grid, heights)
    for row, column in targets:
        assert peak_offset(corrected[row - 2 : row + 3, column - 2 : column + 3]) == pytest.approx((0, 0), abs=0.1)


def test_blocks_make_no_difference(scene: tuple[ImageGeometry, tuple[int, int]]) -> None:
    geometry, shape = scene
    grid = grid_near(13.4, 41.8, 256)
    heights = hills(grid)

    def read(window: ImageWindow) -> np.ndarray:
        lines = window.first_line + np.arange(window.lines)[:, None]
        samples = window.first_sample + np.arange(window.samples)[None]
        return (lines * 0.01 + samples * 0.02).astype(np.float32)

    whole = correct_block(geometry, shape, read, grid, heights)
    for window in grid.blocks(100):
        part = correct_block(geometry, shape, read, grid.block(window), heights[window.toslices()])
        assert np.nanmax(np.abs(part - whole[window.toslices()])) < 5e-4  # 0.02 a sample: a fortieth of a pixel


def test_beside_the_scene_there_is_nothing(scene: tuple[ImageGeometry, tuple[int, int]]) -> None:
    geometry, shape = scene

    def read(window: ImageWindow) -> np.ndarray:
        raise AssertionError("nothing is to be read")

    grid = grid_near(18.0, 41.8, 64)
    assert np.isnan(correct_block(geometry, shape, read, grid, np.zeros(grid.shape, np.float32))).all()
    assert np.isnan(correct_block(geometry, shape, read, grid, np.full(grid.shape, np.nan, np.float32))).all()
