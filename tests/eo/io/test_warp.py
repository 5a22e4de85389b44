import numpy as np
import pytest
import rasterio
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window
from small_safe import NORTH, WEST, make_safe, numbers, write_jp2

from eo.errors import InvalidProduct
from eo.io.grid import Grid, output_grid
from eo.io.product import RasterSource
from eo.io.products import open_product
from eo.io.tile_cache import TileCache, read_window
from eo.io.warp import read_block


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    return open_product(make_safe(tmp_path_factory.mktemp("safe"), bands=["B02", "B05", "B09"]))


def whole(source, grid, resampling="bilinear", block=100):
    out = None
    for window in grid.blocks(block):
        values = read_block(source, grid, window, resampling)
        out = np.zeros(grid.shape, values.dtype) if out is None else out
        out[window.toslices()] = values
    return out


def vrt(source, grid, resampling):
    with (
        rasterio.open(source.path) as image,
        WarpedVRT(
            image,
            crs=grid.crs,
            transform=grid.transform,
            width=grid.width,
            height=grid.height,
            resampling=Resampling[resampling],
            src_nodata=source.nodata,
            nodata=source.nodata,
        ) as warped,
    ):
        return warped.read(source.index)


def largest_difference(a, b):
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def test_its_own_grid_is_copied(product):
    source = product.band("B02", 10)
    assert np.array_equal(whole(source, product.grid), numbers("B02", 240))


@pytest.mark.parametrize("band", ["B05", "B09"])
@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "cubic"])
def test_finer_is_what_gdal_says_whatever_the_blocks(product, band, resampling):
    source, grid = product.band(band, 10), product.grid
    ours = whole(source, grid, resampling, block=70)
    assert largest_difference(ours, whole(source, grid, resampling, block=240)) <= (resampling == "cubic")
    assert largest_difference(ours, vrt(source, grid, resampling)) <= 1


@pytest.mark.parametrize("resampling", ["nearest", "average", "bilinear"])
def test_coarser_is_what_gdal_says(product, resampling):
    source, grid = product.band("B02", 10), output_grid(product.grid, 40)
    assert largest_difference(whole(source, grid, resampling, 33), vrt(source, grid, resampling)) <= 1


@pytest.mark.parametrize(("crs", "resolution_m"), [("EPSG:3035", 10), ("EPSG:4326", 25), ("EPSG:32632", 7.5)])
@pytest.mark.parametrize("resampling", ["nearest", "bilinear"])
def test_another_projection_is_what_gdal_says(product, crs, resolution_m, resampling):
    source, grid = product.band("B05", 10), output_grid(product.grid, resolution_m, crs)
    ours, theirs = whole(source, grid, resampling), vrt(source, grid, resampling)
    agree = (ours == 0) == (theirs == 0)
    assert agree.mean() > 0.999  # the outermost pixels hang on the warper's approximation of the transform
    both = (ours > 0) & (theirs > 0)
    assert both.sum() > 0.8 * (240 * 10 / resolution_m) ** 2
    assert np.quantile(np.abs(ours[both].astype(int) - theirs[both]), 0.999) <= 5  # a step of the ramp


def test_beyond_the_image_there_is_no_data(product):
    source = product.band("B02", 10)
    block = read_block(source, product.grid, Window(-2, 239, 4, 3), "bilinear")
    expected = numbers("B02", 240)[239, 0:2]
    assert block.tolist() == [[0, 0, *expected], [0] * 4, [0] * 4]


def test_a_grid_that_shares_no_pixel_corner_is_interpolated(product):
    grid = product.grid
    shifted = Grid(grid.crs, grid.transform.translation(WEST + 5, NORTH) @ grid.transform.scale(10, -10), 100, 100)
    ours = read_block(product.band("B02", 10), shifted, Window(0, 0, 100, 100), "bilinear")
    expected = numbers("B02", 240)[:100, :100] + 1  # half a pixel to the east on a slope of 2
    assert largest_difference(ours, expected) <= 1


def test_only_the_tiles_in_need_are_decoded_and_each_once(tmp_path):
    path = tmp_path / "wide.tif"
    profile = {"driver": "GTiff", "width": 1024, "height": 1024, "count": 1, "dtype": "uint16", "tiled": True}
    profile |= {"blockxsize": 128, "blockysize": 128, "transform": rasterio.Affine(10, 0, WEST, 0, -10, NORTH)}
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.arange(1024 * 1024, dtype=np.uint32).astype(np.uint16).reshape(1, 1024, 1024))
    cache = TileCache()
    first = read_window(str(path), 1, Window(100, 100, 60, 60), 0, cache)
    assert (first.shape, cache.decoded) == ((60, 60), 4)
    read_window(str(path), 1, Window(110, 110, 100, 100), 0, cache)
    assert cache.decoded == 4


def test_the_cache_forgets_the_oldest():
    cache = TileCache(limit_bytes=250)
    for column in range(3):
        cache.get(("a", 1, 0, column), lambda: np.zeros(100, np.uint8))
    cache.get(("a", 1, 0, 2), lambda: np.ones(100, np.uint8))
    assert cache.decoded == 3
    assert cache.get(("a", 1, 0, 0), lambda: np.ones(100, np.uint8))[0] == 1
    assert cache.decoded == 4


def test_a_failed_tile_is_tried_again():
    cache = TileCache()

    def fail():
        raise InvalidProduct("no")

    with pytest.raises(InvalidProduct):
        cache.get(("a", 1, 0, 0), fail)
    assert cache.get(("a", 1, 0, 0), lambda: np.ones(1))[0] == 1


def test_a_damaged_image_is_named(tmp_path):
    path = tmp_path / "T33TWL_B02_10m.jp2"
    write_jp2(path, np.random.default_rng(8).integers(0, 9000, (240, 240)).astype(np.uint16), 10)
    path.write_bytes(path.read_bytes()[:20_000])
    grid = Grid("EPSG:32633", rasterio.Affine(10, 0, WEST, 0, -10, NORTH), 240, 240)
    with pytest.raises(InvalidProduct, match=r"^The image T33TWL_B02_10m\.jp2 cannot be read: ") as caught:
        read_block(RasterSource(str(path), 1, 10, 0), grid, Window(0, 0, 240, 240), "bilinear")
    assert str(tmp_path) not in caught.value.message


def test_an_image_is_opened_as_what_it_is_called_only(product, tmp_path):
    # A VRT under another name: GDAL would tell it by its first bytes and read whatever file it names.
    band = product.band("B02", 10).path
    text = f"""<VRTDataset rasterXSize="240" rasterYSize="240"><GeoTransform>0,1,0,0,0,-1</GeoTransform>
    <VRTRasterBand dataType="UInt16" band="1">
    <SimpleSource><SourceFilename>{band}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>
    </VRTRasterBand></VRTDataset>"""
    for name in ("B02.tif", "B02.jp2"):
        (tmp_path / name).write_text(text)
        with rasterio.open(tmp_path / name) as naive:
            assert naive.driver == "VRT"
        with pytest.raises(InvalidProduct, match=f"The image {name} cannot be read"):
            read_window(str(tmp_path / name), 1, Window(0, 0, 10, 10), 0, TileCache())
