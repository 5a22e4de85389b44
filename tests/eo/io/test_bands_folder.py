import pytest

from eo.errors import InvalidProduct
from eo.io.products import find_products, open_product

THEIA = "s2/fordead_theia_T31UFQ/SENTINEL/ZoneTest/SENTINEL2A_20171212-105436-462_L2A_T31UFQ_C_V2-2"
BARBELLINO = "s2/sen2r_barbellino/out"


def test_theia_folder(shared_data):
    product = open_product(shared_data / THEIA)
    assert (product.product_type, product.tile, product.level) == ("S2-BANDS", "31UFQ", "L2A")
    assert product.datetime.isoformat() == "2017-12-12T10:54:36+00:00"
    assert product.band_names == ["B02", "B03", "B04", "B8A", "B11", "B12"]
    band = product.band("B11", 10)
    assert (band.resolution_m, band.nodata, band.scale, band.offset) == (20, -10_000, 1e-4, 0)
    assert product.layer("CLM", 10).resolution_m == 20


def test_the_whole_series_is_found(shared_data):
    found = list(find_products(shared_data / "s2/fordead_theia_T31UFQ"))
    assert len(found) == 187


def test_sen2r_stack_maps_its_planes_to_bands(shared_data):
    product = open_product(shared_data / BARBELLINO / "S2A2A_20170703_022_Barbellino_BOA_10.tif")
    assert product.band_names == ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B09", "B11", "B12"]
    assert [product.band(b, 10).index for b in ("B01", "B08", "B12")] == [1, 8, 11]
    assert product.relative_orbit == 22
    assert product.layer("SCL", 10).resolution_m == 20


def test_an_empty_folder_is_refused(tmp_path):
    folder = tmp_path / "SENTINEL2A_20171212-105436-462_L2A_T31UFQ_C_V2-2"
    folder.mkdir()
    with pytest.raises(InvalidProduct, match="holds no bands"):
        open_product(folder)
