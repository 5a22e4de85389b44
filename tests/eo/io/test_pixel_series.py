"""A pixel through time, out of every form that a stack of composites is written in."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from rasterio.warp import transform
from rasterio.windows import Window

from eo.errors import InvalidProduct
from eo.io.band_spec import BandSpec
from eo.io.grid import Grid
from eo.io.pixel_series import read_composites, read_cube, read_pixel
from eo.io.time_stack_writer import create_stack
from eo.timeseries.periods import months

NAMES = ("B04", "B8A")
GRID = Grid("EPSG:32633", from_origin(500_000, 5_000_000, 10, 10), 40, 30)
PERIODS = months(date(2018, 4, 1), 3)
ROW, COLUMN = 12, 25


def place(row: float, column: float) -> tuple[float, float]:
    x, y = GRID.transform @ (column + 0.5, row + 0.5)
    (lon,), (lat,) = transform("EPSG:32633", "EPSG:4326", [x], [y])
    return lon, lat


def stored() -> np.ndarray:
    """Return (periods, bands, rows, columns): 1000 and a number that tells the place; one value is no data."""
    t, b, y, x = np.ogrid[:3, :2, :30, :40]
    values = (1000 + 1000 * t + 500 * b + 10 * y + x).astype(np.uint16)
    values[1, 0, ROW, COLUMN] = 0
    return values


@pytest.fixture(scope="module", params=["COG", "NetCDF", "Zarr"])
def stack(request, tmp_path_factory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    bands = [BandSpec(n, "uint16", nodata=0, scale=1e-4, offset=-0.1, unit="1", description=n) for n in NAMES]
    with create_stack(folder, request.param, GRID, PERIODS, bands) as target:
        target.write(Window(0, 0, 40, 30), stored())
    return request.param, folder


def read(stack: tuple[str, Path], where: tuple[float, float]):
    form, folder = stack
    if form == "COG":
        return read_composites(sorted(folder.glob("composite_*.tif"), reverse=True), where)
    name = {"NetCDF": "stack.nc", "Zarr": "stack.zarr"}[form]
    return read_cube(folder / name, PERIODS, NAMES, where)


def test_the_pixel_under_a_place_is_read_in_the_order_of_time(stack):
    series = read(stack, place(ROW, COLUMN))
    assert series.periods == tuple(PERIODS)
    assert series.names == NAMES
    expected = np.array([[1145, 1645], [np.nan, 2645], [3145, 3645]]) * 1e-4 - 0.1
    np.testing.assert_allclose(series.values, expected, atol=1e-6)


def test_beside_the_stack_there_is_nothing(stack):
    assert read(stack, place(-1, 5)) is None
    assert read(stack, place(5, 40)) is None
    assert read(stack, place(0, 0)) is not None
    assert read(stack, (-170.0, -80.0)) is None


def test_a_cube_of_other_size_is_refused(stack):
    form, folder = stack
    if form == "NetCDF":
        with pytest.raises(InvalidProduct, match=r"stack\.nc has 6 planes, not 2 × 2"):
            read_cube(folder / "stack.nc", PERIODS[:2], NAMES, place(3, 3))


def test_bands_of_a_raster_are_scaled_and_what_is_no_raster_is_refused(tmp_path):
    path = tmp_path / "shares.tif"
    profile = {"driver": "GTiff", "width": 40, "height": 30, "count": 2, "dtype": "uint8", "nodata": 255}
    with rasterio.open(path, "w", **profile, crs=GRID.crs, transform=GRID.transform) as target:
        target.write(np.stack([np.full((30, 40), 120), np.full((30, 40), 255)]).astype(np.uint8))
        target.scales = [0.005, 0.005]
    np.testing.assert_allclose(read_pixel(path, place(1, 1)), [0.6, np.nan], atol=1e-6)
    assert read_pixel(path, place(1, 41)) is None
    with pytest.raises(InvalidProduct, match=r"shares\.tif does not say of which period"):
        read_composites([path], place(1, 1))
    (tmp_path / "vrt.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"/>')
    with pytest.raises(InvalidProduct, match=r"vrt\.tif cannot be read"):
        read_pixel(tmp_path / "vrt.tif", place(1, 1))
