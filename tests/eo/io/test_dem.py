"""Heights: made tiles whose heights are a plane, and real ones read independently."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from eo.errors import MissingDem
from eo.io.dem import degrees_of, open_dem
from eo.io.geoid import geoid_height_m
from eo.io.grid import Grid

STEP = 1 / 1200


def plane(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Metres: 100 in the corner of the world at 10° E, 50° N, sloping gently."""
    return 100 + 200 * (longitude - 10) + 300 * (latitude - 50)


def write_tile(folder: Path, west: int, south: int, hole: tuple[slice, slice] | None = None) -> Path:
    """Write a tile as Copernicus lays them out: a degree, pixels centred on whole steps, rows from the north."""
    folder.mkdir(exist_ok=True)
    path = folder / f"Copernicus_DSM_COG_30_N{south:02d}_00_E{west:03d}_00_DEM.tif"
    columns, rows = np.meshgrid(west + np.arange(1200) * STEP, south + 1 - np.arange(1200) * STEP)
    heights = plane(columns, rows).astype(np.float32)
    if hole:
        heights[hole] = -9999
    transform = from_origin(west - STEP / 2, south + 1 + STEP / 2, STEP, STEP)
    profile = {"width": 1200, "height": 1200, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "nodata": -9999}
    with rasterio.open(path, "w", driver="GTiff", transform=transform, tiled=True, **profile) as target:
        target.write(heights, 1)
    return path


def utm(lon: float, lat: float, size: int = 120, pixel_m: float = 30) -> Grid:
    """A grid in UTM zone 32 around a place."""
    x, y = Transformer.from_crs(4326, 32632, always_xy=True).transform(lon, lat)
    west, north = round(x - size * pixel_m / 2, -1), round(y + size * pixel_m / 2, -1)
    return Grid("EPSG:32632", Affine(pixel_m, 0, west, 0, -pixel_m, north), size, size)


def lonlat_of(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[: grid.height, : grid.width]
    x, y = grid.transform @ (columns + 0.5, rows + 0.5)
    return Transformer.from_crs(grid.crs, 4326, always_xy=True).transform(x, y)


def whole(grid: Grid) -> Window:
    return Window(0, 0, grid.width, grid.height)


def test_a_plane_comes_out_above_the_ellipsoid_even_across_tiles(tmp_path: Path) -> None:
    for west, south in ((10, 50), (11, 50), (10, 51), (11, 51)):
        write_tile(tmp_path / "tiles", west, south)
    grid = utm(11.0, 51.0)  # the corner of all four
    lon, lat = lonlat_of(grid)
    expected = plane(lon, lat) + geoid_height_m(lon, lat)
    found = open_dem(tmp_path / "tiles").heights(grid, whole(grid))
    assert np.abs(found - expected).max() < 0.05
    above = open_dem(tmp_path / "tiles", "ellipsoid").heights(grid, whole(grid))
    assert np.abs(above - plane(lon, lat)).max() < 0.05


def test_blocks_make_no_difference(tmp_path: Path) -> None:
    write_tile(tmp_path / "tiles", 10, 50)
    dem, grid = open_dem(tmp_path / "tiles"), utm(10.5, 50.5, size=200)
    found = dem.heights(grid, whole(grid))
    for window in grid.blocks(90):
        assert np.abs(dem.heights(grid, window) - found[window.toslices()]).max() < 0.05


def test_where_no_tile_is_lies_the_sea(tmp_path: Path) -> None:
    write_tile(tmp_path / "tiles", 10, 50)
    dem, grid = open_dem(tmp_path / "tiles"), utm(9.0, 50.5)
    lon, lat = lonlat_of(grid)
    assert np.abs(dem.heights(grid, whole(grid)) - geoid_height_m(lon, lat)).max() < 0.02


def test_narrow_holes_are_filled_and_wide_ones_are_sea(tmp_path: Path) -> None:
    path = write_tile(tmp_path / "tiles", 10, 50, hole=(slice(595, 601), slice(595, 603)))
    grid = utm(10.5, 50.5)
    lon, lat = lonlat_of(grid)
    expected = plane(lon, lat) + geoid_height_m(lon, lat)
    assert np.abs(open_dem(path).heights(grid, whole(grid)) - expected).max() < 1
    wide = write_tile(tmp_path / "wide", 10, 50, hole=(slice(500, 700), slice(500, 700)))
    found = open_dem(wide).heights(grid, whole(grid))
    assert found[60, 60] == pytest.approx(geoid_height_m(lon[60, 60], lat[60, 60]), abs=0.05)


def test_what_is_covered_and_what_is_wanted(tmp_path: Path) -> None:
    write_tile(tmp_path / "tiles", 10, 50)
    dem = open_dem(tmp_path / "tiles")
    assert dem.missing(shapely.box(10.2, 50.2, 10.4, 50.4)).is_empty
    assert dem.missing(shapely.box(10.5, 50.2, 11.5, 50.4)).bounds == pytest.approx((11, 50.2, 11.5, 50.4), abs=1e-3)
    dem.require(shapely.box(10.5, 50.2, 11.5, 50.4))
    with pytest.raises(MissingDem, match=r"cover 0 % of the area\. Wanted are the tiles S01W003, S01W002"):
        dem.require(shapely.box(-2.5, -0.5, -1.5, -0.2))
    assert degrees_of(shapely.box(10.9, 49.9, 11.1, 50.1)) == ["N49E010", "N49E011", "N50E010", "N50E011"]
    with pytest.raises(MissingDem, match="There are no heights at"):
        open_dem(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingDem):
        open_dem(tmp_path / "empty")


def by_gdal(path: str, grid: Grid) -> np.ndarray:
    """Return a file on a grid as GDAL warps it, exact, read apart from this library."""
    options = {"crs": grid.crs, "transform": grid.transform, "width": grid.width, "height": grid.height}
    with (
        rasterio.open(path) as source,
        WarpedVRT(source, resampling=Resampling.bilinear, **options) as vrt,
    ):
        return vrt.read(1).astype(float)


def test_real_copernicus_tile(shared_data: Path) -> None:
    path = next((shared_data / "dem").glob("Copernicus*.tif"))
    x, y = Transformer.from_crs(4326, 32632, always_xy=True).transform(6.6, 0.2)  # São Tomé
    grid = Grid("EPSG:32632", Affine(30, 0, round(x), 0, -30, round(y)), 200, 200)
    found = open_dem(path).heights(grid, whole(grid))
    expected = by_gdal(str(path), grid) + geoid_height_m(*lonlat_of(grid))
    assert np.ptp(expected) > 200
    assert np.abs(found - expected).max() < 4  # GDAL's approximate transformer is an eighth of a pixel off
    assert np.abs(found - expected).mean() < 0.3


def test_real_srtm_tiles_across_their_border(shared_data: Path) -> None:
    dem = open_dem(shared_data / "dem")
    assert {Path(tile.path).name for tile in dem.tiles} >= {"N49E011.hgt", "N50E011.hgt"}
    srtm = type(dem)(tuple(tile for tile in dem.tiles if tile.path.endswith(".hgt")))
    grid = utm(11.5, 50.0)
    found = srtm.heights(grid, whole(grid)) - geoid_height_m(*lonlat_of(grid))
    assert 200 < found.min() < found.max() < 900
    north = by_gdal(f"/vsizip/{shared_data.resolve()}/dem/N50E011.hgt.zip/N50E011.hgt", grid)
    south = by_gdal(f"/vsizip/{shared_data.resolve()}/dem/N49E011.hgt.zip/N49E011.hgt", grid)
    upper, lower = slice(0, 55), slice(65, 120)
    assert np.abs(found[upper] - north[upper]).mean() < 0.5
    assert np.abs(found[lower] - south[lower]).mean() < 0.5
    steps = np.abs(np.diff(found, axis=0))
    assert steps[55:65].max() < 3 * np.percentile(steps, 99)  # no seam


def test_a_vrt_is_the_tiles_that_it_names(tmp_path: Path) -> None:
    tiles = [write_tile(tmp_path / "tiles", west, 50) for west in (10, 11)]
    vrt = tmp_path / "all.vrt"
    sources = "".join(
        f'<SimpleSource><SourceFilename relativeToVRT="1">tiles/{t.name}</SourceFilename></SimpleSource>' for t in tiles
    )
    vrt.write_text(f"<VRTDataset><VRTRasterBand>{sources}</VRTRasterBand></VRTDataset>")
    grid = utm(11.0, 50.5)
    named, found = open_dem(vrt), open_dem(tmp_path / "tiles")
    assert [Path(t.path).name for t in named.tiles] == [t.name for t in tiles]
    assert np.array_equal(named.heights(grid, whole(grid)), found.heights(grid, whole(grid)))
    tiles[1].unlink()
    with pytest.raises(MissingDem, match=r"E011_00_DEM\.tif, which is not there"):
        open_dem(vrt)


def test_holes_are_told(tmp_path: Path) -> None:
    write_tile(tmp_path, 10, 50, hole=(slice(0, 600), slice(0, 1200)))
    dem = open_dem(tmp_path)
    assert dem.hole_percent(shapely.box(10.2, 50.2, 10.8, 50.8)) == pytest.approx(50, abs=1)
    assert dem.hole_percent(shapely.box(10.2, 50.1, 10.8, 50.4)) == 0
