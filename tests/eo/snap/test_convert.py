from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import rasterio
from affine import Affine
from fake_gpt import HEIGHT, WIDTH, ramp, write_product

from eo.io.grid import Grid
from eo.snap import convert as module
from eo.snap.convert import Meaning, convert, meaning_of
from eo.snap.errors import EmptyOutput
from eo.snap.product import read_product

GRID = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 5_000_000), WIDTH, HEIGHT)


@pytest.fixture
def bands(tmp_path):
    write_product(tmp_path / "out.dim", {"Sigma0_VV": ramp(), "Sigma0_VH_db": ramp()})
    return read_product(tmp_path / "out.dim")


def moved(columns: float, rows: float, width: int, height: int, size_m: float = 10.0) -> Grid:
    corner = 500_000 + 10 * columns, 5_000_000 - 10 * rows
    return Grid("EPSG:32633", Affine(size_m, 0, corner[0], 0, -size_m, corner[1]), width, height)


def written(bands, grid, tmp_path, format="COG"):
    path = tmp_path / "result.tif"
    convert(bands, grid, path, format, tags={"ENGINE": "snap"})
    with rasterio.open(path) as image:
        return image.read(), image.descriptions, image.units, image.nodata, image.transform, image.tags()


def test_on_snaps_own_pixels_numbers_are_copied(bands, tmp_path):
    values, names, units, nodata, transform, tags = written(bands, GRID, tmp_path)
    expected = np.array(ramp(), np.float32).reshape(HEIGHT, WIDTH)
    expected[0, 0] = np.nan
    np.testing.assert_array_equal(values[0], expected)
    np.testing.assert_array_equal(values[1], expected)
    assert names == ("sigma0_vv", "sigma0_vh")
    assert units == ("1", "dB")
    assert np.isnan(nodata)
    assert transform == GRID.transform
    assert tags["ENGINE"] == "snap"


def test_a_part_and_what_lies_beyond_on_the_same_lattice(bands, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 16)
    values = written(bands, moved(30, 20, 20, 20), tmp_path, "GeoTIFF")[0][0]
    whole = np.array(ramp(), np.float32).reshape(HEIGHT, WIDTH)
    np.testing.assert_array_equal(values[:10, :10], whole[20:, 30:])
    assert np.isnan(values[10:]).all()
    assert np.isnan(values[:, 10:]).all()


def test_between_pixels_linear_is_interpolated_and_decibels_are_not(bands, tmp_path):
    values = written(bands, moved(10.5, 10, 4, 4), tmp_path)[0]
    # Pixel (row, column) is 1 + column + row / 100: half a column further is half more.
    assert values[0, 0, 0] == pytest.approx(1 + 10.5 + 0.10, abs=1e-4)
    assert values[1, 0, 0] in (np.float32(11.1), np.float32(12.1))


def test_onto_a_coarser_grid(bands, tmp_path):
    values = written(bands, moved(4, 4, 8, 8, size_m=20.0), tmp_path)[0][0]
    # The centre of the first lies at column 5.0, row 5.0 of SNAP's corners, so at 4.5, 4.5 of its centres.
    assert values[0, 0] == pytest.approx(1 + 4.5 + 0.045, abs=0.02)


def test_names_of_bands():
    days = date(2018, 7, 10), date(2018, 7, 22)
    expected = {
        "Sigma0_VV": Meaning("sigma0", "VV"),
        "Sigma0_VV_db": Meaning("sigma0", "VV", decibels=True),
        "Gamma0_VH_db": Meaning("gamma0", "VH", decibels=True),
        "Beta0_HH": Meaning("beta0", "HH"),
        "Sigma0_IW1_VV": Meaning("sigma0", "VV"),
        "Sigma0_VV_mst_10Jul2018": Meaning("sigma0", "VV", days[:1]),
        "Sigma0_VV_slv2_22Jul2018_db": Meaning("sigma0", "VV", days[1:], True),
        "coh_VV_10Jul2018_22Jul2018": Meaning("coherence", "VV", days),
        "coh_IW1_VV_10Jul2018_22Jul2018": Meaning("coherence", "VV", days),
    }
    assert {name: meaning_of(name) for name in expected} == expected
    assert (meaning_of("Sigma0_VH_db").name, meaning_of("Sigma0_VH_db").unit) == ("sigma0_vh", "dB")
    assert (meaning_of("coh_VV_10Jul2018_22Jul2018").name, meaning_of("coh_VV_10Jul2018_22Jul2018").unit) == (
        "coherence_vv",
        "1",
    )


@pytest.mark.parametrize("name", ["Intensity_VV", "Sigma0", "localIncidenceAngle", "coh_VV_10Foo2018_22Jul2018"])
def test_names_that_say_nothing(name):
    assert meaning_of(name) is None


def test_an_image_that_cannot_be_read_leaves_nothing(bands, tmp_path):
    gone = replace(bands[0], path=tmp_path / "gone.img")
    with pytest.raises(EmptyOutput, match=r"gone\.img"):
        convert([gone], GRID, tmp_path / "result.tif", "COG")
    assert not list(tmp_path.glob("*result*"))
