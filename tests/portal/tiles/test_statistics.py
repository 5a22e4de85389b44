"""Statistics of a handful of values worked by hand."""

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from portal.tiles.problems import TileProblem
from portal.tiles.raster import Source
from portal.tiles.statistics import limits_of, read_bins, read_percentiles, statistics


@pytest.fixture
def ten(tmp_path):
    """0 (no data), then 1 to 9, then 5 ten times over in the second band."""
    path = tmp_path / "ten.tif"
    grid = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    with rasterio.open(path, "w", driver="GTiff", width=5, height=2, count=2, dtype="uint16", nodata=0, **grid) as file:
        file.write(np.stack([np.arange(10).reshape(2, 5), np.full((2, 5), 5)]).astype(np.uint16))
    return Source.of(path)


def test_by_hand(ten):
    facts = statistics(ten, 1, (2.0, 50.0, 98.0), 4)
    assert facts["count"] == 9
    assert facts["valid_percent"] == 90
    assert (facts["min"], facts["max"], facts["mean"]) == (1, 9, 5)
    assert facts["std"] == pytest.approx(np.sqrt(60 / 9))  # squares of 4, 3, 2, 1 twice: 60
    assert facts["percentile_50"] == 5
    assert facts["percentile_2"] == pytest.approx(1.16)  # 1 + 0.02 × 8
    assert facts["histogram"] == [[2, 2, 2, 3], [1, 3, 5, 7, 9]]


def test_limits_are_apart(ten):
    assert limits_of(ten, (1, 2)) == [pytest.approx((1.16, 8.84)), (5, 6)]


def test_percentiles_and_bins_of_a_query():
    assert read_percentiles([]) == (2, 98)
    assert read_percentiles(["5", "95.5"]) == (5, 95.5)
    assert read_bins(None) == 48
    assert read_bins("10") == 10
    for wrong in ("x", "-1", "101", "nan"):
        with pytest.raises(TileProblem):
            read_percentiles([wrong])
    for wrong in ("1", "257", "x", "-3"):
        with pytest.raises(TileProblem):
            read_bins(wrong)
