import numpy as np
import pytest
from rasterio.windows import Window
from small_safe import NORTH, WEST, make_safe, outlines_gml

from eo.errors import MissingBand
from eo.io.cloud_masks import available_cloud_masks, cloud_source, read_clouds
from eo.io.grid import output_grid
from eo.io.products import open_product

WHOLE = Window(0, 0, 240, 240)


def clouds(product, name, window=WHOLE, grid=None, **options):
    grid = grid or product.grid
    return read_clouds(cloud_source(product, name, grid, 10, **options), grid, window)


@pytest.fixture(scope="module")
def l2a(tmp_path_factory):
    scl = np.full((120, 120), 4, np.uint8)
    scl[10, 10], scl[60, 60], scl[100, 20], scl[5, 100] = 9, 3, 11, 10
    probability = np.zeros((120, 120), np.uint8)
    probability[10, 10], probability[11, 10] = 80, 40
    layers = {"SCL": (scl, 20), "MSK_CLDPRB": (probability, 20)}
    return open_product(make_safe(tmp_path_factory.mktemp("l2a"), bands=["B02"], layers=layers))


def test_scene_classes(l2a):
    mask = clouds(l2a, "scl")
    assert {int(v): int((mask == v).sum()) for v in np.unique(mask)} == {1: 240 * 240 - 12, 2: 4, 3: 4, 4: 4}
    assert (mask[20:22, 20:22] == 2).all()
    assert (clouds(l2a, "scl", classes=(11,)) == 5).sum() == 4


def test_probability(l2a):
    assert (clouds(l2a, "probability", threshold_percent=50) == 2).sum() == 4
    assert (clouds(l2a, "probability", threshold_percent=40) == 2).sum() == 8


def test_margins_reach_across_blocks(l2a):
    full = clouds(l2a, "scl", dilation_m=100)
    pieces = np.zeros_like(full)
    for window in l2a.grid.blocks(33):
        pieces[window.toslices()] = clouds(l2a, "scl", window, dilation_m=100)
    assert np.array_equal(full, pieces)
    rows, columns = np.mgrid[0:240, 0:240]
    near = np.zeros(full.shape, bool)
    for row, column in ((20, 20), (120, 120), (10, 200)):
        for i in (0, 1):
            for j in (0, 1):
                near |= np.hypot(rows - row - i, columns - column - j) <= 10
    assert np.array_equal(full > 1, near)


def test_raster_masks_of_l1c(tmp_path):
    layers = np.zeros((3, 40, 40), np.uint8)
    layers[0, 2, 3] = layers[1, 2, 3] = layers[1, 5, 6] = 1
    product = open_product(make_safe(tmp_path, "1C", bands=["B02"], layers={"MSK_CLASSI": (layers, 60)}))
    mask = clouds(product, "product")
    assert ((mask == 2).sum(), (mask == 4).sum()) == (36, 36)
    assert (mask[12:18, 18:24] == 2).all() and (mask[30:36, 36:42] == 4).all()


@pytest.fixture(scope="module")
def old_l1c(tmp_path_factory):
    def ring(west, south, east, north):
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        return " ".join(f"{WEST + x} {NORTH - y}" for x, y in corners)

    gml = outlines_gml(opaque=ring(100, 100, 300, 200), cirrus=ring(200, 100, 500, 200))
    folder = tmp_path_factory.mktemp("l1c")
    return open_product(make_safe(folder, "1C", baseline="02.07", offset=None, bands=["B02"], outlines=gml))


def test_vector_masks_of_l1c_before_04_00(old_l1c):
    mask = clouds(old_l1c, "product")
    assert (mask[10:20, 10:30] == 2).all()  # 200 m × 100 m, over the cirrus
    assert (mask[10:20, 30:50] == 4).all()
    assert (mask != 1).sum() == 400


def test_vector_masks_in_another_projection(old_l1c):
    grid = output_grid(old_l1c.grid, 10, "EPSG:3035")
    mask = clouds(old_l1c, "product", Window(0, 0, grid.width, grid.height), grid)
    assert (mask == 2).sum() == pytest.approx(200, rel=0.05)


def test_an_empty_vector_mask_is_clear(tmp_path):
    product = open_product(
        make_safe(tmp_path, "1C", baseline="02.07", offset=None, bands=["B02"], outlines=outlines_gml())
    )
    assert (clouds(product, "product") == 1).all()


def test_what_there_is_is_named(l2a):
    assert available_cloud_masks(l2a) == ["scl", "probability"]
    with pytest.raises(MissingBand, match=r"no cloud mask of its own\. Cloud masks that it has: scl, probability\."):
        clouds(l2a, "product")


def test_theia(shared_data):
    folder = shared_data / "s2/fordead_theia_T31UFQ/SENTINEL/ZoneTest"
    shares = {}
    for path in sorted(folder.glob("SENTINEL2A_2016*"))[:12]:
        product = open_product(path)
        grid = product.grid
        shares[path.name[11:19]] = (clouds(product, "product", Window(0, 0, grid.width, grid.height)) > 1).mean()
    assert {d: s for d, s in shares.items() if s} == {"20160418": 0.98, "20160428": 0.454375}


def test_real_product(shared_data):
    product = open_product(shared_data / "s2/safe_l2a")
    assert available_cloud_masks(product) == ["scl", "product", "probability"]
    import rasterio

    with rasterio.open(product.layer("SCL", 60).path) as source:
        scl = source.read(1)
    mask = read_clouds(cloud_source(product, "scl", product.grid, 60), product.grid, Window(0, 0, 1830, 1830))
    assert np.array_equal(mask == 2, (scl == 8) | (scl == 9))
    assert np.array_equal(mask == 3, scl == 3)
