import numpy as np
import pytest
from affine import Affine
from rasterio.warp import Resampling, reproject

from eo.optical.resampling import coarsen_mean, refine_bilinear, repeat


def gdal(values, factor, resampling, nodata):
    """Return GDAL's answer on a grid `factor` times as fine (below 1: as coarse)."""
    rows, columns = (round(n * factor) for n in values.shape)
    out = np.full((rows, columns), nodata, values.dtype)
    grid = {"src_crs": "EPSG:32633", "dst_crs": "EPSG:32633", "src_nodata": nodata, "dst_nodata": nodata}
    coarse, fine = (Affine(size, 0, 600_000, 0, -size, 5_000_040) for size in (60, 60 / factor))
    reproject(values, out, src_transform=coarse, dst_transform=fine, resampling=resampling, **grid)
    return out


def refined(values, factor, nodata):
    out = np.empty((values.shape[0] * factor, values.shape[1] * factor), values.dtype)
    refine_bilinear(np.pad(values, 1, constant_values=nodata), factor, nodata, out)
    return out


def test_repeat():
    assert repeat(np.array([[1, 2]]), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


def test_bilinear_by_hand():
    # Centres of fine pixels lie at 1/4 and 3/4 of a coarse one; beyond the edge there is no data.
    out = refined(np.array([[100, 200]], np.uint16), 2, 0)
    assert out.tolist() == [[100, 125, 175, 200], [100, 125, 175, 200]]


def test_bilinear_leaves_out_what_is_no_data():
    out = refined(np.array([[100, 0, 0]], np.uint16), 2, 0)
    assert out.tolist() == [[100, 100, 0, 0, 0, 0], [100, 100, 0, 0, 0, 0]]


@pytest.mark.parametrize("factor", [2, 3, 6])
def test_bilinear_is_gdal_s(factor):
    rng = np.random.default_rng(3)
    values = rng.integers(1, 9000, (40, 50)).astype(np.uint16)
    values[rng.random(values.shape) < 0.1] = 0
    ours, theirs = refined(values, factor, 0), gdal(values, factor, Resampling.bilinear, 0)
    assert np.array_equal(ours == 0, theirs == 0)
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1


def test_mean_by_hand():
    out = np.empty((1, 2), np.uint16)
    coarsen_mean(np.array([[10, 20, 0, 0], [0, 31, 0, 0]], np.uint16), 2, 0, out)
    assert out.tolist() == [[20, 0]]  # (10 + 20 + 31) / 3 = 20.33


def test_mean_is_gdal_s():
    rng = np.random.default_rng(4)
    values = rng.integers(1, 9000, (60, 90)).astype(np.uint16)
    values[rng.random(values.shape) < 0.3] = 0
    out = np.empty((20, 30), np.uint16)
    coarsen_mean(values, 3, 0, out)
    assert np.abs(out.astype(int) - gdal(values, 1 / 3, Resampling.average, 0).astype(int)).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16])
@pytest.mark.parametrize("holes", [0.0, 0.02, 0.5])
def test_twice_as_fine_is_the_same_in_whole_numbers(dtype, holes):
    """The weights' sum in sixteenths equals that in floats, which numbers of 32 bits go through."""
    rng = np.random.default_rng(7)
    values = rng.integers(1, np.iinfo(dtype).max, (33, 21)).astype(dtype)
    if dtype == np.int16:
        values -= 9000
    values[rng.random(values.shape) < holes] = 0
    assert np.array_equal(refined(values, 2, 0), refined(values.astype(np.int32), 2, 0).astype(dtype))
    whole = np.empty((66, 42), dtype)
    refine_bilinear(np.pad(values, 1, mode="edge"), 2, np.nan, whole)
    slow = np.empty((66, 42), np.int32)
    refine_bilinear(np.pad(values, 1, mode="edge").astype(np.int32), 2, np.nan, slow)
    assert np.array_equal(whole, slow)
