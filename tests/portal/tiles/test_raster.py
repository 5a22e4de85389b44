"""Reading: each tile equals what GDAL's warped VRT gives, read independently; each point the pixel under it."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT

from portal.tiles.problems import TileProblem
from portal.tiles.raster import Source, opened, read_tile, tile_bounds
from portal.tiles.reader import ResultReader

TILE_PX = 256


def source_of(results: Path, file: str) -> Source:
    return Source.of(results / "a-result" / file)


def by_gdal(path: Path, z: int, x: int, y: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values and mask of the tile, exact transformation, from a warped VRT of all of the file."""
    bounds = tile_bounds(z, x, y)
    grid = {"crs": "EPSG:3857", "transform": from_bounds(*bounds, TILE_PX, TILE_PX)}
    with (
        rasterio.open(path) as raster,
        WarpedVRT(raster, width=TILE_PX, height=TILE_PX, resampling=Resampling.nearest, **grid) as vrt,
    ):
        return vrt.read(), vrt.dataset_mask() > 0


def test_bounds_of_the_world_and_of_a_tile_worked_by_hand():
    half = 20037508.342789244
    assert tile_bounds(0, 0, 0) == pytest.approx((-half, -half, half, half))
    assert tile_bounds(2, 3, 1) == pytest.approx((half / 2, 0, half, half / 2))


@pytest.mark.parametrize(("z", "x", "y"), [(-1, 0, 0), (25, 0, 0), (2, 4, 0), (2, 0, -1)])
def test_there_are_no_tiles_beyond_the_world(z, x, y):
    with pytest.raises(TileProblem, match=f"There is no tile {z}/{x}/{y}"):
        tile_bounds(z, x, y)


@pytest.mark.parametrize(("z", "x", "y"), [(13, 4437, 2942), (13, 4439, 2943), (14, 8878, 5887), (16, 35515, 23549)])
def test_a_tile_is_what_gdal_warps(results, z, x, y):
    values, seen = read_tile(source_of(results, "reflectance.tif"), tile_bounds(z, x, y), TILE_PX, (1, 2, 3))
    expected, mask = by_gdal(results / "a-result" / "reflectance.tif", z, x, y)
    assert seen.any()
    assert (seen == mask).mean() > 0.999
    same = (values == expected).all(axis=0)[seen & mask]
    assert same.mean() > 0.97  # GDAL's approximate transformer may be 1/8 pixel off
    off = np.abs(values.astype(int) - expected)[:, seen & mask]
    assert (off % 20 <= 1).all() or off.max() <= 20 + 19  # never more than the neighbour


def test_a_coarse_tile_comes_from_the_overview_that_is_fine_enough(results):
    source = source_of(results, "reflectance.tif")
    values, seen = read_tile(source, tile_bounds(11, 1109, 735), TILE_PX, (1,))
    expected, mask = by_gdal(source.path, 11, 1109, 735)
    # GDAL reads the same overview: row numbers, told from the values, differ by no more than a pixel of it.
    difference = np.abs(values[0].astype(int) - expected[0]) // 20
    assert difference[seen & mask].max() <= 4


def test_a_tile_beside_the_raster_is_none(results):
    assert read_tile(source_of(results, "reflectance.tif"), tile_bounds(13, 100, 100), TILE_PX, (1,)) is None


def test_no_data_is_where_the_file_says_so_or_where_there_is_no_file(results):
    _, seen = read_tile(source_of(results, "heights.tif"), tile_bounds(11, 1109, 735), TILE_PX, (1,))
    assert 0 < seen.mean() < 1
    _, seen = read_tile(source_of(results, "holes.tif"), tile_bounds(13, 4439, 2943), TILE_PX, (1,))
    assert not seen.all()


def at(source: Source, lon: float, lat: float, bands: tuple[int, ...]) -> list[float | None]:
    with ResultReader(source) as reader:
        return reader.point(lon, lat, indexes=bands).array.tolist()


def test_a_point_is_the_pixel_under_it(results):
    from pyproj import Transformer

    to_lonlat = Transformer.from_crs(32633, 4326, always_xy=True)
    lon, lat = to_lonlat.transform(500_000 + 10 * 700 + 1, 5_000_000 - 10 * 321 - 9)
    assert at(source_of(results, "reflectance.tif"), lon, lat, (3, 1)) == [321 * 20 + 21, 321 * 20 + 7]
    lon, lat = to_lonlat.transform(500_000 + 10 * 99 + 9, 5_000_000 - 5)
    assert at(source_of(results, "reflectance.tif"), lon, lat, (1,)) == [None]
    assert at(source_of(results, "reflectance.tif"), 0, 0, (1, 2)) == [None, None]
    assert at(source_of(results, "holes.tif"), *to_lonlat.transform(507_000, 4_999_000), (1,)) == [None]


def test_only_geotiffs_are_opened_whatever_the_name(results):
    with pytest.raises(TileProblem, match="cannot be shown on a map"):
        opened(source_of(results, "vrt.tif"))


def test_a_file_that_is_gone(results):
    with pytest.raises(TileProblem, match="no longer there") as caught:
        source_of(results, "gone.tif")
    assert caught.value.status == 404


def test_a_file_written_anew_is_another_source(tmp_path):
    path = tmp_path / "a"
    path.write_text("1")
    before = Source.of(path)
    path.write_text("22")
    assert Source.of(path) != before
