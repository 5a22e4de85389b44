"""The SAFE products: GDAL opens them, nothing is lost, and they are laid out as a real one is."""

import hashlib
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
from rasterio.warp import transform

from demo.grid import Grid
from demo.msi import BANDS, Acquisition
from demo.safe_s2 import Scene, write_l1c, write_l2a

REAL = "s2/safe_l2a/S2A_MSIL2A_20221005T115411_N0400_R023_T29UNU_20221005T164454.SAFE"
GRID = Grid(32633, 340800, 4849800, 120, 180)
ACQUISITION = Acquisition("S2A", datetime(2025, 9, 20, 10, 0, 41), 122, 53445, "33TUJ")


def scene(acquisition: Acquisition = ACQUISITION) -> Scene:
    """A small scene of random reflectance; a corner without data, some cloud."""
    rng = np.random.default_rng(5)
    reflectance = {
        band.name: rng.uniform(0.01, 0.6, GRID.coarser(band.resolution_m // 10).shape).astype(np.float32)
        for band in BANDS
    }
    reflectance["B04"][:6, :6] = np.nan
    at_20m, at_60m = GRID.coarser(2).shape, GRID.coarser(6).shape
    opaque = np.zeros(at_60m, np.uint8)
    opaque[3:6, 4:9] = 1
    return Scene(
        grid=GRID,
        acquisition=acquisition,
        reflectance=reflectance,
        scene_classes=rng.integers(1, 12, at_20m).astype(np.uint8),
        cloud_probability=rng.integers(0, 101, at_20m).astype(np.uint8),
        snow_probability=np.zeros(at_20m, np.uint8),
        aot=np.full(GRID.shape, 0.123, np.float32),
        water_vapour_cm=np.full(GRID.shape, 1.5, np.float32),
        opaque=opaque,
        cirrus=np.zeros(at_60m, np.uint8),
    )


@pytest.fixture(scope="module")
def l2a(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_l2a(tmp_path_factory.mktemp("l2a"), scene())


@pytest.fixture(scope="module")
def l1c(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_l1c(tmp_path_factory.mktemp("l1c"), scene())


def image(product: Path, pattern: str) -> np.ndarray:
    with rasterio.open(next(product.glob(f"GRANULE/*/{pattern}"))) as source:
        return source.read()


def stored(reflectance: np.ndarray, offset: int) -> np.ndarray:
    """Digital numbers by the formula of the product specification: reflectance = (number + offset) / 10000."""
    return np.where(np.isfinite(reflectance), np.rint(np.nan_to_num(reflectance) * 10000) - offset, 0)


@pytest.mark.parametrize("level", ["L2A", "L1C"])
def test_gdals_driver_reads_the_same_pixels(level: str, request: pytest.FixtureRequest) -> None:
    product, made = request.getfixturevalue(level.lower()), scene()
    for resolution_m, names in ((10, {"B02", "B03", "B04", "B08"}), (20, {"B05", "B06", "B07", "B8A", "B11", "B12"})):
        with rasterio.open(f"SENTINEL2_{level}:{product}/MTD_MSI{level}.xml:{resolution_m}m:EPSG_32633") as source:
            assert source.transform == GRID.coarser(resolution_m // 10).transform
            found = {source.tags(band)["BANDNAME"]: band for band in source.indexes}
            for name in names:
                band = found[f"B{name[1:].lstrip('0')}"]
                assert (source.read(band) == stored(made.reflectance[name], -1000)).all()


def test_gdals_driver_knows_the_metadata(l2a: Path) -> None:
    with rasterio.open(f"SENTINEL2_L2A:{l2a}/MTD_MSIL2A.xml:10m:EPSG_32633") as source:
        tags = source.tags()
    assert tags["PROCESSING_BASELINE"] == "05.11" and tags["PRODUCT_TYPE"] == "S2MSI2A"
    assert tags["BOA_QUANTIFICATION_VALUE"] == "10000" and tags["DATATAKE_1_SENSING_ORBIT_NUMBER"] == "122"
    assert float(tags["CLOUD_COVERAGE_ASSESSMENT"]) == pytest.approx(scene().statistics().cloudy, abs=1e-5)


def test_footprint_is_written_latitude_first_and_closed(l2a: Path) -> None:
    text = ElementTree.parse(l2a / "MTD_MSIL2A.xml").findtext(".//EXT_POS_LIST") or ""
    corners = np.array(text.split(), float).reshape(-1, 2)
    assert len(corners) == 5 and (corners[0] == corners[-1]).all()
    lon, lat = transform(
        "EPSG:32633", "EPSG:4326", [340800, 342000, 342000, 340800], [4849800, 4849800, 4848000, 4848000]
    )
    assert sorted(map(tuple, corners[:4])) == [
        pytest.approx(pair, abs=1e-7) for pair in sorted(zip(lat, lon, strict=True))
    ]


def test_coarser_and_finer_copies_of_bands(l2a: Path) -> None:
    made = scene().reflectance
    blocks = made["B02"].reshape(90, 2, 60, 2).mean(axis=(1, 3))
    assert np.abs(image(l2a, "IMG_DATA/R20m/*_B02_20m.jp2")[0] - (blocks * 10000 + 1000)).max() <= 0.51
    blocks = made["B11"].reshape(30, 3, 20, 3).mean(axis=(1, 3))
    assert np.abs(image(l2a, "IMG_DATA/R60m/*_B11_60m.jp2")[0] - (blocks * 10000 + 1000)).max() <= 0.51
    enlarged = stored(made["B01"], -1000).repeat(3, 0).repeat(3, 1)
    assert (image(l2a, "IMG_DATA/R20m/*_B01_20m.jp2")[0] == enlarged).all()


def test_nodata_is_zero_in_bands_and_true_colour(l2a: Path) -> None:
    assert (image(l2a, "IMG_DATA/R10m/*_B04_10m.jp2")[0][:6, :6] == 0).all()
    colour = image(l2a, "IMG_DATA/R10m/*_TCI_10m.jp2")
    assert colour.shape == (3, 180, 120) and (colour[0, :6, :6] == 0).all() and colour[0, 6:].min() >= 1
    red = scene().reflectance["B04"][50, 60]
    assert abs(int(colour[0, 50, 60]) - min(red / 0.3558 * 255, 255)) <= 1


def test_masks_and_atmosphere(l2a: Path) -> None:
    made = scene()
    assert (image(l2a, "IMG_DATA/R20m/*_SCL_20m.jp2")[0] == made.scene_classes).all()
    assert (image(l2a, "IMG_DATA/R60m/*_SCL_60m.jp2")[0] == made.scene_classes[1::3, 1::3]).all()
    assert (image(l2a, "QI_DATA/MSK_CLDPRB_20m.jp2")[0] == made.cloud_probability).all()
    classification = image(l2a, "QI_DATA/MSK_CLASSI_B00.jp2")
    assert classification.shape == (3, 30, 20) and (classification[0] == made.opaque).all()
    assert image(l2a, "QI_DATA/MSK_QUALIT_B02.jp2").shape == (8, 180, 120)
    assert set(image(l2a, "IMG_DATA/R10m/*_AOT_10m.jp2").ravel()) == {123}
    assert set(image(l2a, "IMG_DATA/R60m/*_WVP_60m.jp2").ravel()) == {1500}


def test_manifest_lists_every_file_with_its_checksum(l2a: Path) -> None:
    root = ElementTree.parse(l2a / "manifest.safe")
    listed = {}
    for stream in root.iter("byteStream"):
        path = l2a / stream.find("fileLocation").get("href")  # type: ignore[union-attr, operator]
        listed[path.relative_to(l2a)] = stream.findtext("checksum")
        assert int(stream.get("size", "")) == path.stat().st_size
    files = {p.relative_to(l2a) for p in l2a.rglob("*") if p.is_file()} - {Path("manifest.safe")}
    assert set(listed) == files
    assert all(hashlib.sha3_256((l2a / path).read_bytes()).hexdigest() == checksum for path, checksum in listed.items())
    keys = [element.get("ID") for element in root.iter("dataObject")]
    assert len(keys) == len(set(keys)) == len(files)


def test_offsets_are_written_since_baseline_0400(l2a: Path, l1c: Path) -> None:
    def offsets(product: Path, tag: str) -> list[tuple[str, str]]:
        root = ElementTree.parse(next(product.glob("MTD_MSI*.xml")))
        return [(e.get("band_id", ""), e.text or "") for e in root.iter(tag)]

    assert offsets(l2a, "BOA_ADD_OFFSET") == offsets(l1c, "RADIO_ADD_OFFSET") == [(str(i), "-1000") for i in range(13)]


def test_older_baseline_has_no_offset_and_outlines_of_clouds(tmp_path: Path) -> None:
    product = write_l1c(tmp_path, scene(replace(ACQUISITION, baseline="02.14")))
    assert "_N0214_" in product.name
    assert not list(ElementTree.parse(product / "MTD_MSIL1C.xml").iter("RADIO_ADD_OFFSET"))
    assert (image(product, "IMG_DATA/*_B08.jp2")[0] == stored(scene().reflectance["B08"], 0)).all()
    assert not list(product.glob("GRANULE/*/QI_DATA/MSK_CLASSI*"))
    outlines = next(product.glob("GRANULE/*/QI_DATA/MSK_CLOUDS_B00.gml")).read_text()
    ring = re.search(r"<gml:posList[^>]*>([^<]*)</gml:posList>", outlines)
    assert ring and "OPAQUE" in outlines
    x, y = np.array(ring.group(1).split(), float).reshape(-1, 2).T
    assert (x.min(), x.max(), y.min(), y.max()) == (341040, 341340, 4849440, 4849620)  # rows 3 to 6, columns 4 to 9


def test_writing_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    product = write_l1c(tmp_path, scene())
    (product / "stray").touch()
    assert write_l1c(tmp_path, scene()) == product
    assert [path.name for path in tmp_path.iterdir()] == [product.name]
    assert not (product / "stray").exists()


def elements(document: Path) -> set[str]:
    """Every path of elements in a document, without namespaces."""
    found = set()

    def walk(element: ElementTree.Element, above: str) -> None:
        path = f"{above}/{element.tag.rpartition('}')[2]}"
        found.add(path)
        for child in element:
            walk(child, path)

    walk(ElementTree.parse(document).getroot(), "")
    return found


# What a real product says of its making that a made one has nothing to say about.
LEFT_OUT = {
    "ECMWF_DATA_REF", "ESACCI_LandCover_Map", "ESACCI_SnowCondition_Map_Dir", "ESACCI_WaterBodies_Map", "GIPP_FILENAME",
    "GRI_FILENAME", "GRI_List", "IERS_BULLETIN_FILENAME", "LUT_FILENAME", "LUT_List", "SNOW_CLIMATOLOGY_MAP",
}  # fmt: skip


@pytest.mark.parametrize("document", ["MTD_MSIL2A.xml", "GRANULE/*/MTD_TL.xml"])
def test_documents_are_built_as_in_a_real_product(l2a: Path, shared_data: Path, document: str) -> None:
    ours, real = elements(next(l2a.glob(document))), elements(next((shared_data / REAL).glob(document)))
    allowed = {"/Level-2A_User_Product/Quality_Indicators_Info/Image_Content_QI/DEGRADED_MSI_DATA_PERCENTAGE"}
    assert ours - real <= allowed
    assert {path.rpartition("/")[2] for path in real - ours} <= LEFT_OUT


def test_manifest_tells_what_a_real_one_tells(l2a: Path, shared_data: Path) -> None:
    ours, real = elements(l2a / "manifest.safe"), elements(shared_data / REAL / "manifest.safe")
    kept = {
        path for path in real if "contentUnit" not in path and not path.endswith("metadataObject/dataObjectPointer")
    }
    assert {path for path in ours if "contentUnit" not in path} == kept


def test_files_lie_where_a_real_product_has_them(l2a: Path, shared_data: Path) -> None:
    def plain(folder: Path) -> set[str]:
        names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        names = (re.sub(r"T\d\d[A-Z]{3}_\d{8}T\d{6}", "TILE_TIME", name) for name in names)
        return {re.sub(r"(GRANULE|DATASTRIP)/[^/]+", r"\1/*", name) for name in names}

    real, ours = plain(shared_data / REAL), plain(l2a)
    assert {name for name in real if name.startswith("GRANULE/*/IMG_DATA")} <= ours
    assert {name for name in real if "/MSK_" in name or name.endswith("PVI.jp2")} <= ours
    assert {"MTD_MSIL2A.xml", "manifest.safe", "GRANULE/*/MTD_TL.xml", "DATASTRIP/*/MTD_DS.xml"} <= ours
