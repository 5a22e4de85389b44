"""Variables of NetCDF files as images: place, order of rows, numbers as stored."""

import netCDF4
import numpy as np
import pytest
from affine import Affine
from rasterio.windows import Window
from small_series import NORTH, WEST, write_series

from eo.errors import InvalidProduct
from eo.io.grid import Grid, grid_of
from eo.io.images import open_image
from eo.io.netcdf_image import address
from eo.io.series_netcdf import read_series
from eo.io.tile_cache import read_window

RED = np.random.default_rng(1).integers(1, 10_000, (3, 12, 17)).astype(np.uint16)
DAYS = ("2018-03-01", "2018-03-11", "2018-03-21")


@pytest.mark.parametrize("upwards", [False, True])
def test_rows_go_from_north_to_south(tmp_path, upwards):
    image = address(write_series(tmp_path / "S2.nc", DAYS, {"B04": RED}, upwards=upwards), "B04")
    assert grid_of(image) == Grid("EPSG:32633", Affine(10, 0, WEST, 0, -10, NORTH), 17, 12)
    for plane in range(3):
        assert np.array_equal(read_window(image, plane + 1, Window(0, 0, 17, 12), 0), RED[plane])
    assert np.array_equal(read_window(image, 2, Window(3, 2, 20, 5), 7)[:, :14], RED[1, 2:7, 3:])
    assert (read_window(image, 2, Window(3, 2, 20, 5), 7)[:, 14:] == 7).all()


def test_unsigned_numbers_in_signed_variables(tmp_path):
    path = write_series(tmp_path / "S2.nc", DAYS, {"B04": RED})
    with netCDF4.Dataset(path, "a") as target:
        variable = target.createVariable("B05", "i2", ("t", "y", "x"))
        variable.setncatts({"_Unsigned": "true", "grid_mapping": "crs"})
        variable.set_auto_maskandscale(False)
        variable[:] = np.full((3, 12, 17), -1, np.int16)
    with open_image(address(path, "B05")) as image:
        assert (image.dtypes[0], image.count) == ("uint16", 3)
        assert (image.read(1, window=Window(0, 0, 2, 2)) == 65_535).all()


def test_uneven_coordinates_are_no_grid(tmp_path):
    path = write_series(tmp_path / "S2.nc", DAYS, {"B04": RED})
    with netCDF4.Dataset(path, "a") as target:
        target["x"][5] += 3
    with pytest.raises(InvalidProduct, match="regular grid"):
        open_image(address(path, "B04"))


def test_no_place_is_said(tmp_path):
    path = write_series(tmp_path / "S2.nc", DAYS, {"B04": RED})
    with netCDF4.Dataset(path, "a") as target:
        target["crs"].spatial_ref = "nowhere"
    with pytest.raises(InvalidProduct, match="where it lies"):
        open_image(address(path, "B04"))


def test_a_series_is_a_product_a_time(tmp_path):
    write_series(tmp_path / "S2_10m.nc", DAYS, {"B04": RED})
    scl = np.full((3, 6, 9), 4)
    write_series(tmp_path / "S2_20m.nc", DAYS, {"B11": scl, "B04": scl}, scl, pixel_m=20, fill=65_535)
    products = read_series(tmp_path)
    assert [f"{p.datetime:%Y-%m-%d}" for p in products] == list(DAYS)
    assert [s.resolution_m for s in products[1].bands["B04"]] == [10, 20]
    assert (products[1].bands["B11"][0].index, products[1].bands["B11"][0].nodata) == (2, 65_535)
    assert (products[1].layers["SCL"][0].resolution_m, products[1].level) == (20, "L2A")
    assert products[0].name != products[1].name


def test_what_is_no_series(tmp_path):
    (tmp_path / "S2.nc").write_bytes(b"\x89HDF\r\n nothing")
    with pytest.raises(InvalidProduct, match=r"S2\.nc cannot be opened"):
        read_series(tmp_path)
    with netCDF4.Dataset(tmp_path / "S2.nc", "w") as target:
        target.createDimension("x", 3)
    with pytest.raises(InvalidProduct, match="has no time"):
        read_series(tmp_path / "S2.nc")
