"""Stacks written and read again, by this library and by xarray."""

import warnings
from datetime import date

import numpy as np
import pytest
import rasterio
import xarray
from affine import Affine
from rasterio.windows import Window

from eo.errors import InvalidProduct, MissingBand
from eo.io.band_spec import BandSpec
from eo.io.grid import Grid
from eo.io.time_stack import open_stack
from eo.io.time_stack_writer import create_stack
from eo.optical.reflectance import OFFSET, SCALE
from eo.timeseries.periods import months

GRID = Grid("EPSG:32633", Affine(10, 0, 600_000, 0, -10, 5_000_040), 70, 50)
PERIODS = months(date(2018, 12, 1), 3)
BANDS = [BandSpec(n, "uint16", nodata=0, scale=SCALE, offset=OFFSET, unit="1") for n in ("B02", "B8A")]
VALUES = np.random.default_rng(1).integers(0, 12_000, (3, 2, 50, 70)).astype(np.uint16)
FORMATS = ("COG", "NetCDF", "Zarr")


@pytest.fixture(params=FORMATS)
def folder(request, tmp_path):
    with create_stack(tmp_path, request.param, GRID, PERIODS, BANDS) as writer:
        for window in GRID.blocks(32):
            rows, columns = window.toslices()
            writer.write(window, VALUES[:, :, rows, columns])
    return tmp_path


def test_what_was_written_is_read(folder):
    stack = open_stack(folder)
    assert (stack.grid, list(stack.periods), tuple(stack.names)) == (GRID, PERIODS, ("B02", "B8A"))
    assert np.array_equal(stack.read(Window(0, 0, 70, 50)), VALUES)
    assert np.array_equal(stack.read(Window(11, 7, 20, 30)), VALUES[:, :, 7:37, 11:31])


def test_bands_are_found_by_name(folder):
    stack = open_stack(folder).with_bands(["B8A", "B02"])
    assert np.array_equal(stack.read(Window(0, 0, 70, 50)), VALUES[:, ::-1])
    with pytest.raises(MissingBand, match="no B11"):
        stack.with_bands(["B02", "B11"])


@pytest.mark.parametrize("format", ["NetCDF", "Zarr"])
def test_xarray_reads_time_bounds_and_reflectance(tmp_path, format):
    with create_stack(tmp_path, format, GRID, PERIODS, BANDS) as writer:
        writer.write(Window(0, 0, 70, 50), VALUES)
    path = tmp_path / ("stack.nc" if format == "NetCDF" else "stack.zarr")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cube = xarray.open_dataset(path, engine="netcdf4" if format == "NetCDF" else "zarr", decode_coords="all")
    assert cube.reflectance.dims == ("time", "band", "y", "x")
    assert cube.time.values[0] == np.datetime64("2018-12-16T12:00")  # the middle of December
    assert cube.time_bnds.values.astype("datetime64[D]").astype(str).tolist() == [
        ["2018-12-01", "2019-01-01"],
        ["2019-01-01", "2019-02-01"],
        ["2019-02-01", "2019-03-01"],
    ]
    assert cube.band.values.tolist() == ["B02", "B8A"]
    expected = np.where(VALUES == 0, np.nan, VALUES * SCALE + OFFSET)
    np.testing.assert_allclose(cube.reflectance.values, expected, atol=1e-6)
    assert (cube.x.values[0], cube.y.values[0]) == (600_005, 5_000_035)


def test_the_cube_keeps_the_conventions(tmp_path):
    """CF-1.11: sections 2.6.1, 3.1, 3.3, 4.1, 4.4, 5.6, 7.1, 8.1."""
    with create_stack(tmp_path, "NetCDF", GRID, PERIODS, BANDS) as writer:
        writer.write(Window(0, 0, 70, 50), VALUES)
    with xarray.open_dataset(tmp_path / "stack.nc", decode_cf=False, mask_and_scale=False) as cube:
        assert cube.attrs["Conventions"] == "CF-1.11"
        time, data = cube["time"], cube["reflectance"]
        assert (time.attrs["standard_name"], time.attrs["axis"], time.attrs["calendar"]) == ("time", "T", "standard")
        assert (time.attrs["units"], time.attrs["bounds"]) == ("days since 1970-01-01", "time_bnds")
        assert cube["time_bnds"].dims == ("time", "nv")
        assert "units" not in cube["time_bnds"].attrs  # bounds take theirs from time
        assert ((cube["time_bnds"][:, 0] <= time) & (time <= cube["time_bnds"][:, 1])).all()
        assert {cube[axis].attrs["axis"] for axis in "xy"} == {"X", "Y"}
        assert cube["x"].attrs["standard_name"] == "projection_x_coordinate"
        assert data.attrs["units"] == "1"
        assert data.attrs["_FillValue"].dtype == data.dtype == np.uint16
        assert cube[data.attrs["grid_mapping"]].attrs["grid_mapping_name"] == "transverse_mercator"
        assert (data.attrs["scale_factor"], data.attrs["add_offset"]) == (SCALE, OFFSET)
        assert np.array_equal(data.values, VALUES)


def test_the_files_say_their_period(tmp_path):
    with create_stack(tmp_path, "COG", GRID, PERIODS, BANDS) as writer:
        writer.write(Window(0, 0, 70, 50), VALUES)
    with rasterio.open(tmp_path / "composite_2019-02.tif") as source:
        assert (source.tags()["PERIOD_START"], source.tags()["PERIOD_END"]) == ("2019-02-01", "2019-03-01")
        assert source.descriptions == ("B02", "B8A")
        assert np.array_equal(source.read(), VALUES[2])


def test_nothing_is_no_stack(tmp_path):
    with pytest.raises(InvalidProduct, match="holds no stack of composites"):
        open_stack(tmp_path)
    (tmp_path / "stack.nc").write_bytes(b"no NetCDF")
    with pytest.raises(InvalidProduct, match=r"stack\.nc cannot be opened"):
        open_stack(tmp_path)


def test_files_of_another_grid_make_no_stack(tmp_path):
    for grid, period in ((GRID, PERIODS[0]), (Grid(GRID.crs, GRID.transform, 60, 50), PERIODS[1])):
        with create_stack(tmp_path, "COG", grid, [period], BANDS) as writer:
            writer.write(Window(0, 0, grid.width, grid.height), VALUES[:1, :, :, : grid.width])
    with pytest.raises(InvalidProduct, match="another grid"):
        open_stack(tmp_path)


def test_published_composites(shared_data):
    """WorldCereal's input: twelve monthly composites, 65535 for no data, B08 in place of B8A."""
    path = shared_data / "crops/worldcereal_preprocessed_inputs.nc"
    stack = open_stack(path)
    assert [p.label for p in stack.periods][::11] == ["2020-11", "2021-10"]
    assert tuple(stack.names) == ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B11", "B12")
    assert stack.grid == Grid("EPSG:32631", Affine(10, 0, 664_000, 0, -10, 5_612_120), 100, 100)
    with xarray.open_dataset(path, decode_cf=False) as cube:
        red = cube["S2-L2A-B04"].values.view(np.uint16)
    found = stack.with_bands(["B04"]).read(Window(0, 0, 100, 100))[:, 0]
    assert np.array_equal(found, np.where(red == 65_535, 0, red.astype(int) + 1000))
    assert (found == 0).mean() == pytest.approx(1 / 6)  # two of the months
    with pytest.raises(MissingBand, match="no B8A"):
        stack.with_bands(["B8A"])
