"""The grid of the landscape."""

import pytest

from demo.grid import Grid
from demo.landscape import GRIDS

GRID = Grid(32633, 340800, 4849800, 2400, 2040)


def test_places_and_sizes() -> None:
    assert (GRID.width_m, GRID.height_m) == (24000, 20400)
    assert GRID.at(0.25, 0.5) == (346800, 4839600)
    assert GRID.coarser(6).shape == (340, 400)
    assert GRID.coarser(6).transform * (400, 340) == (364800, 4829400)
    with pytest.raises(ValueError, match="a grid of 2400x2040 pixels cannot be 7 times coarser"):
        GRID.coarser(7)


def test_longitude_and_latitude() -> None:
    # Senigallia (13.22 E, 43.72 N) by PROJ's cs2cs: 356619.59 4842314.17
    from shapely.geometry import Point

    place = GRID.lonlat(Point(356619.588, 4842314.165))
    assert (place.x, place.y) == pytest.approx((13.22, 43.72), abs=1e-7)


@pytest.mark.parametrize("size", ["full", "small"])
def test_grids_lie_on_the_pixels_of_tile_33tuj(size: str) -> None:
    """ESA's tile 33TUJ begins at 300000 E, 4900020 N and has 109800 m: its 60 m pixels are met."""
    grid = GRIDS[size]
    assert (grid.left_m - 300000) % 60 == 0 and (4900020 - grid.top_m) % 60 == 0
    assert grid.left_m >= 300000 and grid.left_m + grid.width_m <= 409800
    assert grid.top_m <= 4900020 and grid.top_m - grid.height_m >= 4790220
