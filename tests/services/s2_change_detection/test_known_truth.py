"""The service on the demo world, whose changes are known, and on real pairs."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from services.core.registry import get_service
from services.core.runner import run

SERVICE = get_service("s2_change_detection")
THEIA_BANDS = "B02,B03,B04,B8A,B11,B12"


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


@pytest.mark.parametrize("normalisation", ["none", "relative"])
def test_demo_world_s_changes_are_found_better_than_by_plain_differencing(
    demo_world, tmp_path: Path, normalisation: str
) -> None:
    from benchmarks.s2_change_detection import compare_with_truth

    ours, otsu = compare_with_truth(demo_world, tmp_path / "out", normalisation=normalisation)
    assert ours >= 0.90
    assert ours > otsu + 0.05


def test_normalisation_finds_the_demo_world_s_gain(demo_world, tmp_path: Path) -> None:
    from demo.world import AFTER, CONDITIONS

    pair = {"input1": str(demo_world.before), "input2": str(demo_world.after), "normalisation": "relative"}
    item = run(SERVICE, pair, tmp_path / "out")
    assert item["properties"]["groundwork:normalisation"]["gain"] == pytest.approx(
        [1 / CONDITIONS[AFTER].gain] * 4, abs=0.03
    )


def theia(shared_data: Path, day: str) -> str:
    folder = shared_data / "s2/fordead_theia_T31UFQ/SENTINEL/ZoneTest"
    return str(next(folder.glob(f"SENTINEL2?_{day}-*")))


def test_dieback_and_clear_cuts_in_a_real_spruce_forest(shared_data: Path, tmp_path: Path) -> None:
    pair = {"input1": theia(shared_data, "20180707"), "input2": theia(shared_data, "20190717"), "bands": THEIA_BANDS}
    item = run(SERVICE, {**pair, "number_of_classes": 2}, tmp_path / "out")
    properties = item["properties"]
    assert properties["groundwork:valid_percent"] > 99
    assert 20 < properties["groundwork:changed_percent"] < 45
    assert properties["groundwork:mixture"]["separation"] > 6
    classes, magnitude = read(tmp_path / "out/classes.tif"), read(tmp_path / "out/magnitude.tif")
    red, swir = (_change(pair, band) for band in ("B4", "B12"))
    changed = (classes == 1) | (classes == 2)
    # Dying and felled spruce is brighter in the red and, without water in its needles, in the short-wave infrared.
    assert red[changed].mean() > 0.02 > abs(red[classes == 0].mean())
    assert swir[changed].mean() > 0.05
    assert magnitude[changed].min() >= round(properties["groundwork:threshold_magnitude"] * 1e4)


def test_ten_days_without_change_in_the_same_forest(shared_data: Path, tmp_path: Path) -> None:
    pair = {"input1": theia(shared_data, "20180727"), "input2": theia(shared_data, "20180806"), "bands": THEIA_BANDS}
    item = run(SERVICE, pair, tmp_path / "out")
    assert item["properties"]["groundwork:changed_percent"] == 0
    assert item["properties"]["groundwork:threshold_magnitude"] is None


def test_a_reservoir_that_filled(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "s2/sen2r_barbellino/out"
    days = ("20170703", "20190723")
    before, after = (str(folder / f"S2A2A_{day}_022_Barbellino_BOA_10.tif") for day in days)
    pair = {"input1": before, "input2": after, "bands": "B02,B03,B04,B08", "cloud_dilation_m": 0}
    item = run(SERVICE, pair, tmp_path / "out")
    classes = read(tmp_path / "out/classes.tif")
    # The producer's own scene classification of both days says where water came, 20 m to our 10 m.
    was, now = (np.kron(read(folder / f"S2A2A_{day}_022_Barbellino_SCL_10.tif"), np.ones((2, 2))) for day in days)
    assert np.array_equal(classes == 255, np.isin(was, (3, 8, 9, 10)) | np.isin(now, (3, 8, 9, 10)))
    changed = (classes != 0) & (classes != 255)
    flooded, same = (now == 6) & (was != 6), now == was
    assert changed.sum() > 50
    assert flooded[changed].mean() > 0.85
    assert changed[same].mean() < 0.01
    assert item["properties"]["groundwork:mixture"]["separation"] > 4


def _change(pair: dict[str, str], band: str) -> np.ndarray:
    """Return the difference of a band at 10 m, read without this library."""
    one, other = (read(next(Path(pair[k]).glob(f"*_FRE_{band}.tif"))) / 1e4 for k in ("input1", "input2"))
    difference = other - one
    return difference if difference.shape == (80, 80) else np.kron(difference, np.ones((2, 2)))
