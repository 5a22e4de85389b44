import shutil
import zipfile
from datetime import UTC, datetime

import pytest
from small_safe import BANDS, make_safe

from eo.errors import InvalidProduct, MissingBand, UnsafeArchive
from eo.io.products import describe_product, find_products, open_product

L2A = [b for b in BANDS if b != "B10"]


@pytest.fixture(scope="module")
def l2a(tmp_path_factory):
    return make_safe(tmp_path_factory.mktemp("l2a"), "2A", left_out=["B08"])


def zip_of(folder, target, prefix=None):
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, f"{folder.name if prefix is None else prefix}/{path.relative_to(folder)}".lstrip("/"))
    return target


def test_identity_comes_from_the_metadata(l2a):
    product = open_product(l2a)
    assert product.name == "S2A_MSIL2A_20230601T100031_N0509_R022_T33TWL_20230601T120000"
    assert (product.platform, product.product_type, product.level) == ("sentinel-2a", "S2MSI2A", "L2A")
    assert (product.tile, product.baseline, product.relative_orbit) == ("33TWL", "05.09", 22)
    assert product.datetime == datetime(2023, 6, 1, 10, 0, 31, 24000, tzinfo=UTC)
    assert product.cloud_cover == 12.5
    assert product.footprint.bounds == (16.27, 45.13, 16.30, 45.15)


def test_offset_and_quantification_become_scale_and_offset(l2a):
    band = open_product(l2a).band("B02", 10)
    assert (band.scale, band.offset, band.nodata, band.saturated) == (1e-4, -0.1, 0, 65535)


def test_before_baseline_04_00_there_is_no_offset(tmp_path):
    product = open_product(make_safe(tmp_path, "2A", baseline="03.01", offset=None, bands=["B02"]))
    assert product.band("B02", 10).offset == 0


def test_an_offset_in_the_metadata_counts_whatever_the_baseline(tmp_path):
    product = open_product(make_safe(tmp_path, "1C", baseline="03.01", offset=-500, bands=["B02"]))
    assert product.band("B02", 10).offset == -0.05


def test_from_04_00_on_a_missing_offset_is_not_guessed(tmp_path):
    with pytest.raises(InvalidProduct, match=r"baseline 05\.09, but its metadata give no radiometric offset"):
        open_product(make_safe(tmp_path, "2A", offset=None, bands=["B02"]))


def test_a_listed_band_without_its_file_is_named_with_what_is_there(l2a):
    product = open_product(l2a)
    assert product.band_names == [b for b in L2A if b != "B08"]
    with pytest.raises(MissingBand) as caught:
        product.wanted_bands(["B02", "B08", "B10"])
    assert caught.value.message == (
        "S2A_MSIL2A_20230601T100031_N0509_R022_T33TWL_20230601T120000 has no B08, B10 (B08: named in the metadata, but "
        "the file is not in the product). There is: B01 (60 m), B02 (10 m), B03 (10 m), B04 (10 m), B05 (20 m), "
        "B06 (20 m), B07 (20 m), B8A (20 m), B09 (60 m), B11 (20 m), B12 (20 m)."
    )


def test_bands_are_taken_in_any_spelling_once_each(l2a):
    assert open_product(l2a).wanted_bands(["b4", "B03", "8a", "B04"]) == ["B04", "B03", "B8A"]


@pytest.mark.parametrize("prefix", [None, "", "deep/inside"], ids=["nested", "flat", "one deeper"])
def test_a_zip_reads_as_the_folder(l2a, tmp_path, prefix):
    archive = zip_of(l2a, tmp_path / "with {brace} ü.zip", prefix)
    zipped, folder = open_product(archive), open_product(l2a)
    assert zipped.fingerprint == folder.fingerprint
    assert zipped.band_names == folder.band_names
    assert zipped.grid == folder.grid


def test_a_folder_around_the_product_and_its_metadata_file_will_do(l2a):
    assert open_product(l2a.parent).name == open_product(l2a / "MTD_MSIL2A.xml").name


def test_l1c_is_told_from_l2a(tmp_path):
    product = open_product(make_safe(tmp_path, "1C", bands=["B02", "B10"]))
    assert (product.product_type, product.level, product.band_names) == ("S2MSI1C", "L1C", ["B02", "B10"])


def test_a_footprint_across_the_antimeridian_is_split(tmp_path):
    corners = "10 179 10 -179 9 -179 9 179 10 179"
    footprint = describe_product(make_safe(tmp_path, "1C", bands=["B09"], corners=corners)).footprint
    assert footprint.geom_type == "MultiPolygon"
    assert footprint.area == pytest.approx(2.0)


def test_not_a_zip(tmp_path):
    path = tmp_path / "scene.zip"
    path.write_bytes(b"hello")
    with pytest.raises(InvalidProduct, match=r"^scene\.zip is not a zip\.$"):
        open_product(path)


def test_truncated_zip(l2a, tmp_path):
    archive = zip_of(l2a, tmp_path / "scene.zip")
    archive.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(InvalidProduct, match=r"^scene\.zip is a zip that breaks off"):
        open_product(archive)


def test_nothing_there(tmp_path):
    with pytest.raises(InvalidProduct, match="There is nothing at"):
        open_product(tmp_path / "absent.SAFE")


def test_safe_without_metadata(l2a, tmp_path):
    copy = tmp_path / l2a.name
    shutil.copytree(l2a, copy, ignore=shutil.ignore_patterns("MTD_*"))
    with pytest.raises(InvalidProduct, match=r"MTD_MSIL2A\.xml or manifest\.safe\) is missing"):
        open_product(copy)


@pytest.mark.parametrize("name", ["../evil.SAFE/MTD_MSIL2A.xml", "/etc/MTD_MSIL2A.xml", "C:\\x\\MTD_MSIL2A.xml"])
def test_names_that_point_outside_are_refused(tmp_path, name):
    path = tmp_path / "scene.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(UnsafeArchive, match="points outside of it"):
        open_product(path)


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "scene.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A.SAFE/MTD_MSIL2A.xml", b"\0" * (80 << 20))
    with pytest.raises(UnsafeArchive, match="would grow from"):
        open_product(path)


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://localhost/a.dtd"><a/>',
        "<a><b></a>",
        "",
    ],
    ids=["entity", "external", "broken", "empty"],
)
def test_unsafe_or_broken_xml_is_refused(tmp_path, content):
    (tmp_path / "A.SAFE").mkdir()
    (tmp_path / "A.SAFE/MTD_MSIL2A.xml").write_text(content)
    with pytest.raises(InvalidProduct, match="is not valid XML"):
        open_product(tmp_path / "A.SAFE")


def test_another_product_type_is_refused(tmp_path):
    (tmp_path / "A.SAFE").mkdir()
    (tmp_path / "A.SAFE/MTD_MSIL2A.xml").write_text("<a><PRODUCT_TYPE>S2MSI1B</PRODUCT_TYPE></a>")
    with pytest.raises(InvalidProduct, match="is of type S2MSI1B"):
        open_product(tmp_path / "A.SAFE")


def test_missing_metadata_is_named(tmp_path):
    (tmp_path / "A.SAFE").mkdir()
    (tmp_path / "A.SAFE/MTD_MSIL2A.xml").write_text("<a><PRODUCT_TYPE>S2MSI2A</PRODUCT_TYPE></a>")
    with pytest.raises(InvalidProduct, match=r"The metadata of A\.SAFE lack PROCESSING_BASELINE"):
        open_product(tmp_path / "A.SAFE")


def test_products_are_found_by_name(l2a, tmp_path):
    shutil.copytree(l2a, tmp_path / "archive" / l2a.name)
    zip_of(l2a, tmp_path / "archive" / "S2A_scene.zip")
    (tmp_path / "archive" / "notes.zip").write_bytes(b"")
    assert [p.name for p in find_products(tmp_path)] == [l2a.name, "S2A_scene.zip"]


def test_real_product(shared_data):
    summary = describe_product(shared_data / "s2/safe_l2a")
    assert (summary.tile, summary.baseline, summary.platform) == ("29UNU", "04.00", "sentinel-2a")
    assert summary.cloud_cover == 59.769726
    assert summary.bands == ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B09", "B11", "B12"]
    assert summary.footprint.bounds == pytest.approx((-9.000305, 52.257760, -7.760468, 53.249626), abs=1e-6)


def test_wavelengths_of_the_real_product_are_its_own(shared_data):
    band = open_product(shared_data / "s2/safe_l2a").spectral["B8A"]
    assert (band.common_name, band.centre_um) == ("nir08", 0.8647)
    assert band.fwhm_um == pytest.approx(0.0205)  # crossings of half the peak response, interpolated


def test_the_file_nearest_above_the_resolution_is_chosen(shared_data):
    product = open_product(shared_data / "s2/safe_l2a")
    assert [product.layer("SCL", r).resolution_m for r in (10, 20, 30, 60, 500)] == [20, 20, 20, 60, 60]
