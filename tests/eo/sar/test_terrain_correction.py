"""Terrain correction on the geometry of a real product, of images made for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from pyproj import Transformer
from rasterio.windows import Window

from eo.io.grid import Grid
from eo.io.sentinel1 import read_sentinel1
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S
from eo.sar.geocoding import ImageGeometry, to_image
from eo.sar.image_window import ImageWindow
from eo.sar.local_geometry import CLEAR, LAYOVER, SHADOW, Facing, facing, incidence_deg, layover_shadow
from eo.sar.orbit import fit_orbit
from eo.sar.sampling import sample_bilinear
from eo.sar.speckle.filters import SpeckleFilter
from eo.sar.terrain_correction import CorrectedBlock, Correction, correct_block
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


class MadeImage:
    """An image whose pixels a function of line and sample makes."""

    range_limits_m = (-np.inf, np.inf)

    def __init__(self, scene: tuple[ImageGeometry, tuple[int, int]], make: Callable[..., np.ndarray]) -> None:
        self.geometry, self.shape = scene
        self.make = make

    def backscatter(self, layer: str, window: ImageWindow) -> np.ndarray:
        assert layer == "VV"
        lines = window.first_line + np.arange(window.lines)[:, None]
        samples = window.first_sample + np.arange(window.samples)[None]
        return (self.make(lines, samples) + np.zeros((window.lines, window.samples))).astype(np.float32)


def correct(image: MadeImage, grid: Grid, heights: np.ndarray, margin: int = 1, **more: Any) -> CorrectedBlock:
    correction = Correction((image,), ("VV",), {"VV": SpeckleFilter("none")}, **more)
    return correct_block(correction, grid, heights, (margin, margin))


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
    geometry, _ = scene
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

    def spots(lines: np.ndarray, samples: np.ndarray) -> np.ndarray:
        return np.sum([np.exp(-((lines - y) ** 2 + (samples - x) ** 2) / 4) for y, x in position[:, 0].T], axis=0)

    corrected = correct(MadeImage(scene, spots), grid, heights).layers[0]
    for row, column in targets:
        part = corrected[row - 3 : row + 2, column - 3 : column + 2]  # the margin is one pixel
        assert peak_offset(part) == pytest.approx((0, 0), abs=0.1)


def test_blocks_make_no_difference(scene: tuple[ImageGeometry, tuple[int, int]]) -> None:
    grid = grid_near(13.4, 41.8, 258)
    heights = hills(grid)
    image = MadeImage(scene, lambda lines, samples: lines * 0.01 + samples * 0.02)
    whole = correct(image, grid, heights).layers[0]
    assert whole.shape == (256, 256)
    for window in Grid(ZONE, grid.transform, 256, 256).blocks(100):
        wide = Window(window.col_off, window.row_off, window.width + 2, window.height + 2)
        part = correct(image, grid.block(wide), heights[wide.toslices()]).layers[0]
        assert np.nanmax(np.abs(part - whole[window.toslices()])) < 5e-4  # 0.02 a sample: a fortieth of a pixel


def test_looks_are_averaged_where_they_lie(scene: tuple[ImageGeometry, tuple[int, int]]) -> None:
    """A ramp keeps its values when cells of it are averaged: positions move with the cells' centres."""
    grid = grid_near(13.4, 41.8, 130)
    image = MadeImage(scene, lambda lines, samples: lines * 0.01 + samples * 0.02)
    fine, averaged = (correct(image, grid, hills(grid), looks=looks).layers[0] for looks in ((1, 1), (3, 4)))
    assert np.nanmax(np.abs(fine - averaged)) < 1e-3


def test_beside_the_scene_there_is_nothing(scene: tuple[ImageGeometry, tuple[int, int]]) -> None:
    def never(lines: np.ndarray, samples: np.ndarray) -> np.ndarray:
        raise AssertionError("nothing is to be read")

    grid = grid_near(18.0, 41.8, 64)
    assert np.isnan(correct(MadeImage(scene, never), grid, np.zeros(grid.shape, np.float32)).layers).all()
    assert np.isnan(correct(MadeImage(scene, never), grid, np.full(grid.shape, np.nan, np.float32)).layers).all()


def test_constant_brightness_flattened(scene: tuple[ImageGeometry, tuple[int, int]]) -> None:
    """Of constant β0, γ0 is β0 tan θ over flat ground, and over β0 times the area of slopes.

    On a plane tilted by α towards the radar, θ is the angle of incidence on the ellipsoid: a facet's area across the
    line of sight over the area of its pixel is cot(θ − α) along range, whatever its size.
    """
    size, margin = 420, 160
    grid = grid_near(13.4, 41.8, size)
    image = MadeImage(scene, lambda lines, samples: np.float64(1.0))
    face = facing(image.geometry, grid, 300.0)
    middle = tuple(n // 2 for n in face.sine.shape)
    theta = np.arcsin(face.sine[middle])
    rows, columns = np.mgrid[:size, :size] - size / 2
    along_m = 10 * (rows * face.towards[1] + columns * face.towards[0]) / np.hypot(*face.towards)
    for alpha_deg, tolerance_db in ((0, 0.1), (-20, 0.5), (10, 0.5), (20, 0.5)):
        alpha = np.deg2rad(alpha_deg)
        heights = (300 - along_m * np.tan(alpha)).astype(np.float32)  # down towards the radar: it faces it
        found = correct(image, grid, heights, margin, flattens=True)
        ratio_db = 10 * np.log10(found.layers[0] * 1 / np.tan(theta - alpha))
        assert np.abs(np.median(ratio_db)) < tolerance_db
        assert np.percentile(np.abs(ratio_db), 99) < tolerance_db, alpha_deg


def test_local_incidence_of_planes(scene: tuple[ImageGeometry, tuple[int, int]]) -> None:
    grid = grid_near(13.4, 41.8, 66)
    face = facing(scene[0], grid.block(Window(1, 1, 64, 64)), 300.0)
    theta = np.rad2deg(np.arcsin(face.sine[1:3, 1:3].mean()))
    rows, columns = np.mgrid[:66, :66]
    along_m = 10 * (rows * face.towards[1] + columns * face.towards[0]) / np.hypot(*face.towards)
    for alpha_deg in (-30, 0, 25):
        heights = (300 - along_m * np.tan(np.deg2rad(alpha_deg))).astype(np.float32)
        assert incidence_deg(face, heights) == pytest.approx(np.full((64, 64), theta - alpha_deg), abs=0.05)


def test_layover_and_shadow_of_a_wall() -> None:
    """A wall of 100 m, seen at 45° from the left: it shades 100 m behind it and lies over 100 m before it."""
    face = Facing(np.zeros((3, 3, 3)), (0, 0), np.ones((3, 3)), np.ones((3, 3)), (-0.1, 0.0), 1.0)
    heights = np.zeros((3, 60), np.float32)
    heights[:, 30] = 100
    found = layover_shadow(face, heights, (0, 0), 10.0)[1]
    assert (found[:20] == CLEAR).all() and (found[40:] == CLEAR).all()
    assert (found[21:30] == LAYOVER).all()
    assert found[30] == LAYOVER
    assert (found[31:40] == SHADOW).all()
