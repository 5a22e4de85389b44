"""The radar services on the demo world, whose truth is known: brightness, places, coherence, changes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from radar_truth import brightness_offsets_db, coherence_offsets, made, on_truth, truth
from scipy.ndimage import binary_erosion

from demo.safe_s1_tables import BETA_GAIN
from demo.world import DemoWorld

SEA, STUBBLE, CROP = -19.0, -12.0, -9.5


@pytest.fixture(scope="module", autouse=True)
def heights(demo_world: DemoWorld):  # type: ignore[no-untyped-def]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEM_PATH", str(demo_world.radar.dem.parent))
        yield


@pytest.fixture(scope="module")
def grd(demo_world: DemoWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = {"input": str(demo_world.radar.grd[0]), "calibration": "gamma0_rtc"}
    return made("s1_grd_preprocess", tmp_path_factory.mktemp("grd"), **options)


@pytest.fixture(scope="module")
def slc(demo_world: DemoWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = {"input": str(demo_world.radar.slc[0]), "calibration": "gamma0_rtc", "mode": "adhoc"}
    return made("s1_slc_preprocess", tmp_path_factory.mktemp("slc"), **options)


@pytest.fixture(scope="module")
def pair(demo_world: DemoWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The later scene is given first: dates are put in order."""
    later, earlier = (str(path) for path in demo_world.radar.slc[::-1])
    options = {"input1": later, "input2": earlier, "speckle": "boxcar", "speckle_window": 5}
    return made("s1_change_detection", tmp_path_factory.mktemp("cd"), **options)


@pytest.mark.parametrize("which", ["grd", "slc"])
def test_brightness_of_every_land_cover(demo_world: DemoWorld, which: str, request: pytest.FixtureRequest) -> None:
    """γ0 RTC is what was put in, on slopes of up to 30° too."""
    offsets_db = brightness_offsets_db(demo_world, request.getfixturevalue(which))
    assert len(offsets_db) >= 5
    assert np.abs(offsets_db).max() < 0.15


@pytest.mark.parametrize("which", ["grd", "slc"])
def test_reflectors_come_out_where_they_stand(
    demo_world: DemoWorld, which: str, request: pytest.FixtureRequest
) -> None:
    """Within a tenth of a pixel, told by the centre of gravity of what rises above the ground."""
    offsets = []
    with rasterio.open(request.getfixturevalue(which) / "backscatter.tif") as source:
        values, to_map = source.read(1), Transformer.from_crs(4326, source.crs, always_xy=True)
        for feature in json.loads(demo_world.truth("reflectors").read_text())["features"]:
            column, row = ~source.transform @ to_map.transform(*feature["geometry"]["coordinates"])
            top, left = int(row) - 3, int(column) - 3
            part = np.clip(values[top : top + 7, left : left + 7] - 0.5, 0, None).astype(float)
            y, x = np.mgrid[:7, :7] + 0.5
            offsets.append((np.sum(part * y) / part.sum() + top - row, np.sum(part * x) / part.sum() + left - column))
    assert len(offsets) == 4
    assert np.abs(np.mean(offsets, axis=0)).max() < 0.1
    assert np.abs(offsets).max() < 0.25


def test_no_seam_between_bursts_and_swaths(demo_world: DemoWorld, slc: Path) -> None:
    """The sea, which both bursts and both swaths show, is as bright on either side of where they meet."""
    found = on_truth(demo_world, slc / "backscatter.tif")
    sea = binary_erosion(truth(demo_world, "landcover_before") == 1, iterations=2)
    db = 10 * np.log10(10**-1.9)
    rows, columns = np.nonzero(sea)
    for cut in (np.percentile(rows, 50), np.percentile(rows, 25)):
        halves = [10 * np.log10(found[sea & (np.arange(600)[:, None] < cut) == side].mean()) for side in (True,)]
        assert halves == pytest.approx([db], abs=0.1)
    for cut in (np.percentile(columns, 50),):
        left = sea & (np.arange(600)[None] < cut)
        assert 10 * np.log10(found[left].mean()) == pytest.approx(db, abs=0.1)


def test_a_constant_field_has_no_seams(demo_world: DemoWorld, tmp_path: Path) -> None:
    """Every valid sample is 100: β0 is 100² over the calibration's constant, across bursts and sub-swaths too."""
    product = Path(shutil.copytree(demo_world.radar.slc[0], tmp_path / demo_world.radar.slc[0].name))
    for path in (product / "measurement").glob("*.tiff"):
        with rasterio.open(path, "r+") as image:
            valid = (image.read(1) != 0).any(axis=1, keepdims=True)
            image.write(np.broadcast_to(100 * valid, image.shape).astype(np.complex64), 1)
    options = {"input": str(product), "calibration": "beta0", "noise_removal": False, "mode": "adhoc"}
    with rasterio.open(made("s1_slc_preprocess", tmp_path / "out", **options) / "backscatter.tif") as source:
        found = source.read(1)
    there = np.isfinite(found) & (found > 0)
    assert there.mean() > 0.3
    db = 10 * np.log10(found[there] / (100 / BETA_GAIN) ** 2)
    assert np.abs(db).max() < 0.05


def test_coherence_of_every_land_cover(demo_world: DemoWorld, pair: Path) -> None:
    """Freed of its bias, lowered only by the thermal noise."""
    offsets = coherence_offsets(demo_world, pair)
    assert len(offsets) >= 3
    assert np.abs(offsets).max() < 0.03
    water = binary_erosion(truth(demo_world, "coherence") == 0, iterations=4)
    found = on_truth(demo_world, pair / "coherence.tif", 2)
    assert found[water & np.isfinite(found)].mean() < 0.12  # of estimates below the bias, which become 0, and others


def test_changes_are_told(demo_world: DemoWorld, pair: Path) -> None:
    """The flood darkens; of what stayed hardly a pixel is taken for changed."""
    change = on_truth(demo_world, pair / "change.tif")
    before, after = (truth(demo_world, f"gamma0_vv_{when}") for when in ("before", "after"))
    ratio_db = 10 * np.log10(after / before)
    darker = binary_erosion(ratio_db < -8, iterations=3)
    assert darker.sum() > 300
    assert (change[darker] == 2).mean() > 0.8
    still = binary_erosion(np.abs(ratio_db) < 0.1, iterations=4) & (change < 255)
    assert (change[still] > 0).mean() < 0.005


def test_the_record_of_a_pair(demo_world: DemoWorld, pair: Path) -> None:
    item = json.loads((pair / "item.json").read_text())
    properties = item["properties"]
    assert properties["groundwork:first_date"].startswith("2025-09-07")
    assert properties["groundwork:second_date"].startswith("2025-09-19")
    assert properties["groundwork:temporal_baseline_days"] == 12
    assert 60 < properties["groundwork:perpendicular_baseline_m"] < 100
    assert list(item["assets"]) == ["mtc_preview", "acd_preview", "coherence", "change", "mtc", "acd"]
    inputs = json.loads((pair / "provenance.json").read_text())["inputs"]
    assert [i["parameter"] for i in inputs] == ["input2", "input1"]  # chronological
    mtc, preview = on_truth(demo_world, pair / "mtc.tif", 3), on_truth(demo_world, pair / "mtc_preview.tif", 3)
    there = np.isfinite(mtc) & (preview > 0)
    assert np.abs(preview[there] - (1 + 254 * mtc[there])).max() <= 0.51
