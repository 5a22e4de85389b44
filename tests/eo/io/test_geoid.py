"""The geoid at places whose height the NGA publishes."""

import numpy as np
import pytest

from eo.io.geoid import geoid_height_m

# NGA, EGM96 (F477 test values): latitude, longitude, metres.
PLACES = [
    (38.6281550, 269.7791550, -31.628),
    (-14.6212170, 305.0211140, -2.969),
    (46.8743190, 102.4487290, -43.575),
    (-23.6174460, 133.8747120, 15.871),
    (38.6254730, 359.9995000, 50.066),
    (-0.4667440, 0.0023000, 17.329),
]


@pytest.mark.parametrize(("latitude", "longitude", "height_m"), PLACES)
def test_published_heights(latitude: float, longitude: float, height_m: float) -> None:
    assert geoid_height_m(longitude, latitude) == pytest.approx(height_m, abs=0.05)


def test_it_goes_around_the_earth_without_a_step() -> None:
    latitude = np.linspace(-89, 89, 90)
    assert geoid_height_m(-180.0, latitude) == pytest.approx(geoid_height_m(180.0, latitude), abs=1e-9)
    west, east = geoid_height_m(359.9999, latitude), geoid_height_m(0.0001, latitude)
    assert np.abs(west - east).max() < 0.01


def test_extremes_lie_where_they_are() -> None:
    longitude, latitude = np.meshgrid(np.arange(0, 360, 0.25), np.arange(-85, 85.25, 0.25))
    heights = geoid_height_m(longitude, latitude)
    low, high = (np.unravel_index(i, heights.shape) for i in (heights.argmin(), heights.argmax()))
    # South of India, −106.99 m, and in New Guinea, 85.39 m.
    assert (latitude[low], longitude[low]) == pytest.approx((4.5, 78.75), abs=1)
    assert heights.min() == pytest.approx(-106.9, abs=0.2)
    assert (latitude[high], longitude[high]) == pytest.approx((-8.4, 147.35), abs=1)
    assert heights.max() == pytest.approx(85.0, abs=0.5)
