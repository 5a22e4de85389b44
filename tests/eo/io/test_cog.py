"""The layout of a COG, checked by GDAL and by the offsets in the file."""

import json
import shutil
import subprocess

import numpy as np
import pytest
import rasterio
from affine import Affine

from eo.io import cog
from eo.io.band_spec import BandSpec
from eo.io.grid import Grid
from eo.io.raster_writer import create_raster

GRID = Grid("EPSG:32633", Affine(10, 0, 600_000, 0, -10, 5_000_040), 1700, 1300)


def make(path, count=2, dtype="uint16", fill=True):
    values = np.random.default_rng(7).integers(0, 200, (count, *GRID.shape)).astype(dtype)
    with create_raster(path, "COG", GRID, [BandSpec(f"b{i}", dtype, 0) for i in range(count)]) as writer:
        for window in list(GRID.blocks(512))[: None if fill else 3]:
            rows, columns = window.toslices()
            writer.write(window, values[:, rows, columns])
    return values


def offsets(path):
    """Return directory and first-tile offsets of the full image and each overview (None where a tile is absent)."""
    with rasterio.open(path) as source:
        levels = [None, *range(len(source.overviews(1)))]
        found = []
        for level in levels:
            extra = {} if level is None else {"ovr": level}
            pair = [source.get_tag_item(key, "TIFF", bidx=1, **extra) for key in ("IFD_OFFSET", "BLOCK_OFFSET_0_0")]
            found.append(tuple(int(v) if v else None for v in pair))
        return found


@pytest.fixture(params=[False, True], ids=["classic", "big"])
def big(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(cog, "_CLASSIC_LIMIT_BYTES", 0)
    return request.param


def test_gdal_calls_it_a_cog_and_reads_the_same_pixels(tmp_path, big):
    path = tmp_path / "out.tif"
    values = make(path)
    with rasterio.open(path) as source:
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert source.overviews(1) == [2, 4]
        assert np.array_equal(source.read(), values)
    assert path.read_bytes()[2] == (43 if big else 42)


def test_directories_come_first_and_data_from_coarse_to_fine(tmp_path, big):
    path = tmp_path / "out.tif"
    make(path)
    directories, tiles = zip(*offsets(path), strict=True)
    assert list(directories) == sorted(directories)
    assert max(directories) < min(tiles)
    assert list(tiles) == sorted(tiles, reverse=True)


def test_each_tile_is_led_by_its_size_and_ends_in_its_last_bytes_again(tmp_path, big):
    path = tmp_path / "out.tif"
    make(path)
    content = path.read_bytes()
    with rasterio.open(path) as source:
        offset = int(source.get_tag_item("BLOCK_OFFSET_1_1", "TIFF", bidx=2))
        size = int(source.get_tag_item("BLOCK_SIZE_1_1", "TIFF", bidx=2))
    assert int.from_bytes(content[offset - 4 : offset], "little") == size
    assert content[offset + size - 4 : offset + size] == content[offset + size : offset + size + 4]


def test_tiles_that_were_never_written_stay_absent(tmp_path):
    path = tmp_path / "out.tif"
    make(path, count=1, fill=False)
    with rasterio.open(path) as source:
        assert source.read(1)[1200, 1600] == 0
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


@pytest.mark.skipif(not shutil.which("gdalinfo"), reason="needs the gdalinfo program")
def test_another_gdal_reads_it_without_complaint(tmp_path):
    path = tmp_path / "out.tif"
    values = make(path)
    run = subprocess.run(["gdalinfo", "-json", "-stats", str(path)], capture_output=True, text=True, check=True)
    facts = json.loads(run.stdout)
    assert run.stderr == ""
    assert facts["metadata"]["IMAGE_STRUCTURE"]["LAYOUT"] == "COG"
    assert facts["bands"][1]["mean"] == pytest.approx(values[1][values[1] > 0].mean(), abs=0.01)


def test_something_else_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"MM\0*" + b"\0" * 20)
    with pytest.raises(ValueError, match="not a little-endian TIFF"):
        cog.arrange_as_cog([tmp_path / "a.tif"], tmp_path / "b.tif")
