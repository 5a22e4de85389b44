"""STAC facts read off files whose numbers are known."""

import hashlib

import numpy as np
import pytest
import rasterio
from rasterio.shutil import copy
from rasterio.transform import from_origin

from eo.io.stac import file_facts, footprint, raster_facts

GRID = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 20, 20)}


@pytest.fixture
def raster(tmp_path):
    """Two rows of 0 (no data) 1 2 3 and 4 5 6 7, stored as uint16, meaning stored × 0.0001 − 0.1."""
    path = tmp_path / "reflectance.tif"
    size = {"width": 4, "height": 2, "count": 1, "dtype": "uint16", "nodata": 0}
    with rasterio.open(path, "w", driver="GTiff", **size, **GRID) as target:
        target.write(np.arange(8, dtype=np.uint16).reshape(1, 2, 4))
        target.descriptions, target.units = ("B04",), ("1",)
        target.scales, target.offsets = (0.0001,), (-0.1,)
    return path


def test_grid_and_band_by_hand(raster):
    facts = raster_facts(raster)
    assert (facts["proj:code"], facts["proj:shape"], facts["gsd"]) == ("EPSG:32633", [2, 4], 20)
    assert facts["proj:transform"] == [20, 0, 500_000, 0, -20, 5_000_000]
    assert facts["proj:bbox"] == [500_000, 4_999_960, 500_080, 5_000_000]
    (band,) = facts["bands"]
    assert band["statistics"] == {
        "minimum": 1,
        "maximum": 7,
        "mean": 4,
        "stddev": 2,  # of 1 to 7: (9 + 4 + 1) × 2 / 7 = 4
        "valid_percent": 87.5,
    }
    del band["statistics"]
    assert band == {
        "name": "B04",
        "data_type": "uint16",
        "nodata": 0,
        "unit": "1",
        "raster:scale": 0.0001,
        "raster:offset": -0.1,
    }


def test_nothing_valid_has_no_extremes(tmp_path):
    size = {"width": 4, "height": 2, "count": 1, "dtype": "float32", "nodata": float("nan")}
    with rasterio.open(tmp_path / "a.tif", "w", driver="GTiff", **size, **GRID) as target:
        target.write(np.full((1, 2, 4), np.nan, np.float32))
    (band,) = raster_facts(tmp_path / "a.tif")["bands"]
    assert band == {"name": "band1", "data_type": "float32", "nodata": "nan", "statistics": {"valid_percent": 0.0}}


def test_degrees_have_no_ground_distance(tmp_path):
    size = {"width": 2, "height": 2, "count": 1, "dtype": "uint8", "crs": "EPSG:4326"}
    with rasterio.open(
        tmp_path / "a.tif", "w", driver="GTiff", transform=from_origin(10, 50, 0.1, 0.1), **size
    ) as target:
        target.write(np.ones((1, 2, 2), np.uint8))
    facts = raster_facts(tmp_path / "a.tif")
    assert facts["proj:code"] == "EPSG:4326"
    assert "gsd" not in facts
    assert footprint(tmp_path / "a.tif").bounds == pytest.approx((10, 49.8, 10.2, 50))


def test_footprint_is_in_degrees(raster):
    # 80 m × 40 m at the central meridian of zone 33; a degree is 78.8 km along and 111.1 km across at 45.15°N.
    west, south, east, north = footprint(raster).bounds
    assert (west, north) == (pytest.approx(15, abs=1e-9), pytest.approx(45.153, abs=5e-4))
    assert east - west == pytest.approx(80 / 78_600, rel=0.01)
    assert north - south == pytest.approx(40 / 111_100, rel=0.01)


def test_checksum_is_a_multihash_and_the_media_type_tells_a_cog(raster, tmp_path):
    content = raster.read_bytes()
    facts = file_facts(raster)
    # Multihash: 0x12 sha2-256, 0x20 bytes long.
    assert facts["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest()
    assert facts["file:size"] == len(content)
    assert facts["type"] == "image/tiff; application=geotiff"
    copy(raster, tmp_path / "cog.tif", driver="COG")
    assert file_facts(tmp_path / "cog.tif")["type"] == "image/tiff; application=geotiff; profile=cloud-optimized"


def test_a_folder_counts_as_its_files_in_order(tmp_path):
    store = tmp_path / "a.zarr"
    (store / "c").mkdir(parents=True)
    (store / "zarr.json").write_text("{}")
    (store / "c" / "0").write_bytes(b"12345")
    facts = file_facts(store)
    assert facts["type"] == "application/vnd.zarr"
    assert facts["file:size"] == 7
    assert facts["file:checksum"] == "1220" + hashlib.sha256(b"12345{}").hexdigest()
