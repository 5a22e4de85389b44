import numpy as np
import pytest
import rasterio
import xarray
from affine import Affine

from eo.io.band_spec import BandSpec
from eo.io.geotiff_writer import overview_factors
from eo.io.grid import Grid
from eo.io.raster_writer import EXTENSIONS, create_raster

GRID = Grid("EPSG:32633", Affine(10, 0, 600_000, 0, -10, 5_000_040), 1300, 700)
DEGREES = Grid("EPSG:4326", Affine(0.01, 0, 15, 0, -0.01, 46), 30, 20)
BANDS = [
    BandSpec("B04", "uint16", 0, 1e-4, -0.1, "1", "red"),
    BandSpec("B08", "uint16", 0, 1e-4, -0.1, "1", "near infrared"),
]
VALUES = np.random.default_rng(5).integers(0, 9000, (2, *GRID.shape)).astype(np.uint16)
CLASSES = BandSpec(
    "kind", "uint8", 0, classes={0: "none", 1: "red fox", 2: "owl"}, colours={1: (200, 0, 0), 2: (0, 0, 200)}
)


def write(path, format, grid=GRID, bands=BANDS, values=VALUES, one_by_one=True, **options):
    with create_raster(path, format, grid, bands, threads=2, tags={"title": "a test"}, **options) as writer:
        for window in grid.blocks(512):
            rows, columns = window.toslices()
            if one_by_one:
                for index, plane in enumerate(values, 1):
                    writer.write(window, plane[rows, columns], band=index)
            else:
                writer.write(window, values[:, rows, columns])
    return path


@pytest.fixture(scope="module", params=EXTENSIONS)
def written(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("raster")
    return request.param, write(folder / f"out{EXTENSIONS[request.param]}", request.param)


def stored(format, path):
    if format in ("COG", "GeoTIFF"):
        with rasterio.open(path) as source:
            return source.read()
    opener = xarray.open_dataset if format == "NetCDF" else xarray.open_zarr
    with opener(path, mask_and_scale=False) as source:
        return np.stack([source[b.name].values for b in BANDS])


def test_all_formats_hold_the_same_numbers(written):
    assert np.array_equal(stored(*written), VALUES)


@pytest.mark.parametrize("format", EXTENSIONS)
def test_all_bands_at_once_are_the_same(format, tmp_path):
    path = write(tmp_path / f"out{EXTENSIONS[format]}", format, one_by_one=False)
    assert np.array_equal(stored(format, path), VALUES)


@pytest.mark.parametrize("format", ["COG", "GeoTIFF"])
def test_geotiff_says_what_it_holds(format, tmp_path):
    with rasterio.open(write(tmp_path / "out.tif", format)) as source:
        assert (source.crs.to_epsg(), source.transform, source.nodata) == (32633, GRID.transform, 0)
        assert (source.scales, source.offsets) == ((1e-4, 1e-4), (-0.1, -0.1))
        assert (source.descriptions, source.units) == (("B04", "B08"), ("1", "1"))
        assert source.tags()["title"] == "a test"
        assert source.tags(2)["long_name"] == "near infrared"
        assert source.block_shapes == [(512, 512), (512, 512)]
        assert source.profile["compress"] == "deflate"
        assert source.interleaving.name == "band"


@pytest.mark.parametrize("name", ["NetCDF", "Zarr"])
def test_cf(name, tmp_path):
    path = write(tmp_path / f"out{EXTENSIONS[name]}", name)
    with xarray.open_dataset(path, engine="zarr" if name == "Zarr" else "netcdf4", decode_coords="all") as source:
        band = source["B04"]
        expected = np.where(VALUES[0] == 0, np.nan, VALUES[0] * 1e-4 - 0.1)
        np.testing.assert_allclose(band.values, expected, atol=1e-6)
        assert (band.dims, band.attrs["long_name"], band.attrs["units"]) == (("y", "x"), "red", "1")
        assert band.encoding["grid_mapping"] == "spatial_ref"
        assert (band.x.values[0], band.y.values[0], band.x.values[-1]) == (600_005, 5_000_035, 612_995)
        assert band.x.attrs["standard_name"] == "projection_x_coordinate"
        assert source.spatial_ref.attrs["grid_mapping_name"] == "transverse_mercator"
        assert source.attrs == {"Conventions": "CF-1.11", "title": "a test"}


def test_gdal_reads_the_grid_of_netcdf(tmp_path):
    path = write(tmp_path / "out.nc", "NetCDF")
    with rasterio.open(f"netcdf:{path}:B08") as source:
        assert (source.crs.to_epsg(), source.transform) == (32633, GRID.transform)
        assert (source.scales, source.offsets, source.nodata) == ((1e-4,), (-0.1,), 0)


@pytest.mark.parametrize("name", ["NetCDF", "Zarr"])
def test_degrees_have_latitude_and_longitude(name, tmp_path):
    values = np.ones((1, *DEGREES.shape), np.float32)
    values[0, 3, 4] = np.nan
    path = tmp_path / f"out{EXTENSIONS[name]}"
    write(path, name, DEGREES, [BandSpec("speed", "float32", np.nan, unit="m s-1")], values)
    with xarray.open_dataset(path, engine="zarr" if name == "Zarr" else "netcdf4") as source:
        assert source["speed"].dims == ("lat", "lon")
        assert source["lat"].attrs["units"] == "degrees_north"
        assert source["lat"].values[0] == pytest.approx(45.995)
        assert int(source["speed"].isnull().sum()) == 1


@pytest.mark.parametrize("name", ["NetCDF", "Zarr"])
def test_classes_are_flags(name, tmp_path):
    path = tmp_path / f"out{EXTENSIONS[name]}"
    write(path, name, DEGREES, [CLASSES], np.ones((1, *DEGREES.shape), np.uint8))
    with xarray.open_dataset(path, engine="zarr" if name == "Zarr" else "netcdf4") as source:
        assert source["kind"].attrs["flag_meanings"] == "none red_fox owl"
        assert list(source["kind"].attrs["flag_values"]) == [0, 1, 2]


def test_classes_have_colours_and_are_never_averaged(tmp_path):
    values = np.tile(np.array([[1, 2], [2, 2]], np.uint8), (350, 650))[None]
    with rasterio.open(write(tmp_path / "out.tif", "COG", bands=[CLASSES], values=values)) as source:
        assert source.colormap(1)[2] == (0, 0, 200, 255)
        assert set(np.unique(source.read(1, out_shape=(350, 650)))) <= {1, 2}


def test_overviews_are_means_without_nodata(tmp_path):
    values = np.zeros((1, *GRID.shape), np.uint16)
    values[0, 0:2, 0:2] = [[100, 200], [0, 300]]
    path = write(tmp_path / "out.tif", "COG", bands=BANDS[:1], values=values)
    with rasterio.open(path, overview_level=0) as source:
        assert source.read(1)[0, 0] == 200


def test_floats_hold_nan(tmp_path):
    values = np.random.default_rng(6).random((1, *GRID.shape)).astype(np.float32)
    values[0, 5, 6] = np.nan
    path = write(tmp_path / "out.tif", "COG", bands=[BandSpec("speed", "float32", np.nan)], values=values)
    with rasterio.open(path) as source:
        np.testing.assert_array_equal(source.read(), values)
        assert np.isnan(source.nodata)


@pytest.mark.parametrize("format", EXTENSIONS)
def test_after_an_error_nothing_is_left(format, tmp_path):
    with (
        pytest.raises(RuntimeError, match="halfway"),
        create_raster(tmp_path / f"out{EXTENSIONS[format]}", format, GRID, BANDS) as writer,
    ):
        writer.write(next(GRID.blocks(512)), VALUES[:, :512, :512])
        raise RuntimeError("halfway")
    assert list(tmp_path.iterdir()) == []


def test_overviews_end_when_one_tile_holds_all():
    assert overview_factors(512, 512) == []
    assert overview_factors(513, 10) == [2]
    assert overview_factors(10980, 10980) == [2, 4, 8, 16, 32]
