"""Footprints of tiles, against corners of real products."""

import pytest

from eo.errors import InvalidOption
from eo.timeseries.mgrs import bounds_of, footprint_of


@pytest.mark.parametrize(
    ("tile", "epsg", "left", "top"),
    [
        ("29UNU", 32629, 499980, 5900040),  # the real product T29UNU, MTD_TL.xml: ULX, ULY
        ("33UVP", 32633, 399960, 5400000),
        ("2019_33UVP", 32633, 399960, 5400000),
        ("32TNT", 32632, 499980, 5300040),
        ("37MBS", 32737, 199980, 9700020),
    ],
)
def test_the_upper_left_corner_is_that_of_products(tile: str, epsg: int, left: float, top: float) -> None:
    assert bounds_of(tile) == (epsg, (left, top - 109_800, left + 109_800, top))


def test_the_footprint_is_a_closed_ring_around_the_place() -> None:
    ring = footprint_of("33UVP")["coordinates"][0]
    assert ring[0] == ring[-1] and len(ring) == 25
    assert ring[0] == pytest.approx([13.6651, 47.7574], abs=1e-3)
    assert min(lat for _, lat in ring) == pytest.approx(47.757, abs=0.01)


def test_names_that_are_no_tiles_are_refused() -> None:
    with pytest.raises(InvalidOption, match="no tile"):
        bounds_of("33IVP")
    with pytest.raises(InvalidOption, match="There is no tile 33UAP") as caught:
        bounds_of("33UAP")
    assert "STUVWXYZ" in caught.value.hint
