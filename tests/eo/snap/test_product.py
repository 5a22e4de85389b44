from pathlib import Path

import fake_gpt
import numpy as np
import pytest
import rasterio
from affine import Affine
from fake_gpt import HEIGHT, WIDTH, ramp, write_product

from eo.io.grid import Grid
from eo.snap import product as module
from eo.snap.errors import EmptyOutput
from eo.snap.product import check_pixels, read_product

GRID = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 5_000_000), WIDTH, HEIGHT)


@pytest.fixture
def dim(tmp_path) -> Path:
    path = tmp_path / "out.dim"
    write_product(path, {"Sigma0_VV": ramp(), "Sigma0_VH": ramp()})
    return path


def test_bands_of_a_dimap(dim):
    first, second = read_product(dim)
    assert (first.name, second.name) == ("Sigma0_VV", "Sigma0_VH")
    assert (first.path.name, first.index, first.nodata, first.grid) == ("Sigma0_VV.img", 1, 0.0, GRID)


def test_pixels_are_big_endian_floats_and_gaps_are_nan(dim):
    band = read_product(dim)[0]
    with band.open() as image:
        values = band.read(image, rasterio.windows.Window(0, 0, WIDTH, HEIGHT))
    assert np.isnan(values[0, 0])
    assert values[7, 3] == pytest.approx(1 + 3 + 0.07)
    assert np.isnan(values).sum() == 1


def test_bands_of_a_geotiff(tmp_path):
    path = tmp_path / "out.tif"
    profile = {"driver": "GTiff", "width": WIDTH, "height": HEIGHT, "count": 2, "dtype": "float32", "nodata": 0}
    with rasterio.open(path, "w", crs=GRID.crs, transform=GRID.transform, **profile) as target:
        target.write(np.ones((2, HEIGHT, WIDTH), np.float32))
        target.set_band_description(2, "Sigma0_VH")
    bands = read_product(path)
    assert [(b.name, b.index, b.nodata, b.grid) for b in bands] == [
        ("band_1", 1, 0.0, GRID),
        ("Sigma0_VH", 2, 0.0, GRID),
    ]
    check_pixels(bands)


def test_virtual_bands_have_no_image(dim):
    text = dim.read_text()
    dim.write_text(text.replace("Sigma0_VH</BAND_NAME>", "Sigma0_VH</BAND_NAME><VIRTUAL_BAND>true</VIRTUAL_BAND>"))
    assert [band.name for band in read_product(dim)] == ["Sigma0_VV"]


@pytest.mark.parametrize(
    ("values", "empty"),
    [
        ([0.0] * (WIDTH * HEIGHT), True),
        ([float("nan")] * (WIDTH * HEIGHT), True),
        ([0.0] * (WIDTH * HEIGHT - 1) + [0.5], False),
        ([float("nan")] * (WIDTH * HEIGHT - 1) + [-12.0], False),
    ],
)
def test_one_number_is_enough_wherever_it_is(tmp_path, monkeypatch, values, empty):
    monkeypatch.setattr(module, "BLOCK_ROWS", 7)
    write_product(tmp_path / "out.dim", {"Sigma0_VV": ramp(), "Sigma0_VH": values})
    bands = read_product(tmp_path / "out.dim")
    if empty:
        with pytest.raises(EmptyOutput, match=r"no data in Sigma0_VH\."):
            check_pixels(bands)
    else:
        check_pixels(bands)


def test_zeros_are_no_data_even_where_snap_does_not_say_so(tmp_path):
    path = tmp_path / "out.dim"
    write_product(path, {"Sigma0_VV": [0.0] * (WIDTH * HEIGHT)})
    path.write_text(path.read_text().replace("USED>true", "USED>false"))
    with pytest.raises(EmptyOutput, match="no data in Sigma0_VV"):
        check_pixels(read_product(path))


@pytest.mark.parametrize(
    ("replaced", "by", "words"),
    [
        ("NCOLS>40", "NCOLS>400", "4800 bytes instead of 48000"),
        ("<NCOLS>40</NCOLS>", "", "it has no NCOLS"),
        ("out.data/Sigma0_VV.hdr", "../../etc/passwd.hdr", "as an image"),
        ("10.0,0.0,0.0,-10.0,500000.0", "ten,0.0,0.0,-10.0,500000.0", "ten"),
        ('PROJCS["WGS 84 / UTM zone 33N"', 'PROJ["x"', "cannot be read"),
        ("</Dimap_Document>", "", "not valid XML"),
        ("float32</DATA_TYPE>", "complex64</DATA_TYPE>", "cannot be read"),
    ],
)
def test_documents_that_cannot_be_used(dim, replaced, by, words):
    text = dim.read_text()
    assert replaced in text
    dim.write_text(text.replace(replaced, by))
    with pytest.raises(EmptyOutput, match=words):
        read_product(dim)


def test_no_bands_at_all(tmp_path):
    write_product(tmp_path / "out.dim", {})
    with pytest.raises(EmptyOutput, match="holds no bands"):
        read_product(tmp_path / "out.dim")


def test_what_is_no_image(tmp_path):
    (tmp_path / "out.tif").write_text("no image")
    with pytest.raises(EmptyOutput, match=r"out\.tif, which SNAP wrote, cannot be read"):
        read_product(tmp_path / "out.tif")


def test_a_header_that_is_gone(dim):
    (dim.with_suffix(".data") / "Sigma0_VV.hdr").unlink()
    with pytest.raises(EmptyOutput, match="cannot be read"):
        check_pixels(read_product(dim))


def test_geographic_system_of_snap(dim):
    text = dim.read_text()
    start, end = text.index("PROJCS"), text.index(" </WKT>")
    wkt = (
        'GEOGCS["WGS84(DD)", DATUM["WGS84", SPHEROID["WGS84", 6378137.0, 298.257223563]], PRIMEM["Greenwich", 0.0], '
        'UNIT["degree", 0.017453292519943295], AXIS["Geodetic longitude", EAST], AXIS["Geodetic latitude", NORTH], '
        'AUTHORITY["EPSG","4326"]]'
    )
    dim.write_text(text[:start] + wkt + text[end:])
    assert read_product(dim)[0].grid.crs == "EPSG:4326"


def test_the_stand_in_is_a_product_of_its_own_size():
    assert len(fake_gpt.ramp()) == WIDTH * HEIGHT
