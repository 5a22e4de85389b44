"""Statistics of a handful of values worked by hand."""

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from portal.tiles.raster import Source
from portal.tiles.reader import ResultReader, limits_of


@pytest.fixture
def ten(tmp_path):
    """0 (no data), then 1 to 9, then 5 ten times over in the second band."""
    path = tmp_path / "ten.tif"
    grid = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    with rasterio.open(path, "w", driver="GTiff", width=5, height=2, count=2, dtype="uint16", nodata=0, **grid) as file:
        file.write(np.stack([np.arange(10).reshape(2, 5), np.full((2, 5), 5)]).astype(np.uint16))
    return Source.of(path)


def test_by_hand(ten):
    with ResultReader(ten) as reader:
        facts = reader.statistics(percentiles=[2, 50, 98], hist_options={"bins": 4})["b1"]
    assert facts.count == 9
    assert facts.valid_percent == 90
    assert (facts.min, facts.max, facts.mean) == (1, 9, 5)
    assert facts.std == pytest.approx(np.sqrt(60 / 9))  # squares of 4, 3, 2, 1 twice: 60
    assert facts.percentile_50 == 5
    assert (facts.percentile_2, facts.percentile_98) == (1, 9)
    assert facts.histogram == [[2, 2, 2, 3], [1, 3, 5, 7, 9]]


def test_limits_are_apart(ten):
    assert limits_of(ten, 1) == (1, 9)
    assert limits_of(ten, 2) == (5, 6)
