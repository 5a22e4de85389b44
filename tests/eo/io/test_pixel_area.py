"""True areas of pixels, against the spheroid's own numbers."""

import numpy as np
import pytest
from affine import Affine

from eo.io.grid import Grid
from eo.io.pixel_area import row_areas_m2


def test_pixels_of_a_utm_zone_are_larger_than_the_map_at_its_middle() -> None:
    grid = Grid("EPSG:32631", Affine(10, 0, 499_990, 0, -10, 5_400_000), 2, 4)
    np.testing.assert_allclose(row_areas_m2(grid), 100 / 0.9996**2, rtol=1e-6)  # the scale at the central meridian


def test_pixels_of_degrees_shrink_towards_the_pole() -> None:
    grid = Grid("EPSG:4326", Affine(1e-3, 0, 10, 0, -1e-3, 60.002), 3, 4)
    areas = row_areas_m2(grid)
    assert (np.diff(areas) > 0).all()  # southwards
    # 1e-3° at 60° north: 55.800 m by 111.412 m (WGS 84: N cos φ and M in radians)
    assert areas[2] == pytest.approx(55.800 * 111.412, rel=2e-4)
